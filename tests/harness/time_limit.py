"""A test that hangs fails when its time is over, alone, and says where it waits.

The time is far beyond what any test takes: it is there to end a run that would never end.
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
"""What swallows the end is told again."""
_POSTPONED_SECONDS = 0.001
_FRAMES = 20
_EVENT_LOOP = (asyncio.base_events.__name__, asyncio.events.__name__)
_WAS_ENDED = pytest.StashKey[bool]()


class TimeOver(BaseException):
    """A test took too long. No code under test handles it, and Hypothesis does not try it again."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """How long a test may take, and each of setting it up and tearing it down."""
    parser.addoption(
        "--time-limit", type=float, default=_SECONDS, help="seconds a test may take at most"
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """Fixtures that hang fail as others do, so that pytest tears down what was set up."""
    with _limited(item, pytest.fail.Exception):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """The test itself."""
    with _limited(item, TimeOver):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """As when it was set up."""
    try:
        with _limited(item, pytest.fail.Exception):
            return (yield)
    finally:
        if item.stash.get(_WAS_ENDED, False):
            _let_go()


@contextmanager
def _limited(item: pytest.Item, over: type[BaseException]) -> Iterator[None]:
    """Raise `over` where the program is when the time has passed, even in a loop that never waits.

    An alarm of the system, because a time-out of an event loop ends neither such a loop nor what
    runs in none.
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
        # Not with its traceback: pytest breaks off at a line that was interrupted between two.
        pytest.fail(told[0], pytrace=False)


def _between_steps(frame: FrameType | None) -> bool:
    """Whether an event loop is just taking or leaving a task.

    Raising there would lose the task's next step: nothing could run or cancel it any more, and
    the loop would wait for it for ever on closing.
    """
    return frame is not None and frame.f_globals["__name__"] in _EVENT_LOOP


def _let_go() -> None:
    """What the test has left open is not held against the next one."""
    before, sys.unraisablehook = sys.unraisablehook, lambda _: None
    try:
        gc.collect()
    finally:
        sys.unraisablehook = before


def _stack(frame: FrameType | None) -> str:
    return "".join(traceback.format_stack(frame, limit=_FRAMES))


def _tasks() -> str:
    """Where the tasks of the running event loop wait: the stack shows only the loop."""
    try:
        tasks = asyncio.all_tasks()
    except RuntimeError:
        return ""
    return "".join(f"\n\nTask {each.get_name()}:{_awaits(each.get_coro())}" for each in tasks)


def _awaits(awaited: Any) -> str:
    """The lines at which a coroutine waits, and what it waits for in its turn."""
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
    # The next step of a generator, such as a fixture, names it nowhere else.
    return next(filter(inspect.isasyncgen, gc.get_referents(awaited)), None)
