"""Collects things for a moment, so that one call does for many."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Generic, TypeVar

from assembly_service.runtime.tasks import wait_for_event

Thing = TypeVar("Thing")


class MicroBatcher(Generic[Thing]):
    """Works on things in batches: `size` of them, or what came within `linger_seconds`.

    At most `at_once` batches are worked on at the same time; while they are, the next one grows:
    the busier, the larger, the cheaper. `under_way` are their tasks.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Thing]], Awaitable[None]],
        *,
        name: str,
        size: int,
        linger_seconds: float,
        at_once: int,
    ) -> None:
        self.under_way: set[asyncio.Task[None]] = set()
        self._work = work
        self._name = name
        self._size = size
        self._linger_seconds = linger_seconds
        self._slots = asyncio.Semaphore(at_once)
        self._things: list[Thing] = []
        self._any = asyncio.Event()
        self._enough = asyncio.Event()

    def put(self, things: Iterable[Thing]) -> None:
        """Hand things over; each is in one batch, in the order in which they came."""
        self._things += things
        self._signal()

    async def run(self, tasks: asyncio.TaskGroup) -> None:
        """Start a task of the group for every batch, until cancelled."""
        while True:
            await self._slots.acquire()
            batch = await self._next()
            task = tasks.create_task(self._work_on(batch), name=self._name)
            self.under_way.add(task)
            task.add_done_callback(self.under_way.discard)

    async def drain(self) -> None:
        """Work on what is left, without waiting for more. `run` has to be cancelled by then."""
        while self._things or self.under_way:
            if self.under_way:
                await asyncio.wait(self.under_way)
            batch, self._things = self._things, []
            if batch:
                await self._work(batch)

    async def _next(self) -> list[Thing]:
        await self._any.wait()
        await wait_for_event(self._enough, self._linger_seconds)
        batch, self._things = self._things[: self._size], self._things[self._size :]
        self._signal()
        return batch

    async def _work_on(self, batch: list[Thing]) -> None:
        try:
            await self._work(batch)
        finally:
            self._slots.release()

    def _signal(self) -> None:
        for event, count in ((self._any, 1), (self._enough, self._size)):
            if len(self._things) >= count:
                event.set()
            else:
                event.clear()
