"""Calls are counted by the minute: in a draft's row, or in rows of their own."""

import asyncio

import pytest
from prometheus_client import CollectorRegistry

from assembly_service.drafts.engine.call_limits import (
    CallLimits,
    Counting,
    LimitReached,
    counted_once_more,
    seconds_to_next,
)
from assembly_service.drafts.engine.draft import CallCount
from assembly_service.drafts.engine.metrics import DraftMetrics
from tests.drafts.engine.support import NOW, SYSTEM
from tests.harness.drafts import TroubledClient, timed_out
from tests.harness.web import ManualClock

pytestmark = pytest.mark.conditions

MINUTE = 60_000
THIS = NOW // MINUTE


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, CallCount(THIS, 1)),
        (CallCount(THIS, 1), CallCount(THIS, 2)),
        (CallCount(THIS, 2), CallCount(THIS, 3)),
        (CallCount(THIS, 3), LimitReached(60)),
        (CallCount(THIS, 9), LimitReached(60)),
        (CallCount(THIS - 1, 3), CallCount(THIS, 1)),
        (CallCount(THIS + 1, 2), CallCount(THIS + 1, 3)),
        (CallCount(THIS + 1, 3), LimitReached(120)),
        (CallCount(THIS + 2, 3), CallCount(THIS, 1)),
    ],
    ids=str,
)
def test_three_calls_a_minute(before: CallCount | None, after: CallCount | LimitReached) -> None:
    counted = counted_once_more(before, 3, NOW)
    assert counted == (Counting(after, 3) if isinstance(after, CallCount) else after)


@pytest.mark.parametrize(
    ("into_the_minute", "seconds"), [(0, 60), (1, 60), (1_000, 59), (59_000, 1), (59_999, 1)]
)
def test_the_next_minute_begins_in_whole_seconds_and_at_least_one(
    into_the_minute: int, seconds: int
) -> None:
    assert seconds_to_next(THIS, THIS * MINUTE + into_the_minute) == seconds


def limits(client: TroubledClient, table: str, clock: ManualClock) -> CallLimits:
    metrics = DraftMetrics(CollectorRegistry())
    return CallLimits(client=client, table=table, clock=clock, metrics=metrics, system=SYSTEM)


async def test_of_many_concurrent_calls_on_several_instances_exactly_the_limit_passes(
    client: TroubledClient, table: str
) -> None:
    clock = ManualClock(NOW)
    both = [limits(client, table, clock) for _ in range(2)]
    reached = await asyncio.gather(
        *(both[number % 2].count("read", "a", 7) for number in range(20))
    )
    assert reached.count(None) == 7
    assert await both[0].count("read", "b", 7) is None
    assert await both[0].count("write", "a", 7) is None
    clock.now += MINUTE
    assert await both[1].count("read", "a", 7) is None


async def test_a_row_with_a_count_expires_soon(client: TroubledClient, table: str) -> None:
    await limits(client, table, ManualClock(NOW)).count("read", "a", 7)
    [row] = (await client.scan(TableName=table))["Items"]
    assert NOW // 1000 + 120 <= int(row["ttl"]["N"]) <= NOW // 1000 + 7_200


async def test_a_call_that_cannot_be_counted_is_let_through(
    client: TroubledClient, table: str
) -> None:
    client.orders["update_item"].append(timed_out)
    metered = limits(client, table, ManualClock(NOW))
    assert await metered.count("read", "a", 1) is None
    assert await metered.count("read", "a", 1) is None
    assert await metered.count("read", "a", 1) == LimitReached(60)
