"""Feeds the message loop in batches: arrivals, retries, clean-ups."""

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
"""How long a message may wait to be acknowledged in a batch: off the critical path."""


class MicroBatcher(Generic[Thing]):
    """Collects things into batches of up to `size`, or of what arrives within `linger_seconds`.

    At most `at_once` batches run at the same time, while the next one grows: batches are larger,
    and cheaper, under load. `under_way` are their tasks.
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
        """Add things; each is in one batch, in order of arrival."""
        self._things += things
        self._signal()

    async def run(self, tasks: asyncio.TaskGroup) -> None:
        """Start a task for every batch, until cancelled."""
        while True:
            await self._slots.acquire()
            batch = await self._next()
            task = tasks.create_task(self._work_on(batch), name=self._name)
            self.under_way.add(task)
            task.add_done_callback(self.under_way.discard)

    async def drain(self) -> None:
        """Work on what is left. Cancel `run` first."""
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
    """Passes messages to the loop in batches, and retries keys in trouble."""

    def __init__(self, loop: AssemblyLoop, *, waiting: WaitingKeys, most_messages: int) -> None:
        """`most_messages` may be in flight; half of them are enough for a batch of clean-ups."""
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
        """The tasks of all running batches."""
        retries = {self._retry} if self._retry is not None else set()
        return self.arrivals.under_way | self._clean_ups.under_way | retries

    def start(self, tasks: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Start the tasks that start batches, until they are cancelled."""
        return [
            tasks.create_task(self.arrivals.run(tasks), name="batch-arrivals"),
            tasks.create_task(self._clean_ups.run(tasks), name="batch-clean-ups"),
            tasks.create_task(self._retry_waiting(tasks), name="retry-waiting-keys"),
        ]

    async def drain(self) -> None:
        """Finish running batches and clean-ups. Cancel the tasks of `start` first.

        Messages that wait to be handled or retried stay in flight.
        """
        begun = {*self.arrivals.under_way, *({self._retry} if self._retry else ())}
        if begun:
            await asyncio.wait(begun)
        await self._clean_ups.drain()

    async def _handle(self, messages: Sequence[Message]) -> None:
        accepted = await self._loop.accept(messages)
        # A quarantine cut off between sending and deleting would send a duplicate.
        await all_ended(
            self._assemble(accepted.work),
            self._loop.quarantine(accepted.unfit),
            self._loop.hand_back(accepted.over_limit),
        )

    async def _assemble(self, work: Sequence[WorkItem]) -> None:
        self._clean_ups.put(await self._loop.assemble(work))

    async def _retry_waiting(self, tasks: asyncio.TaskGroup) -> None:
        """Retry one batch at a time: keys in trouble only delay each other."""
        while True:
            due = await self._waiting.due()
            self._retry = tasks.create_task(self._try_again(due), name="retry-batch")
            await asyncio.wait({self._retry})

    async def _try_again(self, due: Sequence[WorkItem]) -> None:
        await self._assemble(due)
        self._waiting.done(due)
