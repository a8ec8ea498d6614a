"""A drain waits for running work, and cleans up what was assembled."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, cast

from assembly_service.aws.queues import Message
from assembly_service.pipeline.dispatcher import Dispatcher
from assembly_service.pipeline.loop import Accepted, AssemblyLoop
from assembly_service.pipeline.work_item import Next, WorkItem
from tests.pipeline.test_waiting_keys import MOST, Waiting, item


class Loop:
    """A message loop that accepts one item per message, and assembles when released."""

    def __init__(self) -> None:
        self.assembling = asyncio.Event()
        self.let_go = asyncio.Event()
        self.cleaned_up: list[WorkItem] = []

    async def accept(self, messages: Sequence[Message]) -> Accepted:
        return Accepted([item(message.message_id) for message in messages], [], [])

    async def assemble(self, work: Sequence[WorkItem]) -> list[WorkItem]:
        self.assembling.set()
        await self.let_go.wait()
        return list(work)

    async def clean_up(self, work: Sequence[WorkItem]) -> None:
        self.cleaned_up += work

    async def quarantine(self, unfit: Sequence[Any]) -> None:
        """Nothing is unfit here."""

    async def hand_back(self, work: Sequence[WorkItem]) -> None:
        """Nothing is over the limit here."""


async def _drained_while_assembling(
    begin: Callable[[Dispatcher, Waiting], None],
) -> tuple[Loop, bool]:
    """Drain a dispatcher while its loop assembles; return whether the drain ended first."""
    loop, waiting = Loop(), Waiting()
    dispatcher = Dispatcher(cast("AssemblyLoop", loop), waiting=waiting.keys, most_messages=MOST)
    async with asyncio.TaskGroup() as tasks:
        starting = dispatcher.start(tasks)
        begin(dispatcher, waiting)
        await loop.assembling.wait()
        for task in starting:
            task.cancel()
        drain = tasks.create_task(dispatcher.drain())
        ended_early = await _has_ended(drain)
        loop.let_go.set()
    return loop, ended_early


async def _has_ended(task: asyncio.Task[None]) -> bool:
    """Whether it ends without waiting for anything but the event loop."""
    for _ in range(20):
        await asyncio.sleep(0)
    return task.done()


def _put(waiting: Waiting) -> None:
    assert waiting.keys.put([item(after=Next.WAIT)]) == []


async def test_a_drain_waits_for_retries() -> None:
    _, ended_early = await _drained_while_assembling(lambda _, waiting: _put(waiting))
    assert not ended_early


async def test_a_drain_cleans_up_after_the_batches_it_waited_for() -> None:
    arrived = item("v1").messages
    loop, ended_early = await _drained_while_assembling(
        lambda dispatcher, _: dispatcher.arrivals.put(arrived)
    )
    assert not ended_early
    assert [each.key.video_id for each in loop.cleaned_up] == [arrived[0].message_id]


async def test_retried_keys_are_cleaned_up_and_out_of_trouble() -> None:
    waited: list[Waiting] = []

    def begin(_: Dispatcher, waiting: Waiting) -> None:
        waited.append(waiting)
        _put(waiting)

    loop, _ = await _drained_while_assembling(begin)
    assert [each.key.seller_handle for each in loop.cleaned_up] == ["hot"]
    assert not waited[0].keys.in_trouble("hot")
