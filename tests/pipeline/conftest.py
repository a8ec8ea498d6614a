"""A pipeline on a fresh account."""

from collections.abc import AsyncIterator

import pytest

from assembly_service.settings.service import Settings
from tests.harness.pipeline import Pipeline, open_pipeline


@pytest.fixture
async def pipeline(settings: Settings) -> AsyncIterator[Pipeline]:
    """The account's queues and tables; its workers announce into a list."""
    async with open_pipeline(settings) as opened:
        yield opened
