"""The operators' calls are tested through the whole web front, or on the port of an instance."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from assembly_service.openapi import openapi_document
from assembly_service.operations.operator_calls import operator_calls_document
from assembly_service.service import running_service
from assembly_service.settings.service import Settings
from tests.cli.conftest import environment
from tests.cli.letters import letters
from tests.harness.described import Described, checking
from tests.harness.front import *  # noqa: F403 - fixtures, found by their names
from tests.harness.valkey import free_port

__all__ = ["environment", "letters", "operators"]


@pytest.fixture
async def operators(settings: Settings) -> AsyncIterator[ClientSession]:
    """The operators' port of a running instance; every answer has to be as described."""
    own_port = {"operations_port": free_port(), "sqs_wait_seconds": 1}
    traces = [checking(Described(openapi_document([operator_calls_document()])))]
    async with (
        running_service(settings.model_copy(update=own_port)) as service,
        ClientSession(service.operations_url, trace_configs=traces) as http,
    ):
        yield http
