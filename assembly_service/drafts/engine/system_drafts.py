"""The drafts of one system: found for their owner, changed by its rules, expired in time.

Each change reads the draft, decides by the rules, and writes on the condition that the draft is
unchanged. If another write came first, it reads and decides again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter

import structlog

from assembly_service.aws.errors import AWS_ERRORS, code_of
from assembly_service.drafts.engine import refusals
from assembly_service.drafts.engine.call_limits import Counting
from assembly_service.drafts.engine.draft import Draft
from assembly_service.drafts.engine.events import Event, StoredEvent
from assembly_service.drafts.engine.identifiers import is_session_id, operation_id
from assembly_service.drafts.engine.merging import Merge, merged
from assembly_service.drafts.engine.metrics import DraftMetrics
from assembly_service.drafts.engine.refusals import Refuse
from assembly_service.drafts.engine.relay import Relay
from assembly_service.drafts.engine.rows import sequence_of_version
from assembly_service.drafts.engine.store import DraftStore
from assembly_service.drafts.engine.transactions import Action
from assembly_service.runtime.clock import Clock
from assembly_service.runtime.jitter import spread

_LOOKS = 8
_LOOK_AGAIN_SECONDS = 0.05

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftSystem:
    """What the engine has to know about a system to keep its drafts.

    `expired` returns an expired draft, given the draft and the time; `expired_event` its event,
    given that and the operation id. `shown_id` is how logs and operation ids show a draft's id,
    `left_at` how metrics show where a draft was abandoned.
    """

    name: str
    refuse: Refuse
    expired: Callable[[Draft, int], Draft]
    expired_event: Callable[[Draft, str], Event]
    shown_id: Callable[[str], str] = str
    left_at: Callable[[Draft], str] = attrgetter("state")


class Drafts:
    """Finds and changes drafts. Methods raise the system's refusals, and AWS's errors."""

    def __init__(
        self,
        system: DraftSystem,
        *,
        store: DraftStore,
        relay: Relay,
        clock: Clock,
        metrics: DraftMetrics,
    ) -> None:
        self.system = system
        self.store = store
        self.clock = clock
        self._relay = relay
        self._metrics = metrics

    async def create(self, draft: Draft, event: Event, *, more: Sequence[Action] = ()) -> None:
        """Write a new draft with an unused id, together with `more`."""
        await self.store.create(draft, event, more=more)
        self.nudge(draft, event)

    async def find(self, asked_for: str, may_see: Callable[[Draft], bool]) -> Draft:
        """Return the draft, if the caller may see it and it is alive. Notes an expiry.

        A draft that the caller may not see is refused like one that never existed.
        """
        if not is_session_id(asked_for):
            raise self.system.refuse(refusals.malformed(asked_for))
        draft = await self.store.read(asked_for.lower())
        if draft is None or draft.system != self.system.name or not may_see(draft):
            raise self.system.refuse(refusals.not_found(asked_for))
        if draft.expires_unnoticed(self.clock()):
            await self._note_expiry_if_possible(draft)
        return self.visible(draft, asked_for)

    def visible(self, draft: Draft, asked_for: str = "") -> Draft:
        """Return the draft if it is alive. Refusals name it as it was asked for."""
        now = self.clock()
        if draft.is_visible(now):
            return draft
        if draft.is_known_as_expired(now):
            raise self.system.refuse(refusals.expired(asked_for or draft.id))
        raise self.system.refuse(refusals.not_found(asked_for or draft.id))

    async def change(
        self,
        draft: Draft,
        decide: Callable[[Draft, int], Draft],
        event_of: Callable[[Draft], Event],
        *,
        more: Sequence[Action] = (),
    ) -> Draft:
        """Write the draft that `decide` returns, with the event that `event_of` returns for it.

        `decide` gets the current draft and the time, and raises refusals. `more` is written with
        it, and must have no condition.
        """

        async def write(draft: Draft, now: int) -> Draft | None:
            after = decide(draft, now)
            event = event_of(after)
            if not await self.store.replace(draft, after, event, now=now, more=more):
                return None
            self.nudge(after, event)
            return after

        return await self._write(draft, write)

    async def merge(
        self,
        draft: Draft,
        decide: Callable[[Draft, int], Merge],
        event_of: Callable[[Draft], Event],
    ) -> Draft:
        """Write the merge that `decide` returns, with the event that `event_of` returns for it.

        `decide` gets the current draft and the time, and raises refusals. Returns the draft without
        what others merge at the same time.
        """

        async def write(draft: Draft, now: int) -> Draft | None:
            merge = decide(draft, now)
            after = merged(draft, merge, now)
            if not await self.store.merge(draft, merge, event_of(after), now=now):
                return None
            self.nudge(draft)
            return after

        return await self._write(draft, write)

    async def count_call(
        self, draft: Draft, call: str, decide: Callable[[Draft, int], Counting | None]
    ) -> Draft:
        """Count a call as `decide` says, unless it returns None. Returns the current draft.

        A call that cannot be counted is let through.
        """
        for _ in range(_LOOKS):
            now = self.clock()
            counting = decide(draft, now)
            try:
                if counting is None or await self.store.count_call(draft, counting, now=now):
                    return draft
            except AWS_ERRORS as error:
                self._metrics.limit_not_counted(self.system.name, call, code_of(error))
                return draft
            draft = await self._look_again(draft)
        self._metrics.limit_not_counted(self.system.name, call, "contended")
        return draft

    async def delete(self, draft: Draft, decide: Callable[[Draft, int], Event]) -> None:
        """Delete the draft, and write the event that `decide` returns.

        `decide` gets the current draft and the time, and raises refusals.
        """

        async def write(draft: Draft, now: int) -> Draft | None:
            if not await self.store.delete(draft, decide(draft, now), now=now):
                return None
            self.nudge(draft)
            return draft

        await self._write(draft, write)

    async def _write(
        self, draft: Draft, write: Callable[[Draft, int], Awaitable[Draft | None]]
    ) -> Draft:
        """Write the current draft; again while `write` returns None since another came first."""
        for _ in range(_LOOKS):
            if (after := await write(draft, self.clock())) is not None:
                return after
            draft = await self._look_again(draft)
        raise self.system.refuse(refusals.contended(draft.id))

    async def _look_again(self, draft: Draft) -> Draft:
        await asyncio.sleep(spread(0, _LOOK_AGAIN_SECONDS))
        return await self.reload(draft.id)

    async def reload(self, draft_id: str) -> Draft:
        """Read a draft again that was found before, if it is alive."""
        return self.visible(await self.read(draft_id))

    async def read(self, draft_id: str) -> Draft:
        """Read a draft that was found before, alive or not."""
        draft = await self.store.read(draft_id)
        if draft is None:
            raise self.system.refuse(refusals.not_found(draft_id))
        return draft

    def nudge(self, draft: Draft, event: Event | None = None, *, sequence: str = "") -> None:
        """Have events published that were written for this draft: `event`, with this version.

        Without one the outbox is read. `sequence` is the event's, if not that of the version.
        """
        stored = None
        if event is not None:
            stored = StoredEvent(
                draft.reference,
                sequence or sequence_of_version(draft.version),
                event.name,
                event.body(),
                event.at,
                draft.system,
            )
        self._relay.nudge(draft.reference, stored, version=draft.version)

    async def publish(self, reference: str, sequence: str, event: Event) -> None:
        """Write an event that belongs to no change of a draft, and have it published."""
        await self.store.write_event(reference, sequence, event, system=self.system.name)
        self._relay.nudge(reference)

    async def note_expiry(self, draft: Draft) -> None:
        """Record that a draft expired, with its event; of several attempts only one succeeds."""
        now = self.clock()
        after = self.system.expired(draft, now)
        operation = operation_id("expire", self.system.shown_id(draft.id))
        event = self.system.expired_event(after, operation)
        if await self.store.replace(draft, after, event, now=now):
            self._metrics.abandoned.labels(self.system.name, self.system.left_at(draft)).inc()
            self.nudge(after, event)

    async def _note_expiry_if_possible(self, draft: Draft) -> None:
        try:
            await self.note_expiry(draft)
        except AWS_ERRORS:
            # The sweeper will do it; the answer to the caller is the same.
            log.warning("draft_expiry_not_noted", session_id=self.system.shown_id(draft.id))
