"""Batches around the message loop: what arrives, what is tried again, what is cleaned up."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Generic, TypeVar

from assembly_service.aws.queues import Message
from assembly_service.pipeline.loop import AssemblyLoop
from assembly_service.pipeline.waiting_keys import WaitingKeys
from assembly_service.pipeline.work_item import WorkItem
from assembly_service.runtime.tasks import all_ended, wait_for_event

Thing = TypeVar("Thing")

_BATCHES_AT_ONCE = 4
_ITEMS_PER_BATCH = 100
_ARRIVAL_SECONDS = 0.005
_CLEAN_UP_SECONDS = 0.2
"""How long a message may wait to be acknowledged with others. Nobody sees it."""


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


class Dispatcher:
    """Hands every message in hand to the loop, in batches, and every key in trouble again."""

    def __init__(self, loop: AssemblyLoop, *, waiting: WaitingKeys, most_messages: int) -> None:
        """`most_messages` may be in flight at once: half of them are enough to be cleaned up."""
        self._loop = loop
        self._waiting = waiting
        self._retry: asyncio.Task[None] | None = None
        self.arrivals: MicroBatcher[Message] = MicroBatcher(
            self._handle,
            name="handle-batch",
            size=_ITEMS_PER_BATCH,
            linger_seconds=_ARRIVAL_SECONDS,
            at_once=_BATCHES_AT_ONCE,
        )
        self._clean_ups: MicroBatcher[WorkItem] = MicroBatcher(
            loop.clean_up,
            name="clean-up-batch",
            size=min(_ITEMS_PER_BATCH, most_messages // 2),
            linger_seconds=_CLEAN_UP_SECONDS,
            at_once=_BATCHES_AT_ONCE,
        )

    @property
    def under_way(self) -> set[asyncio.Task[None]]:
        """The tasks of all batches that are being worked on."""
        retries = {self._retry} if self._retry is not None else set()
        return self.arrivals.under_way | self._clean_ups.under_way | retries

    def start(self, tasks: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Tasks that start others for whatever there is to do, until they are cancelled."""
        return [
            tasks.create_task(self.arrivals.run(tasks), name="batch-arrivals"),
            tasks.create_task(self._clean_ups.run(tasks), name="batch-clean-ups"),
            tasks.create_task(self._retry_waiting(tasks), name="retry-waiting-keys"),
        ]

    async def drain(self) -> None:
        """Finish what has begun. What `start` returned has to be cancelled by then.

        What nobody has begun to handle, or waits for another try, is left in flight.
        """
        begun = {*self.arrivals.under_way, *({self._retry} if self._retry else ())}
        if begun:
            await asyncio.wait(begun)
        await self._clean_ups.drain()

    async def _handle(self, messages: Sequence[Message]) -> None:
        accepted = await self._loop.accept(messages)
        # A quarantine cut off between sending and deleting would send a second dead letter.
        await all_ended(
            self._assemble(accepted.work),
            self._loop.quarantine(accepted.unfit),
            self._loop.hand_back(accepted.crowded),
        )

    async def _assemble(self, work: Sequence[WorkItem]) -> None:
        self._clean_ups.put(await self._loop.assemble(work))

    async def _retry_waiting(self, tasks: asyncio.TaskGroup) -> None:
        """One batch at a time: their trouble holds up nobody but each other."""
        while True:
            due = await self._waiting.due()
            self._retry = tasks.create_task(self._try_again(due), name="retry-batch")
            await asyncio.wait({self._retry})

    async def _try_again(self, due: Sequence[WorkItem]) -> None:
        await self._assemble(due)
        self._waiting.done(due)
