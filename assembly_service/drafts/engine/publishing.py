"""One round of publishing: drafts concurrently, the events of a draft one after another."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from assembly_service.aws.errors import AWS_ERRORS, code_of
from assembly_service.drafts.engine.event_lines import EventLines
from assembly_service.drafts.engine.events import StoredEvent
from assembly_service.drafts.engine.metrics import DraftMetrics
from assembly_service.drafts.engine.outbox import Outbox
from assembly_service.drafts.engine.written_here import WrittenHere

Channel = Callable[[StoredEvent], Awaitable[None]]
"""Publishes one event; raises an AWS error, OSError or TimeoutError if that failed. A round waits
for it, so it must not hang. Called for several drafts at once, never for two events of one draft.
A connector that takes committed records to another system would be a channel."""

DRAFTS_AT_ONCE = 8


class Trouble(NamedTuple):
    """The event that could not be published, the error's code, and the system.

    Without a name, the draft's events could not be read or deleted.
    """

    name: str
    code: str
    system: str


@dataclass(kw_only=True)
class PublishingRound:
    """The progress of a round.

    `written` has the drafts with events to publish; a cancelled one is put back. `in_trouble` holds
    those that failed, until all their events are published. `taken` says for each event of a draft
    how many channels have taken it. `lines` are the log's. An event leaves the outbox when its line
    is written, but counts as published once all channels have it: an unread log is not an outage.
    `troubles` says for each draft that failed which event it waits with, and why.
    """

    outbox: Outbox
    channels: Sequence[Channel]
    metrics: DraftMetrics
    written: WrittenHere
    in_trouble: set[str]
    taken: dict[str, dict[str, int]]
    lines: EventLines
    has_published: bool = False
    troubles: dict[str, Trouble] = field(default_factory=dict)
    _failures_in_a_row: int = 0

    @property
    def is_hopeless(self) -> bool:
        """Whether to stop trying: so many failures in a row hardly come from the drafts."""
        return self._failures_in_a_row >= DRAFTS_AT_ONCE

    async def publish(self, drafts: Iterable[str]) -> None:
        """Publish all events of these drafts, until it turns out to be hopeless."""
        slots = asyncio.Semaphore(DRAFTS_AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            for reference in drafts:
                await slots.acquire()
                if self.is_hopeless:
                    break
                task = tasks.create_task(self._publish_draft(reference), name="draft-publishing")
                task.add_done_callback(lambda _: slots.release())

    async def _publish_draft(self, reference: str) -> None:
        is_logged = True
        try:
            async for events in self._events_of(reference):
                is_logged = await self._publish_events(reference, events, log=is_logged)
        except asyncio.CancelledError:
            self.written.add(reference)
            raise
        except AWS_ERRORS as error:
            self.written.forget(reference)
            self.in_trouble.add(reference)
            self.troubles.setdefault(reference, Trouble("", code_of(error), ""))
            self._failures_in_a_row += 1
        else:
            self.in_trouble.discard(reference)
            if is_logged:
                self.taken.pop(reference, None)
                self.lines.forget(reference)
            else:
                self.written.forget(reference)

    async def _publish_events(
        self, reference: str, events: Sequence[StoredEvent], *, log: bool
    ) -> bool:
        """Publish these events of a draft, and `log` and clear them; whether all are logged.

        If one fails, those before it are logged and cleared all the same.
        """
        published: list[StoredEvent] = []
        is_news = False
        try:
            for event in events:
                is_news |= await self._give_to_channels(event)
                published.append(event)
        finally:
            logged = await self._log(published) if log else []
            if not await self.outbox.clear(logged):
                self.written.forget(reference)
            if is_news or logged:
                self.has_published = True
                self._failures_in_a_row = 0
        return len(logged) == len(published)

    async def _events_of(self, reference: str) -> AsyncIterator[list[StoredEvent]]:
        # Before any is read: one written from here on marks the draft again.
        if known := self.written.take(reference):
            yield known
            return
        async for events in self.outbox.waiting(reference):
            yield events

    async def _give_to_channels(self, event: StoredEvent) -> bool:
        """Publish to the channels that have not taken the event; whether there were any."""
        taken = self.taken.setdefault(event.reference, {})
        missing = self.channels[taken.get(event.event_id, 0) :]
        for channel in missing:
            try:
                await channel(event)
            except AWS_ERRORS as error:
                self.troubles[event.reference] = Trouble(event.name, code_of(error), event.system)
                raise
            taken[event.event_id] = taken.get(event.event_id, 0) + 1
        return bool(missing)

    async def _log(self, events: Sequence[StoredEvent]) -> list[StoredEvent]:
        """Log a draft's events until a line is not written; return those whose lines are."""
        logged: list[StoredEvent] = []
        for event in events:
            if not await self.lines.is_written(event):
                break
            self.lines.forget(event.reference)
            self.taken[event.reference].pop(event.event_id, None)
            self.metrics.events_published.labels(event.system, event.name).inc()
            logged.append(event)
        return logged
