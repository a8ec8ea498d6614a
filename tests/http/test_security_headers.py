"""Every answer of both ports has its security headers."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from ipaddress import ip_network
from typing import Any

import pytest
from aiohttp import ClientSession, web

from assembly_service.http.pages import PATHS
from assembly_service.http.security_headers import (
    OF_ANSWERS,
    OF_PAGES,
    OVER_HTTPS,
    add_security_headers,
    page_headers,
)
from assembly_service.openapi import openapi_document
from assembly_service.operations.operator_calls import operator_calls_document
from assembly_service.service import Service, running_service
from assembly_service.settings.service import Settings
from assembly_service.settings.values import TrustedProxies
from tests.cli.runs import ROOT
from tests.harness.engine import Account
from tests.harness.served import served
from tests.harness.valkey import free_port
from tests.pages.stage import DRAFTS

NAMES = {*OF_ANSWERS, *OF_PAGES}
_POLICY = "Content-Security-Policy"


@pytest.fixture
async def service(aws: Account) -> AsyncIterator[Service]:
    """Everything a service can serve, at both ports."""
    everything = {
        "PORT": "0",
        "OPERATIONS_PORT": str(free_port()),
        "PAGES": "true",
        "SERVICE_ROLE": "web",
    }
    settings = Settings.from_environment(aws.environment | DRAFTS | everything)
    async with running_service(settings) as running:
        yield running


def expected(headers: Mapping[str, str]) -> dict[str, str]:
    """What an answer of this type must have; the policy of a page has a nonce."""
    if headers.get("Content-Type", "").startswith("text/html"):
        nonce = re.search("'nonce-([^']+)'", headers[_POLICY])
        assert nonce is not None
        images = " https:" if "data: https:" in headers[_POLICY] else ""
        return {**OF_ANSWERS, **page_headers(nonce[1], images)}
    return dict(OF_ANSWERS)


async def lacking(http: ClientSession, method: str, path: str) -> dict[str, str]:
    """The security headers that an answer lacks, or has otherwise."""
    async with http.request(method, path, headers={"Accept": "*/*"}, allow_redirects=False) as got:
        had = {name: got.headers.get(name, "") for name in NAMES}
        return {k: v for k, v in expected(got.headers).items() if had[k] != v}


def asked(paths: Mapping[str, Mapping[str, object]]) -> list[tuple[str, str]]:
    """A request for each call of a document."""
    return [
        (method, re.sub(r"{(\w+)}", "some-1", path))
        for path, item in paths.items()
        for method in item
    ]


async def test_every_call_and_every_page_answers_with_its_security_headers(
    service: Service,
) -> None:
    pages = [("get", re.sub(r"{[^}]+}", "some-1", path)) for path in PATHS]
    others = [
        ("get", "/nothing"),
        ("get", "/socket.io/?EIO=4&transport=polling"),
        ("put", "/health"),
    ]
    async with ClientSession(service.url) as public, ClientSession(service.operations_url) as own:
        async with public.get("/api/openapi.json") as answer:
            documented: dict[str, Any] = (await answer.json())["paths"]
        of_operators = openapi_document([operator_calls_document()])["paths"]
        assert isinstance(of_operators, dict)
        for http, paths in ((public, documented), (own, of_operators)):
            requests = [*asked(paths), *pages, *others]
            assert len(requests) > len(pages) + len(others) + 10
            found = {each: await lacking(http, *each) for each in requests}
            assert {each: lacks for each, lacks in found.items() if lacks} == {}


async def test_a_request_that_is_no_http_is_answered_with_them(service: Service) -> None:
    reader, writer = await asyncio.open_connection(*service.url.removeprefix("http://").split(":"))
    writer.write(b"NONSENSE\r\n\r\n")
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    writer.close()
    for name, value in OF_ANSWERS.items():
        assert f"{name}: {value}" in head


@pytest.mark.parametrize(
    ("trusted", "told"), [(1, True), ((ip_network("10.0.0.0/8"),), False), (0, False)]
)
async def test_browsers_are_told_to_use_https_alone_if_a_trusted_proxy_received_it_by_https(
    trusted: TrustedProxies, told: bool
) -> None:
    application = web.Application()
    add_security_headers(application, trusted)
    async with served(application) as url, ClientSession(url) as http:
        for scheme, is_told in (("https", told), ("http", False)):
            async with http.get("/", headers={"X-Forwarded-Proto": scheme}) as answer:
                assert (OVER_HTTPS.items() <= {*answer.headers.items()}) is is_told


def test_the_table_of_the_threat_model_names_every_header_with_its_value() -> None:
    text = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| `([A-Z][\w-]+): ([^`]*)` \|", text, re.MULTILINE)
    pages = page_headers("...", " https:")
    assert {*table} == {*OF_ANSWERS.items(), *pages.items(), *OVER_HTTPS.items()}
