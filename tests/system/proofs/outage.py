"""Two minutes without AWS: longer than a message is retried in flight.

Too slow for every run of the tests: `make outage` runs it. Each of the two outages takes about
three minutes, and ten at most.
"""

import asyncio
import time
from collections.abc import Callable

import pytest

from assembly_service.domain.product import HalfKind
from assembly_service.settings.service import Settings
from tests.harness.bad_days import bad_day, shuffled_halves

VIDEOS = 80
OUTAGE_SECONDS = 120


@pytest.mark.parametrize("down", [{"dynamodb"}, {"sqs", "dynamodb"}], ids="+".join)
async def test_the_service_recovers_from_two_minutes_without_aws_without_a_restart(
    settings: Settings, down: set[str], tell: Callable[[str], None]
) -> None:
    patient = settings.model_copy(update={"sqs_visibility_timeout": 10})
    async with bad_day(patient, seed=7) as day, day.service.working(instances=2):
        await day.send(shuffled_halves(VIDEOS, duplicates=0.2, seed=7))
        day.front.down = frozenset(down)
        start = time.monotonic()
        await asyncio.sleep(OUTAGE_SECONDS)
        end = time.monotonic()
        first = day.front.calls_between(start, start + 2, *down) / 2
        last = day.front.calls_between(end - 40, end, *down) / 40
        day.front.down = frozenset()
        await day.drained(seconds=300)
        recovered = time.monotonic() - end
        await day.assert_nothing_lost(VIDEOS)
        handed_back = sum(day.service.count(kind, "retried") for kind in HalfKind)
        tell(
            f"{first:.1f} calls a second at first, {last:.1f} at the end; "
            f"{handed_back:.0f} messages handed back; all made good {recovered:.0f} s later"
        )
    assert last < first / 2
