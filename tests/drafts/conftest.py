"""Fixtures for the tests of all draft systems."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from tests.harness.drafts import DraftInstance

Start = Callable[..., AbstractAsyncContextManager[Any]]
"""Runs an instance of a draft system on the fresh account; `clock` is one to share."""


@pytest.fixture
async def instance(start: Start) -> AsyncIterator[DraftInstance]:
    """A running instance; its clock stands still."""
    async with start() as running:
        yield running


@pytest.fixture
async def second(instance: DraftInstance, start: Start) -> AsyncIterator[DraftInstance]:
    """Another instance on the same tables, with the same clock."""
    async with start(clock=instance.clock) as running:
        yield running
