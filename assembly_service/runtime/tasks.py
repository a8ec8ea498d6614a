"""Waits for events, for the stop, and for several tasks to end; counts tasks."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any


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
