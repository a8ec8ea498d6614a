import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from assembly_service.pipeline.dispatcher import MicroBatcher


class Work:
    """Records its batches; each waits to be released."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun = asyncio.Semaphore(0)
        self.released = asyncio.Event()

    async def __call__(self, batch: Sequence[int]) -> None:
        self.batches.append(list(batch))
        self.begun.release()
        await self.released.wait()


@asynccontextmanager
async def batching(
    work: Work, *, size: int, seconds: float, at_once: int = 4
) -> AsyncIterator[MicroBatcher[int]]:
    """A running micro-batcher, with a timeout."""
    batcher = MicroBatcher(work, name="batch", size=size, linger_seconds=seconds, at_once=at_once)
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(batcher.run(tasks))
        yield batcher
        work.released.set()
        running.cancel()


async def test_things_that_arrive_together_are_in_one_batch_once() -> None:
    work = Work()
    async with batching(work, size=10, seconds=0.05) as batcher:
        batcher.put([1, 2])
        batcher.put([])
        batcher.put([3])
        await work.begun.acquire()
    assert work.batches == [[1, 2, 3]]


async def test_a_full_batch_does_not_wait_and_none_is_larger() -> None:
    work = Work()
    async with batching(work, size=3, seconds=3_600) as batcher:
        batcher.put([1])
        batcher.put([2, 3])
        await work.begun.acquire()
        batcher.put([4, 5, 6, 7, 8, 9])
        await work.begun.acquire()
        await work.begun.acquire()
    assert work.batches == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]


async def test_a_running_batch_does_not_delay_the_next() -> None:
    work = Work()
    async with batching(work, size=1, seconds=3_600, at_once=2) as batcher:
        batcher.put([1])
        await work.begun.acquire()
        batcher.put([2])
        await work.begun.acquire()
        assert len(batcher.under_way) == 2
    assert work.batches == [[1], [2]]


async def test_while_all_slots_are_taken_the_next_batch_grows() -> None:
    work = Work()
    async with batching(work, size=10, seconds=0, at_once=1) as batcher:
        batcher.put([1])
        await work.begun.acquire()
        batcher.put([2])
        batcher.put([3])
        work.released.set()
        await work.begun.acquire()
    assert work.batches == [[1], [2, 3]]


async def test_a_failing_batch_is_never_silent() -> None:
    class Failing(Work):
        async def __call__(self, batch: Sequence[int]) -> None:
            raise LookupError(batch)

    with pytest.RaisesGroup(LookupError):
        async with batching(Failing(), size=1, seconds=0) as batcher:
            batcher.put([1])
            await asyncio.Event().wait()
