"""Runs a command's work with open AWS clients."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import aioboto3
import click

from assembly_service.aws.clients import Clients, open_clients
from assembly_service.cli.environment import load
from assembly_service.cli.failures import PATIENCE, readable_errors
from assembly_service.runtime.logs import configure_logs
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import AwsSettings, Settings
from assembly_service.storage.catalogue import CatalogueBusy

Answer = TypeVar("Answer")
DynamoDbSettings = TypeVar("DynamoDbSettings", bound=AwsSettings)


def run_with_clients(doing: str, work: Callable[[Settings, Clients], Awaitable[Answer]]) -> Answer:
    """Run `work` with the service's settings and clients, and return what it returns.

    Raises ClickException with a sentence that starts with `Could not {doing}` if AWS fails.
    """
    settings = load(Settings)

    async def session() -> Answer:
        async with open_clients(settings, Metrics()) as clients:
            return await work(settings, clients)

    return _run(doing, session())


def run_with_dynamodb(
    model: type[DynamoDbSettings],
    doing: str,
    work: Callable[[DynamoDbSettings, Any], Awaitable[Answer]],
) -> Answer:
    """Run `work` as above, with a DynamoDB client alone and only the settings of `model`."""
    settings = load(model)

    async def session() -> Answer:
        client = aioboto3.Session(region_name=settings.aws_region).client(
            "dynamodb", endpoint_url=settings.endpoint_url("dynamodb"), config=PATIENCE
        )
        async with client as dynamodb:
            return await work(settings, dynamodb)

    return _run(doing, session())


def _run(doing: str, session: Coroutine[Any, Any, Answer]) -> Answer:
    # Standard output is for the answer.
    configure_logs(level="WARNING", log_format="console", stream=sys.stderr)
    try:
        with readable_errors(doing):
            return asyncio.run(session)
    except CatalogueBusy as error:
        raise click.ClickException(str(error)) from None
