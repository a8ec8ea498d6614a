"""Lets things wait a moment for more of their kind, so that one call does for many."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from assembly_service.pipeline.waiting import wait_for_event

Thing = TypeVar("Thing")


class Gathering(Generic[Thing]):
    """Does some work on groups of things: on `enough` of them, or on what came within `seconds`."""

    def __init__(
        self,
        work: Callable[[Sequence[Thing]], Awaitable[None]],
        *,
        enough: int,
        seconds: float,
    ) -> None:
        self._work = work
        self._enough = enough
        self._seconds = seconds
        self._group: list[Thing] = []
        self._full = asyncio.Event()

    async def add(self, things: Sequence[Thing]) -> None:
        """Returns at once to those who find a group; who begins one does the work on all of it."""
        begins = not self._group
        self._group += things
        if len(self._group) >= self._enough:
            self._full.set()
        if begins and self._group:
            await wait_for_event(self._full, self._seconds)
            group, self._group = self._group, []
            self._full.clear()
            await self._work(group)
