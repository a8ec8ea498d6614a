"""Waits for events, for the stop, and for several tasks to end; cancels and counts tasks."""

import asyncio
from collections.abc import Awaitable, Coroutine, Iterable
from typing import Any

_CANCEL_AGAIN_SECONDS = 1.0


async def wait_for_event(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event for up to `seconds`; return whether it is set."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return event.is_set()
    return True


async def unless_stopped(waiting: Coroutine[Any, Any, object], stop: asyncio.Event) -> bool:
    """Wait for something or the stop, whichever comes first. False: stopped."""
    tasks = asyncio.ensure_future(waiting), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
    return not stop.is_set()


async def cancelled(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks until all have ended. What they raised is not looked at.

    Once is not always enough: before Python 3.12, `asyncio.wait_for` swallows a cancellation that
    meets its result, and the client of Redis sends everything through it.
    """
    to_end = set(tasks)
    while pending := {task for task in to_end if not task.done()}:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=_CANCEL_AGAIN_SECONDS)
    await asyncio.gather(*to_end, return_exceptions=True)


def running_tasks() -> int:
    """Return how many tasks the running event loop has; 0 without one."""
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:
        return 0


async def all_ended(*work: Awaitable[object]) -> None:
    """Wait until all have ended, then raise the first exception, if any."""
    for end in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(end, BaseException):
            raise end
