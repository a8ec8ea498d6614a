"""Batches of messages: gathered as they arrive, handled a few at a time, finished together."""

import asyncio

from assembly_service.aws.queues import Message
from assembly_service.pipeline.assembler import Assembler
from assembly_service.pipeline.gathering import Gathering

_BATCHES_AT_ONCE = 4
_MESSAGES_PER_BATCH = 100
_GATHER_SECONDS = 0.005
"""While one batch is in the works the next one gathers: the busier, the larger, the cheaper."""
_TIDY_UP_SECONDS = 0.2
"""How long a message may wait to be acknowledged with others. Nobody sees it."""


class Batches:
    """From messages one by one, put into `arrived`, to the handling of many together.

    `under_way` are the tasks of the batches that are being handled.
    """

    def __init__(self, assembler: Assembler, *, most_messages: int) -> None:
        """`most_messages` may be in hand at once: half of them are enough to be finished."""
        self.arrived: asyncio.Queue[Message] = asyncio.Queue()
        self.under_way: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(_BATCHES_AT_ONCE)
        self._assembler = assembler
        self._finishing = Gathering(
            assembler.finish,
            enough=min(_MESSAGES_PER_BATCH, most_messages // 2),
            seconds=_TIDY_UP_SECONDS,
        )

    async def gather(self, tasks: asyncio.TaskGroup) -> None:
        """Gather messages into batches; a batch waits for its slot first, so that it can grow."""
        while True:
            await self._slots.acquire()
            batch = await self._next()
            handler = tasks.create_task(self._handle(batch), name="handle-batch")
            self.under_way.add(handler)
            handler.add_done_callback(self.under_way.discard)

    async def _next(self) -> list[Message]:
        batch = [await self.arrived.get()]
        await asyncio.sleep(_GATHER_SECONDS)
        while len(batch) < _MESSAGES_PER_BATCH and not self.arrived.empty():
            batch.append(self.arrived.get_nowait())
        return batch

    async def _handle(self, batch: list[Message]) -> None:
        try:
            steps = await self._assembler.show(batch)
        finally:
            self._slots.release()
        await self._finishing.add(steps)
