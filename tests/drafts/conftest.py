"""What the tests of every draft system stand on."""

from collections.abc import AsyncIterator

import pytest

from assembly_service.aws.clients import Clients, open_clients
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import Settings


@pytest.fixture
async def clients(settings: Settings) -> AsyncIterator[Clients]:
    """The service's own clients of the fresh account."""
    async with open_clients(settings, Metrics()) as opened:
        yield opened
