"""Nothing is lost on a bad day: while AWS fails in every way, and after an outage."""

import asyncio
import os
from collections import defaultdict
from collections.abc import Callable

import pytest

from assembly_service.domain.product import HalfKind
from assembly_service.runtime.retry import Backoff, RetryPolicy
from assembly_service.settings.service import Settings
from tests.harness.bad_days import BadDay, bad_day, shuffled_halves
from tests.harness.faults import Fault, Front
from tests.harness.pipeline import PATIENCE_SECONDS, Pipeline, assert_equal_by_value, sample_events

VIDEOS = 80
POLLERS = 4
ATTEMPTS = 2
"""Attempts of the client per call, before any backoff."""
SEED = int(os.environ.get("FAULTS_SEED", "7"))


@pytest.fixture
def patient(settings: Settings) -> Settings:
    """Messages stay invisible for longer than a client waits for an answer."""
    return settings.model_copy(update={"sqs_visibility_timeout": 10})


@pytest.mark.parametrize("rate", [0.05, 0.3])
async def test_nothing_is_lost_or_dead_lettered_while_calls_fail(
    patient: Settings, rate: float, tell: Callable[[str], None]
) -> None:
    async with bad_day(patient, seed=SEED) as day:
        async with day.service.working(instances=2):
            day.front.rate = rate
            await day.send(shuffled_halves(VIDEOS, duplicates=0.2, seed=SEED))
            await day.drained(seconds=600)
            day.front.rate = 0.0
        await day.assert_nothing_lost(VIDEOS)
        refused = day.service.announcer.refusals
        met = ", ".join(f"{count} {fault}" for fault, count in day.front.injected.items())
        tell(
            f"FAULTS_SEED={SEED}, {rate:.0%}: {len(day.front.calls)} calls, {met}, "
            f"{refused} announcements refused"
        )
    assert day.front.injected.total() > 0
    if rate > 0.1:
        # The rarest fault may not occur in so few calls.
        assert day.front.injected.keys() >= set(Fault) - {Fault.NO_ANSWER}


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.SLOW])
@pytest.mark.parametrize("write", ["BatchExecuteStatement", "PutItem"])
async def test_a_write_without_a_clear_answer_is_read_before_it_is_retried(
    patient: Settings, write: str, fault: Fault
) -> None:
    [caption], [thumbnail] = (sample_events(kind, 1) for kind in HalfKind)
    newer = caption | {"timestamp": "2026-12-24T18:00:00Z", "title": "Newer"}
    before, struck = [(HalfKind.CAPTION, caption)], (HalfKind.THUMBNAIL, thumbnail)
    if write == "PutItem":
        before, struck = [*before, struck], (HalfKind.CAPTION, newer)
    async with bad_day(patient) as day, day.service.working():
        await day.send(before)
        await day.drained(seconds=PATIENCE_SECONDS)
        earlier = len(day.front.calls)
        day.front.planned[write] = fault
        await day.send([struck])
        await day.drained(seconds=PATIENCE_SECONDS)
        [product] = (await day.outside.products()).values()
        assert product in [each.product for each in day.service.announcer.announced]
    assert_equal_by_value(product, newer if write == "PutItem" else caption, thumbnail)
    assert day.front.injected.total() == 1
    later = [call.operation for call in day.front.calls[earlier:] if call.service == "dynamodb"]
    # A clean-up may scan in between.
    own = [operation for operation in later if operation != "Scan"]
    assert own[own.index(write) + 1] == "BatchGetItem"


@pytest.mark.parametrize("down", [("dynamodb",), ("dynamodb", "sqs")], ids="+".join)
async def test_calls_back_off_while_everything_fails_and_the_service_recovers_without_a_restart(
    patient: Settings, down: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: defaultdict[Backoff, list[float]] = defaultdict(list)
    long_one = asyncio.Event()
    next_pause = Backoff.next_pause

    def noted(backoff: Backoff) -> float | None:
        seconds = next_pause(backoff)
        assert seconds is not None
        pauses[backoff].append(seconds)
        if seconds > 20 * RetryPolicy().first_pause:
            long_one.set()
        return seconds

    async with bad_day(patient) as day, day.service.working():
        monkeypatch.setattr(Backoff, "next_pause", noted)
        day.front.down = frozenset(down)
        await day.send(shuffled_halves(5, duplicates=0, seed=SEED))
        async with asyncio.timeout(PATIENCE_SECONDS):
            await long_one.wait()
        tries = sum(len(each) + 1 for each in pauses.values())
        assert repeated_in(day.front, down) <= ATTEMPTS * (tries + POLLERS)
        # Near the longest they no longer grow, but are spread.
        growing = RetryPolicy().longest_pause / 2
        for each in pauses.values():
            short = [seconds for seconds in each if seconds < growing]
            assert short == sorted(short)
        day.front.down = frozenset()
        await day.drained(seconds=PATIENCE_SECONDS)
        await day.assert_nothing_lost(5)


def repeated_in(front: Front, down: tuple[str, ...]) -> int:
    """The calls to what is down that are repeated until they are answered."""
    again = {"ReceiveMessage", "BatchGetItem"}
    return sum(call.service in down and call.operation in again for call in front.calls)


def impatient(day: BadDay) -> Pipeline:
    """The service with short retry times."""
    day.service.retry_policy = RetryPolicy(window=1, first_hand_back=1)
    return day.service


async def test_messages_handed_back_in_an_outage_are_processed_without_a_restart(
    patient: Settings,
) -> None:
    async with bad_day(patient) as day, impatient(day).working():
        day.front.down = frozenset({"dynamodb"})
        await day.send(shuffled_halves(20, duplicates=0.2, seed=SEED))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not all(day.service.count(kind, "retried") for kind in HalfKind):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        assert day.service.announcer.announced == []
        day.front.down = frozenset()
        await day.drained(seconds=PATIENCE_SECONDS)
        await day.assert_nothing_lost(20)
