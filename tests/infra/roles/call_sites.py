"""The places in the source that call AWS, and which of them were reached."""

import ast
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

import aioboto3
import boto3
import botocore.session
import pytest
from botocore import xform_name

import assembly_service
from assembly_service.aws import clients
from assembly_service.aws.json_client import JsonClient

ROOT = Path(assembly_service.__file__).parent
_SERVICES = ("dynamodb", "sns", "sqs")
# Needs the permissions of whoever deploys, or is not AWS.
_ELSEWHERE = ("local_aws/", "aws/json_client.py", "notification/instance_exchange.py")
_CLIENT = re.compile(r"(client|dynamodb|dynamodb_writes|sqs|sqs_receive|sns)$")


@dataclass(frozen=True, order=True)
class CallSite:
    """The lines of the expression that takes an operation's method from a client."""

    file: str
    first: int
    last: int
    operation: str


def _operations() -> frozenset[str]:
    """The methods of a client for all operations of the services in use."""
    session = botocore.session.get_session()
    return frozenset(
        xform_name(name)
        for service in _SERVICES
        for name in session.get_service_model(service).operation_names
    )


@cache
def call_sites() -> Sequence[CallSite]:
    """Every call site of the service and its commands, in order."""
    return sorted(_call_sites(_operations()))


def _call_sites(known: frozenset[str]) -> Iterator[CallSite]:
    for path in ROOT.rglob("*.py"):
        file = path.relative_to(ROOT).as_posix()
        if file.startswith(_ELSEWHERE):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in known and _is_of_client(node.value):
                last = node.end_lineno or node.lineno
                yield CallSite(file, node.lineno, last, node.attr)


def _is_of_client(value: ast.expr) -> bool:
    name = str(getattr(value, "attr", getattr(value, "id", "")))
    return _CLIENT.search(name) is not None


@dataclass
class Reached:
    """The lines that took a method from a client, with its name."""

    lines: set[tuple[str, int, str]] = field(default_factory=set)

    def covers(self, site: CallSite) -> bool:
        """Whether the call site was reached."""
        lines = range(site.first, site.last + 1)
        return any((site.file, line, site.operation) in self.lines for line in lines)

    def covers_all(self, file: str) -> bool:
        """Whether every call site of a file was reached."""
        return all(self.covers(site) for site in call_sites() if site.file == file)

    @classmethod
    def from_now_on(cls, monkeypatch: pytest.MonkeyPatch) -> "Reached":
        """Note what every client that is opened from now on is asked for."""
        reached = cls()
        monkeypatch.setattr(
            clients, "JsonClient", lambda **named: _Noting(JsonClient(**named), reached)
        )
        monkeypatch.setattr(aioboto3, "Session", partial(_AsyncSession, reached, aioboto3.Session))
        monkeypatch.setattr(boto3, "Session", partial(_Session, reached, boto3.Session))
        return reached


class _Noting:
    def __init__(self, client: Any, reached: Reached) -> None:
        self._client = client
        self._reached = reached

    def __getattr__(self, name: str) -> Any:
        frame = sys._getframe(1)
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(ROOT):
            where = file.relative_to(ROOT).as_posix()
            self._reached.lines.add((where, frame.f_lineno, name))
        return getattr(self._client, name)


class _Session:
    def __init__(self, reached: Reached, kind: Callable[..., Any], **named: Any) -> None:
        self._reached = reached
        self._session = kind(**named)

    def client(self, *named: Any, **more: Any) -> Any:
        return _Noting(self._session.client(*named, **more), self._reached)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


class _AsyncSession(_Session):
    @asynccontextmanager
    async def client(self, *named: Any, **more: Any) -> Any:
        async with self._session.client(*named, **more) as client:
            yield _Noting(client, self._reached)
