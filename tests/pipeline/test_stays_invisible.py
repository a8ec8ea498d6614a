"""A message in flight is delivered to nobody else, however long its handling takes."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from structlog.testing import capture_logs

from assembly_service.aws.queues import HalfQueue
from assembly_service.domain import exact_json
from assembly_service.domain.product import Announcement, HalfKind
from assembly_service.pipeline.worker import Worker
from tests.harness.handling import Handling
from tests.harness.hooks import after_call
from tests.harness.one_batch import received
from tests.harness.pipeline import PATIENCE_SECONDS, Announcer, Pipeline
from tests.harness.quiet_loop import play
from tests.harness.small_events import event
from tests.harness.timed_queues import RESOURCES, TimedQueues, half_queue, timed_collaborators
from tests.pipeline.support import A_CAPTION, CAPTION, THUMBNAIL

VISIBILITY = {CAPTION: 30, THUMBNAIL: 300}
"""Visibility timeout of each queue in seconds."""
LONG = 10 * max(VISIBILITY.values())


class SlowWork(Announcer):
    """A worker whose announcements take LONG, and a rival that receives whatever it can then.

    Runs in an event loop in which waiting takes no time.
    """

    def __init__(self, *, stops: bool) -> None:
        super().__init__()
        self.queues = TimedQueues()
        self._stops = stops
        self._stop = asyncio.Event()
        self._by_kind = {
            kind: half_queue(self.queues, kind, visibility_seconds=seconds)
            for kind, seconds in VISIBILITY.items()
        }

    async def done(self) -> None:
        """Send a pair, and work until it is settled, or `stops`, until the drain is over."""
        for kind in HalfKind:
            body = exact_json.dumps(event(kind, 1)).decode()
            await self.queues.send_message(QueueUrl=RESOURCES.url(kind), MessageBody=body)
        worker = Worker(
            timed_collaborators(self._by_kind, announce=self, stop=self._stop),
            concurrency=100,
            cleanup_interval_seconds=10 * LONG,
            drain_seconds=10 * LONG,
        )
        async with asyncio.timeout(10 * LONG), asyncio.TaskGroup() as tasks:
            tasks.create_task(worker.run())
            while self.queues.letters and not self._stops:  # noqa: ASYNC110 - they tell nobody
                await asyncio.sleep(1)
            if not self._stops:
                self._stop.set()

    async def __call__(self, announcements: Sequence[Announcement]) -> Any:
        if self._stops:
            self._stop.set()
        async with asyncio.TaskGroup() as tasks:
            rivals = [tasks.create_task(_take_all(each)) for each in self._by_kind.values()]
            await asyncio.sleep(LONG)
            for rival in rivals:
                rival.cancel()
        return await super().__call__(announcements)


async def _take_all(queue: HalfQueue) -> None:
    while True:
        await queue.receive()


@pytest.mark.parametrize("stops", [False, True], ids=["at work", "in the drain"])
@pytest.mark.parametrize("fails", [False, True], ids=["", "each other extension fails"])
def test_a_message_is_received_once_although_its_handling_outlasts_its_visibility_timeout(
    stops: bool, fails: bool
) -> None:
    async def play_it() -> SlowWork:
        work = SlowWork(stops=stops)
        if fails:
            # There is a call for each queue.
            work.queues.troubles["hide"] += [None, None, TimeoutError(), TimeoutError()] * LONG
        await work.done()
        return work

    with capture_logs():
        work = play(play_it())
    assert list(work.queues.received.values()) == [1, 1]
    assert len(work.announced) == 1


async def test_the_engine_delivers_a_message_in_flight_to_nobody_after_its_visibility_timeout(
    pipeline: Pipeline,
) -> None:
    pipeline.settings = pipeline.settings.model_copy(update={"sqs_visibility_timeout": 2})
    await pipeline.send(CAPTION, A_CAPTION)
    messages = await received(pipeline, caption=1)
    loop, extended = asyncio.get_running_loop(), asyncio.Event()
    over_at = loop.time() + 2
    handling = Handling(await pipeline.collaborators(asyncio.Event()), messages)
    after_call(
        pipeline.clients.sqs,
        "change_message_visibility_batch",
        lambda _: extended.set() if loop.time() > over_at else None,
    )
    keeping = asyncio.create_task(handling.in_flight.keep_invisible())
    async with asyncio.timeout(PATIENCE_SECONDS):
        await extended.wait()
    assert await (await pipeline.queue(CAPTION)).receive(wait=False) == []
    assert handling.in_flight.held == messages
    keeping.cancel()
