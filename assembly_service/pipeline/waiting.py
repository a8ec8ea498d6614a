"""Waiting: between two attempts, for an event, or until the service stops."""

import asyncio
import random
import time
from collections.abc import Awaitable, Coroutine
from typing import Any

_FIRST_SECONDS = 0.05
_LONGEST_SECONDS = 5.0
_FIRST_HAND_BACK_SECONDS = 30
_LONGEST_HAND_BACK_SECONDS = 6 * 3600


class Backoff:
    """Growing, jittered pauses until `limit` seconds have passed or `stop` is set."""

    def __init__(self, *, limit: float, stop: asyncio.Event) -> None:
        self._deadline = time.monotonic() + limit
        self._stop = stop
        self._ceiling = _FIRST_SECONDS

    async def pause(self) -> bool:
        """Wait once. False means: give up, the time is over or the service stops."""
        if self._stop.is_set() or time.monotonic() >= self._deadline:
            return False
        seconds = random.uniform(self._ceiling / 2, self._ceiling)  # noqa: S311 - spread, not secrecy
        self._ceiling = min(self._ceiling * 2, _LONGEST_SECONDS)
        return not await wait_for_event(self._stop, seconds)


async def wait_for_event(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event, at most so many seconds; returns whether it is set."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return event.is_set()
    return True


async def unless_stopped(waiting: Coroutine[Any, Any, object], stop: asyncio.Event) -> bool:
    """Wait for something or for the stop, whichever comes first; False means stopped."""
    tasks = asyncio.ensure_future(waiting), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
    return not stop.is_set()


async def all_ended(*work: Awaitable[object]) -> None:
    """Wait for the end of all; only then an exception of one is raised, and nothing cut off."""
    for end in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(end, BaseException):
            raise end


def hand_back_seconds(receive_count: int) -> int:
    """How long a handed-back message stays hidden: 30 s doubled with every receive, up to 6 h."""
    doubled = _FIRST_HAND_BACK_SECONDS * 2 ** min(receive_count - 1, 20)
    longest = min(doubled * 1.2, _LONGEST_HAND_BACK_SECONDS)
    return round(random.uniform(longest / 1.2, longest))  # noqa: S311 - spread, not secrecy
