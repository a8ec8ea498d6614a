"""A waiting call polls soon, then twice a second, for twenty seconds."""

import asyncio
from itertools import pairwise

import pytest

from assembly_service.drafts.engine.waiting import Waiting
from tests.harness.quiet_loop import play


async def looked_at(seconds_a_look: float) -> list[float]:
    """When each look started, and when they ended."""
    loop, at = asyncio.get_running_loop(), list[float]()
    async for _ in Waiting().looks():
        at.append(loop.time())
        await asyncio.sleep(seconds_a_look)
    return [*at, loop.time()]


def test_polling_starts_soon_and_ends_after_twenty_seconds() -> None:
    at = play(looked_at(0))
    assert at[0] == pytest.approx(0.1)
    assert max(later - one for one, later in pairwise(at)) < 0.51
    assert at[-1] == pytest.approx(20)


def test_slow_reads_do_not_prolong_polling() -> None:
    assert play(looked_at(4))[-1] < 25
