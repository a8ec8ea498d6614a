"""Tells what lies in the outbox: at least once, and a draft's events in their order."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from itertools import groupby

import structlog

from assembly_service.aws.errors import code_of, is_aws_error
from assembly_service.clock import Clock
from assembly_service.drafts.core.events import StoredEvent
from assembly_service.drafts.core.metrics import DraftMetrics
from assembly_service.drafts.core.outbox import Outbox

Channel = Callable[[StoredEvent], Awaitable[None]]
"""Takes one event to where others hear of it; raises an AWS error, OSError or TimeoutError if it
did not arrive. Here a connector would take a committed record on to another system."""

_GATHER_SECONDS = 0.05
_SWEEP_SECONDS = 5.0
_LEFT_BEHIND_MILLISECONDS = 10_000
_LONGEST_PAUSE_SECONDS = 30.0

log = structlog.get_logger()


class Relay:
    """One for each instance.

    The instance that wrote an event tells it at once. Every now and then each looks for events
    that were left behind, because their instance died or the channel was down. Two relays may tell
    the same event: each tells a draft's events from the oldest on, so whoever hears an event has
    heard all before it.
    """

    def __init__(
        self,
        *,
        outbox: Outbox,
        channels: Sequence[Channel],
        clock: Clock,
        metrics: DraftMetrics,
        sweep_seconds: float = _SWEEP_SECONDS,
    ) -> None:
        self.outbox = outbox
        self._channels = channels
        self._clock = clock
        self._metrics = metrics
        self._sweep_seconds = sweep_seconds
        self._written: set[str] = set()
        self._news = asyncio.Event()
        self._failures = 0

    def nudge(self, draft_id: str) -> None:
        """An event of this draft was written here."""
        self._written.add(draft_id)
        self._news.set()

    async def run(self) -> None:
        """Work until cancelled. An outage of the outbox or of a channel is waited out."""
        loop = asyncio.get_running_loop()
        next_sweep = loop.time()
        while True:
            wait = max(0.0, next_sweep - loop.time())
            if self._failures:
                wait = min(_LONGEST_PAUSE_SECONDS, 2.0 ** min(self._failures, 10) / 4)
                await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 - spread
            else:
                await self._wait(wait)
            swept = loop.time() >= next_sweep
            if await self.tell_all(sweep=swept) and swept:
                next_sweep = loop.time() + self._sweep_seconds * random.uniform(0.8, 1.2)  # noqa: S311 - spread

    async def tell_all(self, *, sweep: bool) -> bool:
        """Tell what was written here, and what was left behind. False if some could not be told."""
        drafts, self._written = self._written, set()
        self._news.clear()
        try:
            if sweep:
                await self._tell_left_behind()
            for draft_id in sorted(drafts):
                await self._tell_draft(draft_id)
                drafts.discard(draft_id)
        except Exception as error:
            if not is_aws_error(error):
                raise
            self._failures += 1
            log.warning("draft_events_not_told", error=code_of(error), drafts=len(drafts))
            return False
        finally:
            self._written |= drafts
        self._failures = 0
        return True

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return
        # A commit writes several events within moments: one look for all of them.
        await asyncio.sleep(_GATHER_SECONDS)

    async def _tell_draft(self, draft_id: str) -> None:
        async for events in self.outbox.waiting(draft_id):
            await self._tell(events)

    async def _tell_left_behind(self) -> None:
        oldest = now = self._clock()
        left_alone = ""
        async for events in self.outbox.waiting():
            oldest = min(oldest, *(event.at for event in events))
            # Before telling: while that fails, this is what shows it.
            self._metrics.events_waiting.set((now - oldest) / 1000)
            for draft_id, of_draft in groupby(events, key=lambda event: event.draft_id):
                some = list(of_draft)
                # What a page holds of a draft follows what the page before held of it.
                if draft_id != left_alone and some[0].at <= now - _LEFT_BEHIND_MILLISECONDS:
                    await self._tell(some)
                else:
                    left_alone = draft_id
        self._metrics.events_waiting.set(0)

    async def _tell(self, events: Sequence[StoredEvent]) -> None:
        told = []
        try:
            for event in events:
                for channel in self._channels:
                    await channel(event)
                told.append(event)
                self._metrics.events_told.labels(event.name).inc()
        finally:
            if told:
                await self.outbox.clear(told)
