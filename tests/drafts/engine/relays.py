"""Relays on an instance's outbox, and channels that record what they publish."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from botocore.exceptions import ClientError
from prometheus_client import CollectorRegistry

from assembly_service.drafts.engine.attempts import Pause
from assembly_service.drafts.engine.event_lines import WriteLine
from assembly_service.drafts.engine.events import StoredEvent
from assembly_service.drafts.engine.metrics import DraftMetrics
from assembly_service.drafts.engine.outbox import Outbox
from assembly_service.drafts.engine.publishing import Channel
from assembly_service.drafts.engine.relay import Relay
from tests.drafts.product.support import (
    Instance,
)

LEFT_BEHIND_MILLISECONDS = 10_001
PATIENCE_SECONDS = 120
WAITING = "assembly_draft_events_waiting_seconds"
WAITING_AGE = "assembly_draft_events_waiting_age_seconds"
PRODUCT_DRAFTS = {"system": "product-orchestrator"}


class RecordingChannel:
    """A channel that records what it receives. The first `failures` events time out.

    `refuses` holds ids of events, or of drafts whose events are all refused.
    """

    def __init__(self, failures: int = 0) -> None:
        self.received: list[StoredEvent] = []
        self.failures = failures
        self.refuses: set[str] = set()
        self.tried: Counter[str] = Counter()
        self._called = asyncio.Event()

    async def __call__(self, event: StoredEvent) -> None:
        self.tried[event.event_id] += 1
        self._called.set()
        if self.failures:
            self.failures -= 1
            raise TimeoutError
        if self.refuses & {event.event_id, event.reference}:
            raise ClientError({"Error": {"Code": "InvalidParameter", "Message": "-"}}, "Publish")
        self.received.append(event)

    def names(self, session_id: str) -> list[str]:
        """The events it got of a draft."""
        return [
            event.name.removeprefix("product-orchestrator.")
            for event in self.received
            if event.reference == session_id
        ]

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait, while the channel is called, for a condition. Raises TimeoutError."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not is_so():
                self._called.clear()
                await self._called.wait()


class Pages:
    """A client that answers queries with two items at most.

    `sizes` says how much the channel had received before each page of the whole outbox was read.
    """

    def __init__(self, client: Any, channel: RecordingChannel) -> None:
        self._client = client
        self._channel = channel
        self.sizes: list[int] = []

    def __getattr__(self, operation: str) -> Any:
        return getattr(self._client, operation)

    async def query(self, **request: Any) -> Any:
        if request["KeyConditionExpression"] == "pk = :outbox":
            self.sizes.append(len(self._channel.received))
        return await self._client.query(**request, Limit=2)


def written(_: StoredEvent) -> asyncio.Future[bool]:
    """A log that someone reads."""
    line = asyncio.get_running_loop().create_future()
    line.set_result(True)
    return line


def relay_of(
    instance: Instance,
    *channels: Channel,
    client: Any = None,
    sweep_seconds: float = 5.0,
    pause: Pause = asyncio.sleep,
    write_line: WriteLine | None = None,
) -> tuple[Relay, CollectorRegistry]:
    """A relay beside the instance's own, which does not run."""
    registry = CollectorRegistry()
    table = instance.settings.dynamodb_drafts_table
    relay = Relay(
        outbox=Outbox(client=client or instance.reads, table=table),
        channels=channels,
        write_line=write_line or written,
        clock=instance.clock,
        metrics=DraftMetrics(registry),
        sweep_seconds=sweep_seconds,
        pause=pause,
    )
    return relay, registry


@asynccontextmanager
async def running(relay: Relay) -> AsyncIterator[asyncio.Task[None]]:
    """Run a relay, and stop it on exit."""
    task = asyncio.create_task(relay.run())
    try:
        yield task
    finally:
        await stopped(task)


async def stopped(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait for its end. Raises AssertionError if it goes on."""
    task.cancel()
    await asyncio.wait({task}, timeout=PATIENCE_SECONDS)
    assert task.cancelled(), task


async def waiting(instance: Instance) -> Sequence[StoredEvent]:
    """All events in the outbox."""
    return [event async for page in instance.engine.relay.outbox.waiting() for event in page]


async def drafts(instance: Instance, count: int) -> list[str]:
    """The ids of new drafts, each with an event, in the order of the outbox."""
    return sorted([await instance.admin.create() for _ in range(count)])
