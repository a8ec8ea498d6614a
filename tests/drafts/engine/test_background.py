"""Work outlives its caller, and a shutdown waits for it, within limits."""

import asyncio
import gc
import weakref
from collections.abc import Coroutine
from typing import Any

import pytest
from structlog.testing import capture_logs

from assembly_service.drafts.engine.background import BackgroundTasks
from tests.harness.quiet_loop import play


class Work:
    """Takes a number of seconds, and one more to clean up when it is cancelled."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.ended = False
        self.cut_off = False

    async def __call__(self) -> str:
        try:
            await asyncio.sleep(self._seconds)
        except asyncio.CancelledError:
            await asyncio.sleep(1)
            self.cut_off = True
            raise
        self.ended = True
        return "answer"


async def begin(background: BackgroundTasks, work: Coroutine[Any, Any, str]) -> asyncio.Task[str]:
    """A caller that waits for the result."""
    caller = asyncio.create_task(background.run_to_end(work))
    await asyncio.sleep(0)
    return caller


async def test_the_caller_gets_the_result_or_the_error() -> None:
    background = BackgroundTasks()

    async def failing() -> str:
        raise KeyError("reason")

    assert await background.run_to_end(Work(0)()) == "answer"
    with pytest.raises(KeyError, match="reason"):
        await background.run_to_end(failing())


async def test_finished_work_is_not_kept_in_memory() -> None:
    class Thing:
        """The result of some work."""

    async def work() -> Thing:
        return Thing()

    background = BackgroundTasks()
    thing = weakref.ref(await background.run_to_end(work()))
    await asyncio.sleep(0)
    gc.collect()
    assert thing() is None


def test_work_continues_when_its_caller_is_gone_and_a_shutdown_waits_for_it() -> None:
    async def scene() -> float:
        background, works = BackgroundTasks(), [Work(2), Work(3)]
        callers = [await begin(background, work()) for work in works]
        for caller in callers:
            caller.cancel()
        await asyncio.wait(callers)
        assert [caller.cancelled() for caller in callers] == [True, True]
        await background.all_ended(5)
        assert [(work.ended, work.cut_off) for work in works] == [(True, False)] * 2
        return asyncio.get_running_loop().time()

    assert play(scene()) == pytest.approx(3)


def test_a_shutdown_cancels_what_takes_too_long_and_lets_it_clean_up() -> None:
    async def scene() -> float:
        background, quick, slow = BackgroundTasks(), Work(2), Work(60)
        callers = [await begin(background, work()) for work in (quick, slow)]
        with capture_logs() as logs:
            await background.all_ended(5)
        assert (quick.ended, slow.ended, slow.cut_off) == (True, False, True)
        assert [(log["event"], log["commits"]) for log in logs] == [("draft_commits_cut_off", 1)]
        results = await asyncio.gather(*callers, return_exceptions=True)
        assert results[0] == "answer"
        assert isinstance(results[1], asyncio.CancelledError)
        return asyncio.get_running_loop().time()

    assert play(scene()) == pytest.approx(6)


def test_a_shutdown_does_not_wait_when_nothing_runs() -> None:
    async def scene() -> float:
        background = BackgroundTasks()
        await background.all_ended(5)
        await background.run_to_end(Work(2)())
        await background.all_ended(5)
        return asyncio.get_running_loop().time()

    assert play(scene()) == pytest.approx(2)


def test_work_with_a_time_limit_continues_alone_after_it() -> None:
    async def scene() -> float:
        background, quick, slow = BackgroundTasks(), Work(1), Work(60)
        await background.within(5, answerless(quick))
        assert quick.ended
        await background.within(5, answerless(slow))
        assert (slow.ended, slow.cut_off) == (False, False)
        await background.all_ended(100)
        assert slow.ended
        return asyncio.get_running_loop().time()

    assert play(scene()) == pytest.approx(61)


async def test_a_bug_in_work_with_a_time_limit_surfaces() -> None:
    async def failing() -> None:
        raise KeyError("reason")

    with pytest.raises(KeyError, match="reason"):
        await BackgroundTasks().within(5, failing())


async def answerless(work: Work) -> None:
    await work()
