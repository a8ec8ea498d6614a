"""Fresh accounts on a local AWS that runs while a row is measured."""

import os
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import boto3

from assembly_service.domain.product import HalfKind
from assembly_service.local_aws.local_engine import REGION, running_engine
from assembly_service.local_aws.provisioning import provision

_LOOK_SECONDS = 0.01
_QUEUES = {
    HalfKind.CAPTION: "SQS_CAPTION_ANALYSIS_QUEUE_URL",
    HalfKind.THUMBNAIL: "SQS_THUMBNAIL_GENERATION_QUEUE_URL",
}


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account with empty queues and tables. `environment` is a service's whole environment."""

    environment: Mapping[str, str]
    client_arguments: Mapping[str, str]

    @property
    def queues(self) -> dict[HalfKind, str]:
        """The URLs of both queues."""
        return {kind: self.environment[name] for kind, name in _QUEUES.items()}


@dataclass(frozen=True, kw_only=True)
class LocalAws:
    """A running local AWS; its accounts are isolated from each other."""

    url: str
    _session: boto3.Session = field(default_factory=lambda: boto3.Session(region_name=REGION))

    def fresh_account(self) -> Account:
        """Create queues and tables from the template, in a new account."""
        arguments = {
            "endpoint_url": self.url,
            "aws_access_key_id": str(random.randrange(10**11, 10**12)),
            "aws_secret_access_key": "local",
        }
        connect = partial(self._session.client, **arguments)
        made = provision(connect=connect, poll_seconds=_LOOK_SECONDS)
        return Account(
            environment=_environment(arguments) | _without_topics(made),
            client_arguments={"region_name": REGION, **arguments},
        )


@contextmanager
def local_aws() -> Iterator[LocalAws]:
    """Run a local AWS until the block ends. Raises EngineNotStarted."""
    with running_engine() as engine:
        yield LocalAws(url=engine.url)


def _environment(arguments: Mapping[str, Any]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return kept | {
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": arguments["endpoint_url"],
        "AWS_ACCESS_KEY_ID": arguments["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": arguments["aws_secret_access_key"],
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def _without_topics(settings: Mapping[str, str]) -> dict[str, str]:
    """Leave out the topics: they are optional, and publishing would add a call."""
    return {name: value for name, value in settings.items() if not name.startswith("SNS_")}
