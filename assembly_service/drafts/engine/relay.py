"""Publishes events from the outbox: at least once, those of a draft in order."""

import asyncio
import random
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import partial
from itertools import groupby, islice

import structlog

from assembly_service.aws.errors import AWS_ERRORS, code_of
from assembly_service.drafts.engine.attempts import Pause
from assembly_service.drafts.engine.event_lines import EventLines, WriteLine
from assembly_service.drafts.engine.events import StoredEvent
from assembly_service.drafts.engine.metrics import DraftMetrics
from assembly_service.drafts.engine.outbox import Outbox
from assembly_service.drafts.engine.publishing import (
    DRAFTS_AT_ONCE,
    Channel,
    PublishingRound,
    Trouble,
)
from assembly_service.drafts.engine.written_here import WrittenHere
from assembly_service.runtime.chunks import chunks
from assembly_service.runtime.clock import Clock
from assembly_service.runtime.jitter import spread
from assembly_service.runtime.retry import growing_pauses

_GATHER_SECONDS = 0.05
_SWEEP_SECONDS = 5.0
_LEFT_BEHIND_MILLISECONDS = 10_000
_MOST_LOGGED = 8
_outage_pauses = partial(growing_pauses, first=0.5, longest=30.0)

log = structlog.get_logger()


class Relay:
    """Publishes the events of all systems of an instance.

    The instance that wrote an event publishes it at once. Each instance also sweeps regularly for
    events left behind because their instance died or a channel failed. Two relays may publish the
    same event: each publishes a draft's events from the oldest on, so whoever receives an event
    has received all before it.

    A draft whose events could not be published is in trouble: from then on only the sweeps try it,
    apart from all others, so that such drafts never delay the rest.

    An unread log delays nothing: an event that the channels have taken stays in the outbox until
    its line is written, while the channels get the following events.
    """

    def __init__(
        self,
        *,
        outbox: Outbox,
        channels: Sequence[Channel],
        write_line: WriteLine,
        clock: Clock,
        metrics: DraftMetrics,
        sweep_seconds: float = _SWEEP_SECONDS,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self.outbox = outbox
        self._channels = channels
        self._clock = clock
        self._metrics = metrics
        self._sweep_seconds = sweep_seconds
        self._pause = pause
        self._written = WrittenHere()
        self._news = asyncio.Event()
        self._in_trouble: set[str] = set()
        self._taken: dict[str, dict[str, int]] = {}
        self._lines = EventLines(write_line)
        self._pauses = _outage_pauses()
        self._is_outage = False

    def nudge(self, reference: str, event: StoredEvent | None = None, *, version: int = 0) -> None:
        """Publish the events of this draft soon: one was written here.

        If `event` is given, with the version of the draft that it was written with, the outbox is
        read only if it may hold others of the draft.
        """
        self._written.add(reference, event, version=version)
        self._news.set()

    async def run(self) -> None:
        """Publish until cancelled, backing off during outages of the outbox or a channel."""
        loop = asyncio.get_running_loop()
        next_sweep = loop.time()
        while True:
            if self._is_outage:
                await self._pause(next(self._pauses))
            else:
                await self._wait(max(0.0, next_sweep - loop.time()))
            sweep = loop.time() >= next_sweep
            await self.publish_all(sweep=sweep)
            if sweep and not self._is_outage:
                next_sweep = loop.time() + self._sweep_seconds * spread(0.8, 1.2)

    async def publish_all(self, *, sweep: bool) -> bool:
        """Publish what was written here, and in a sweep what was left behind too.

        Returns False if some of it remains. Gives up early if nothing can be published.
        """
        new, again, unlogged = self._round(), self._round(), self._round()
        # In random order: of very many only some are tried.
        in_trouble = random.sample([*self._in_trouble], len(self._in_trouble))
        unread = None
        try:
            await self._publish(new, set())
            if sweep:
                await again.publish(in_trouble)
            await self._log_again(unlogged, new, dropped=sweep)
            if sweep:
                await self._publish_left_behind(new)
        except AWS_ERRORS as error:
            unread = code_of(error)
        has_published = new.has_published or again.has_published
        # Drafts that are still in trouble say nothing about others.
        self._is_outage = bool(unread or new.troubles) and not has_published
        if has_published:
            self._pauses = _outage_pauses()
        troubles = unlogged.troubles | again.troubles | new.troubles
        _log_troubles(troubles, unread)
        return unread is None and not troubles and not self._lines.drafts

    def _round(self) -> PublishingRound:
        return PublishingRound(
            outbox=self.outbox,
            channels=self._channels,
            metrics=self._metrics,
            written=self._written,
            in_trouble=self._in_trouble,
            taken=self._taken,
            lines=self._lines,
        )

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return
        # A commit writes several events within moments: read them together.
        await asyncio.sleep(_GATHER_SECONDS)

    async def _publish(self, publishing: PublishingRound, found: Set[str]) -> None:
        """Publish these drafts and those written here, except those in trouble."""
        self._news.clear()
        await publishing.publish((found | self._written.drafts) - self._in_trouble)

    async def _log_again(
        self, unlogged: PublishingRound, new: PublishingRound, *, dropped: bool
    ) -> None:
        """Continue with drafts whose line was written or dropped, until none makes progress."""
        settled = {*self._lines.settled(dropped=dropped)} - self._in_trouble
        # In random order, like those in trouble.
        drafts = random.sample([*settled], len(settled))
        for some in chunks(drafts, DRAFTS_AT_ONCE):
            await unlogged.publish(some)
            if self._lines.drafts >= {*some}:
                return
            # However many there are, what was written here since does not wait.
            await self._publish(new, set())

    async def _publish_left_behind(self, publishing: PublishingRound) -> None:
        now = self._clock()
        oldest: dict[str, int] = {}
        stuck: dict[str, int] = {}
        last = ""
        async for events in self.outbox.waiting():
            first = {
                reference: next(of_draft)
                for reference, of_draft in groupby(events, key=lambda event: event.reference)
            }
            # A draft that continues from the previous page was published with it, or is skipped.
            first.pop(last, None)
            last = events[-1].reference
            _keep_oldest(oldest, first.values())
            # Before publishing, so that the metric shows when that fails.
            self._show_waiting(oldest, now)
            due = {
                reference
                for reference, event in first.items()
                if event.at <= now - _LEFT_BEHIND_MILLISECONDS
            }
            untaken = {event.reference for event in events if not self._is_only_unlogged(event)}
            await self._publish(publishing, due & untaken)
            if publishing.is_hopeless:
                return
            kept = self._in_trouble.union(self._lines.drafts)
            _keep_oldest(stuck, [first[each] for each in first.keys() & kept])
        self._show_waiting(dict.fromkeys(self._metrics.systems, now) | stuck, now)

    def _is_only_unlogged(self, event: StoredEvent) -> bool:
        taken = self._taken.get(event.reference, {}).get(event.event_id, 0)
        return event.reference in self._lines.drafts and taken == len(self._channels)

    def _show_waiting(self, since: Mapping[str, int], now: int) -> None:
        for system, at in since.items():
            self._metrics.show_waiting(system, max(0, now - at) / 1000)


def _keep_oldest(since: dict[str, int], events: Iterable[StoredEvent]) -> None:
    """Keep, for each system, when its oldest event happened."""
    for event in events:
        since[event.system] = min(event.at, since.get(event.system, event.at))


def _log_troubles(troubles: Mapping[str, Trouble], unread: str | None) -> None:
    """Log all troubles in one line."""
    if not troubles and unread is None:
        return
    log.warning(
        "draft_events_not_published",
        systems=sorted({trouble.system for trouble in troubles.values() if trouble.system}),
        drafts=len(troubles),
        outbox=unread,
        some=[
            {"draft": reference, "name": trouble.name, "code": trouble.code}
            for reference, trouble in islice(troubles.items(), _MOST_LOGGED)
        ],
    )
