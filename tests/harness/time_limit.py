"""A test that hangs fails after a time limit, alone, and says where it waits.

The limit is far beyond what any test takes: it only ends runs that would never end.
"""

import asyncio
import gc
import inspect
import signal
import sys
import traceback
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest

_SECONDS = 900
_AGAIN_SECONDS = 10
"""What swallows the exception gets it again."""
_POSTPONED_SECONDS = 0.001
_FRAMES = 20
_EVENT_LOOP = (asyncio.base_events.__name__, asyncio.events.__name__)
_WAS_ENDED = pytest.StashKey[bool]()


class TimeOver(BaseException):
    """A test took too long. No code under test handles it, and Hypothesis does not try it again."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The time limit of a test, and of each of its set-up and tear-down."""
    parser.addoption(
        "--time-limit", type=float, default=_SECONDS, help="seconds a test may take at most"
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """Limit the set-up: fixtures that hang fail like others, so that pytest tears down the rest."""
    with _limited(item, pytest.fail.Exception):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Limit the test itself."""
    with _limited(item, TimeOver):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Limit the tear-down."""
    try:
        with _limited(item, pytest.fail.Exception):
            return (yield)
    finally:
        if item.stash.get(_WAS_ENDED, False):
            _let_go()


@contextmanager
def _limited(item: pytest.Item, over: type[BaseException]) -> Iterator[None]:
    """Raise `over` wherever the program is after the time limit, even in a busy loop.

    A signal, because a timeout of an event loop ends neither a busy loop nor what runs outside it.
    """
    seconds: float = item.config.getoption("time_limit")
    told: list[str] = []

    def end(_signal: int, frame: FrameType | None) -> None:
        if _between_steps(frame):
            signal.setitimer(signal.ITIMER_REAL, _POSTPONED_SECONDS, _AGAIN_SECONDS)
            return
        item.stash[_WAS_ENDED] = True
        told.append(f"Nothing came of it within {seconds:.0f} s.\n{_stack(frame)}{_tasks()}")
        raise over(told[-1])

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_SECONDS)
    try:
        yield
    except BaseException as error:
        if not told or isinstance(error, KeyboardInterrupt):
            raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    if told:
        # Without its traceback: pytest fails on a frame that was interrupted between two lines.
        pytest.fail(told[0], pytrace=False)


def _between_steps(frame: FrameType | None) -> bool:
    """Whether an event loop is just entering or leaving a task.

    Raising there would lose the task's next step: nothing could run or cancel it any more, and the
    loop would wait for it forever on closing.
    """
    return frame is not None and frame.f_globals["__name__"] in _EVENT_LOOP


def _let_go() -> None:
    """Do not blame the next test for what this one left open."""
    before, sys.unraisablehook = sys.unraisablehook, lambda _: None
    try:
        gc.collect()
    finally:
        sys.unraisablehook = before


def _stack(frame: FrameType | None) -> str:
    return "".join(traceback.format_stack(frame, limit=_FRAMES))


def _tasks() -> str:
    """Where the tasks of the running event loop wait; the stack shows only the loop."""
    try:
        tasks = asyncio.all_tasks()
    except RuntimeError:
        return ""
    return "".join(f"\n\nTask {each.get_name()}:{_awaits(each.get_coro())}" for each in tasks)


def _awaits(awaited: Any) -> str:
    """The lines at which a coroutine waits, and those of what it waits for."""
    lines = ""
    while awaited is not None:
        frame = getattr(awaited, "cr_frame", None) or getattr(awaited, "ag_frame", None)
        if frame is not None:
            code = frame.f_code
            lines += f"\n  {code.co_filename}:{frame.f_lineno} in {code.co_qualname}"
        awaited = _awaited_by(awaited)
    return lines


def _awaited_by(awaited: Any) -> Any:
    if inspect.iscoroutine(awaited):
        return awaited.cr_await
    if inspect.isasyncgen(awaited):
        return awaited.ag_await
    # Only the next step of an async generator, such as a fixture, refers to it.
    return next(filter(inspect.isasyncgen, gc.get_referents(awaited)), None)
