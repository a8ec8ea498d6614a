"""How many messages wait where shows at `/metrics`, and so does how old the numbers are."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from assembly_service.aws.queues import HalfQueue
from assembly_service.pipeline.queue_watch import QueueWatch
from tests.harness.one_batch import received
from tests.harness.pipeline import Pipeline, eventually
from tests.pipeline.support import A_CAPTION, CAPTION


@asynccontextmanager
async def watching(pipeline: Pipeline) -> AsyncIterator[None]:
    watch = QueueWatch(await pipeline.collaborators(asyncio.Event()))
    assert figure(pipeline, "queue_counts_age_seconds") == math.inf
    task = asyncio.create_task(watch.run())
    yield
    task.cancel()


def figure(pipeline: Pipeline, name: str) -> float | None:
    labels = {"queue": CAPTION.value}
    return pipeline.metrics.registry.get_sample_value(f"assembly_{name}", labels)


async def test_messages_that_wait_are_hidden_or_could_not_be_processed_are_counted(
    pipeline: Pipeline,
) -> None:
    for name in ("hidden", "visible", "visible"):
        await pipeline.send(CAPTION, {**A_CAPTION, "title": name})
        if name == "hidden":
            await received(pipeline, caption=1)
    queue = await pipeline.queue(CAPTION)
    await queue.send_to_dead_letters(body="{}", reasons={}, attributes={}, group=None)

    async def counted() -> bool:
        return (figure(pipeline, "queue_counts_age_seconds") or 0) < math.inf

    async with watching(pipeline):
        await eventually(counted)
        names = ("queue_messages", "messages_hidden", "dead_letters")
        assert [figure(pipeline, name) for name in names] == [2, 1, 1]


@pytest.mark.parametrize("unreadable", ["count_messages", "count_dead_letters"])
async def test_numbers_are_no_younger_than_the_oldest_of_them(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, unreadable: str
) -> None:
    asked = asyncio.Event()

    async def fail(_: HalfQueue) -> None:
        asked.set()
        raise TimeoutError

    monkeypatch.setattr(HalfQueue, unreadable, fail)
    other = "dead_letters" if unreadable == "count_messages" else "queue_messages"

    async def counted() -> bool:
        return asked.is_set() and figure(pipeline, other) == 0

    async with watching(pipeline):
        await eventually(counted)
        assert figure(pipeline, "queue_counts_age_seconds") == math.inf
