"""A stop loses nothing, hides nothing, and ends in time."""

import asyncio
import time

from assembly_service.domain.product import HalfKind
from tests.harness.hooks import before_call
from tests.harness.pipeline import Pipeline, eventually
from tests.pipeline.support import A_CAPTION, A_THUMBNAIL, CAPTION, THUMBNAIL, later, send_pair


async def send_updates(pipeline: Pipeline) -> None:
    """Send newer halves of a product that exists.

    Neither waits for the other, so both stay in flight while the product cannot be announced.
    """
    await send_pair(pipeline)
    async with pipeline.working():
        await pipeline.drained()
    await pipeline.send(CAPTION, later(A_CAPTION))
    await pipeline.send(THUMBNAIL, later(A_THUMBNAIL))


async def until_both_are_in_flight(pipeline: Pipeline) -> None:
    """Wait until the message of each queue was received."""

    async def both() -> bool:
        return await pipeline.messages_in_flight() == len(HalfKind)

    await eventually(both)


async def assert_visible_again(pipeline: Pipeline, *kinds: HalfKind) -> None:
    """Check that the one message of each queue can be received again at once."""
    for kind in kinds:
        queue = await pipeline.queue(kind)
        assert [message.receive_count for message in await queue.receive()] == [2]


async def test_a_stop_during_trouble_hands_everything_back_at_once(pipeline: Pipeline) -> None:
    await send_updates(pipeline)
    pipeline.announcer.refusals = 10_000
    async with pipeline.working():

        async def refused() -> bool:
            return pipeline.announcer.refusals < 9_998

        await eventually(refused)
        await until_both_are_in_flight(pipeline)
    await assert_visible_again(pipeline, *HalfKind)


async def test_a_stop_ends_within_its_deadline_although_announcements_hang(
    pipeline: Pipeline,
) -> None:
    hanging = asyncio.Event()

    async def hang(_announcements: object) -> frozenset[object]:
        hanging.set()
        await asyncio.Event().wait()
        raise AssertionError

    pipeline.settings = pipeline.settings.model_copy(update={"drain_deadline_seconds": 10})
    await send_updates(pipeline)
    pipeline.announcer = hang  # type: ignore[assignment]
    async with pipeline.working():
        await hanging.wait()
        await until_both_are_in_flight(pipeline)
        stopped_at = time.monotonic()
    assert time.monotonic() - stopped_at < pipeline.settings.drain_deadline_seconds
    await assert_visible_again(pipeline, *HalfKind)


async def test_messages_of_a_poll_that_runs_at_the_stop_are_visible_again_at_once(
    pipeline: Pipeline,
) -> None:
    pipeline.settings = pipeline.settings.model_copy(
        update={"sqs_wait_seconds": 4, "drain_deadline_seconds": 20}
    )
    stop, polls = asyncio.Event(), asyncio.Semaphore(0)
    before_call(pipeline.clients.sqs_receive, "receive_message", polls.release)
    worker = await pipeline.worker(stop)
    running = asyncio.create_task(worker.run())
    for _ in range(8):  # each of four pollers receives once without waiting, then waits
        await polls.acquire()
    stop.set()
    await pipeline.send(CAPTION, A_CAPTION)
    await running
    await assert_visible_again(pipeline, CAPTION)
    assert await pipeline.staged() == []
