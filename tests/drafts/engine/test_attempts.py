"""A commit makes three attempts at most, a second apart, five seconds each."""

import asyncio
from collections import deque
from collections.abc import Sequence

import pytest

from assembly_service.drafts.engine.attempts import LEASE_SECONDS, GaveUp, attempt
from assembly_service.drafts.engine.transactions import Cause
from tests.harness.drafts import (
    Pauses,
)
from tests.harness.quiet_loop import play

PASSING, PERMANENT = Cause("passing", is_permanent=False), Cause("permanent", is_permanent=True)


class Failed(Exception):
    """An attempt failed for this cause."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause)
        self.cause = cause


class Write:
    """Fails for these causes, one after another, then is applied."""

    def __init__(self, causes: Sequence[Cause]) -> None:
        self._causes = deque(causes)
        self.tries = 0

    async def __call__(self) -> None:
        self.tries += 1
        if self._causes:
            raise Failed(self._causes.popleft())


def explain(error: Exception) -> Cause:
    """Return the cause of an error; a timeout passes; anything else is a bug."""
    if isinstance(error, TimeoutError):
        return PASSING
    if isinstance(error, Failed):
        return error.cause
    raise error


LAST = Cause("last", is_permanent=False)


@pytest.mark.parametrize(
    ("causes", "gave_up", "tries"),
    [
        ([], None, 1),
        ([PASSING], None, 2),
        ([PASSING, PASSING], None, 3),
        ([PASSING, PASSING, LAST], GaveUp(3, LAST), 3),
        ([PERMANENT], GaveUp(1, PERMANENT), 1),
        ([PASSING, PERMANENT], GaveUp(2, PERMANENT), 2),
        ([PASSING, PASSING, PERMANENT], GaveUp(3, PERMANENT), 3),
    ],
)
async def test_a_write_is_tried_until_it_is_applied_or_cannot_be_or_was_tried_three_times(
    causes: list[Cause], gave_up: GaveUp | None, tries: int
) -> None:
    write, pauses = Write(causes), Pauses()
    assert await attempt(write, explain=explain, pause=pauses) == gave_up
    assert write.tries == tries
    assert pauses.seconds == [1.0] * (tries - 1)  # only between attempts


async def test_a_bug_ends_the_attempts_and_surfaces() -> None:
    tries, pauses = [0], Pauses()

    async def write() -> None:
        tries[0] += 1
        raise KeyError("mistake")

    with pytest.raises(KeyError):
        await attempt(write, explain=explain, pause=pauses)
    assert (tries, pauses.seconds) == ([1], [])


def test_an_attempt_times_out_after_five_seconds_and_all_end_well_before_the_lease() -> None:
    async def hanging() -> tuple[list[float], GaveUp | None, float]:
        clock, began = asyncio.get_running_loop().time, list[float]()

        async def write() -> None:
            began.append(clock())
            await asyncio.Event().wait()

        gave_up = await attempt(write, explain=explain)
        return began, gave_up, clock()

    began, gave_up, ended = play(hanging())
    assert began == pytest.approx([0, 6, 12])
    assert gave_up == GaveUp(3, PASSING)
    assert ended == pytest.approx(17)
    # Recording the failure takes two tries of the same length, with a pause between.
    assert ended + 2 * 5 + 1 < LEASE_SECONDS


def test_an_attempt_that_takes_almost_five_seconds_is_not_cut_off() -> None:
    async def slow() -> None:
        await asyncio.sleep(4.9)

    assert play(attempt(slow, explain=explain)) is None


@pytest.mark.parametrize("at", [0.5, 5.5], ids=["in the write", "in the pause"])
def test_a_cancelled_call_makes_no_further_attempt(at: float) -> None:
    async def cancelling() -> int:
        tries = [0]

        async def write() -> None:
            tries[0] += 1
            await asyncio.Event().wait()

        task = asyncio.create_task(attempt(write, explain=lambda _: PASSING))
        await asyncio.sleep(at)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        return tries[0]

    assert play(cancelling()) == 1
