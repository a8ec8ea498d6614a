"""A stop loses nothing, hides nothing, and ends in time."""

import asyncio
import time

from assembly_service.domain.product import HalfKind
from tests.support.pipeline import Pipeline, eventually, sample_events

[A_CAPTION] = sample_events(HalfKind.CAPTION, 1)


async def test_a_stop_during_trouble_hands_everything_back_at_once(pipeline: Pipeline) -> None:
    pipeline.announcer.refusals = 10_000
    await pipeline.send(HalfKind.CAPTION, A_CAPTION)
    await pipeline.send(HalfKind.THUMBNAIL, sample_events(HalfKind.THUMBNAIL, 1)[0])
    async with pipeline.working():

        async def refused() -> bool:
            return pipeline.announcer.refusals < 9_998

        await eventually(refused)
    for kind in HalfKind:
        queue = await pipeline.queue(kind)
        assert [message.receive_count for message in await queue.receive()] == [2]


async def test_a_stop_ends_within_its_deadline_though_announcements_hang(
    pipeline: Pipeline,
) -> None:
    hanging = asyncio.Event()

    async def hang(_announcements: object) -> frozenset[object]:
        hanging.set()
        await asyncio.Event().wait()
        raise AssertionError

    pipeline.announcer = hang  # type: ignore[assignment]
    await pipeline.send(HalfKind.CAPTION, A_CAPTION)
    await pipeline.send(HalfKind.THUMBNAIL, sample_events(HalfKind.THUMBNAIL, 1)[0])
    async with pipeline.working():
        await hanging.wait()
        stopped_at = time.monotonic()
    assert time.monotonic() - stopped_at < pipeline.settings.drain_deadline_seconds
    for kind in HalfKind:
        queue = await pipeline.queue(kind)
        assert [message.receive_count for message in await queue.receive()] == [2]
