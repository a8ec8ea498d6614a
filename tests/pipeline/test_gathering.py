import asyncio
from collections.abc import Sequence

import pytest

from assembly_service.pipeline.gathering import Gathering


class Work:
    """Keeps the groups it was given; each waits to be released."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.begun = asyncio.Semaphore(0)
        self.released = asyncio.Event()

    async def __call__(self, group: Sequence[int]) -> None:
        self.groups.append(list(group))
        self.begun.release()
        await self.released.wait()


async def test_what_comes_together_is_worked_on_together_and_once() -> None:
    work = Work()
    work.released.set()
    gathering = Gathering(work, enough=10, seconds=0.05)
    await asyncio.gather(gathering.add([1, 2]), gathering.add([]), gathering.add([3]))
    assert work.groups == [[1, 2, 3]]


async def test_enough_do_not_wait() -> None:
    work = Work()
    work.released.set()
    gathering = Gathering(work, enough=3, seconds=3_600)
    async with asyncio.timeout(30):
        await asyncio.gather(gathering.add([1]), gathering.add([2, 3]))
        await gathering.add([4, 5, 6, 7])
    assert work.groups == [[1, 2, 3], [4, 5, 6, 7]]


async def test_work_under_way_does_not_hold_up_the_next_group() -> None:
    work = Work()
    gathering = Gathering(work, enough=1, seconds=3_600)
    first = asyncio.create_task(gathering.add([1]))
    await work.begun.acquire()
    second = asyncio.create_task(gathering.add([2]))
    await work.begun.acquire()
    work.released.set()
    await asyncio.gather(first, second)
    assert work.groups == [[1], [2]]


async def test_who_begins_a_group_hears_of_its_failure_and_the_next_group_is_worked_on() -> None:
    async def fail(group: Sequence[int]) -> None:
        if 1 in group:
            raise RuntimeError

    gathering = Gathering(fail, enough=1, seconds=3_600)
    with pytest.raises(RuntimeError):
        await gathering.add([1])
    await gathering.add([2])
