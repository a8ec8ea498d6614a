import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from assembly_service.pipeline.dispatcher import MicroBatcher


class Work:
    """Keeps the batches it was given; each waits to be released."""

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
    """A running micro-batcher; a test that hangs fails."""
    batcher = MicroBatcher(work, name="batch", size=size, linger_seconds=seconds, at_once=at_once)
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(batcher.run(tasks))
        yield batcher
        work.released.set()
        running.cancel()


async def test_what_comes_together_is_worked_on_together_and_once() -> None:
    work = Work()
    async with batching(work, size=10, seconds=0.05) as batcher:
        batcher.put([1, 2])
        batcher.put([])
        batcher.put([3])
        await work.begun.acquire()
    assert work.batches == [[1, 2, 3]]


async def test_enough_do_not_wait_and_no_batch_is_larger() -> None:
    work = Work()
    async with batching(work, size=3, seconds=3_600) as batcher:
        batcher.put([1])
        batcher.put([2, 3])
        await work.begun.acquire()
        batcher.put([4, 5, 6, 7, 8, 9])
        await work.begun.acquire()
        await work.begun.acquire()
    assert work.batches == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]


async def test_work_under_way_does_not_hold_up_the_next_batch() -> None:
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


async def test_a_failure_of_the_work_is_never_silent() -> None:
    class Failing(Work):
        async def __call__(self, batch: Sequence[int]) -> None:
            raise LookupError(batch)

    with pytest.RaisesGroup(LookupError):
        async with batching(Failing(), size=1, seconds=0) as batcher:
            batcher.put([1])
            await asyncio.Event().wait()
