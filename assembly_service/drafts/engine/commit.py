"""Commits drafts of any system: once, or not at all."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from uuid import uuid4

import structlog

from assembly_service.aws.errors import AWS_ERRORS
from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine import refusals
from assembly_service.drafts.engine.attempts import (
    ATTEMPT_SECONDS,
    LEASE_SECONDS,
    GaveUp,
    Pause,
    attempt,
)
from assembly_service.drafts.engine.background import BackgroundTasks
from assembly_service.drafts.engine.draft import Draft, Lease
from assembly_service.drafts.engine.events import Event
from assembly_service.drafts.engine.rows import LAST
from assembly_service.drafts.engine.system_drafts import Drafts
from assembly_service.drafts.engine.transactions import (
    WRITES_PER_ATTEMPT,
    Action,
    cause_of,
    transact,
)
from assembly_service.drafts.engine.waiting import Waiting

_RECORDING_TRIES = 2
_REPLAY_END_SECONDS = 0.5

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Committed:
    """The records exist; `result` names them. Replayed: another call created them."""

    draft: Draft
    result: Mapping[str, Value]
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class NotCommitted:
    """Nothing was written. `errors` are a summary, and the cause in plain words.

    `is_expected`: nothing for an operator to fix. Replayed: another call's failure.
    """

    errors: Sequence[str]
    is_expected: bool = False
    replayed: bool = False


FixRecord = Callable[[Draft], Awaitable[Mapping[str, Value]]]
"""Returns what the records will hold besides the draft's parts; called once per lease."""


class Committing(Protocol):
    """What a system defines for its commits.

    Everything written depends on the held draft alone, so that every attempt, and whoever takes
    over, writes the same bytes.
    """

    committed_state: str

    def check(self, draft: Draft, now: int) -> None:
        """Raises a refusal if a draft that no commit holds may not be committed."""

    def held(self, draft: Draft, lease: Lease, now: int) -> Draft:
        """Return the draft held by a commit."""

    def started(self, held: Draft, operation: str) -> Event:
        """Return the event that a commit holds the draft."""

    def records(self, held: Draft) -> list[Action]:
        """Return the writes of what the draft becomes."""

    def result(self, held: Draft) -> Mapping[str, Value]:
        """Return what the draft keeps of its records, for answers."""

    def succeeded(self, held: Draft) -> Event:
        """Return the event that the records exist."""

    def failure(self, held: Draft, gave_up: GaveUp) -> NotCommitted:
        """Return the errors of a commit that gave up."""

    def failed(self, held: Draft, errors: tuple[str, ...], now: int) -> Draft:
        """Return the draft after that, held by no commit, with `errors` until its next change."""

    def failed_event(self, failed: Draft, operation: str) -> Event:
        """Return the event that a commit gave up."""


class _ChangedMeanwhile(Exception):
    """Another call holds the draft, or has changed it since this one read it."""


class DraftCommit:
    """Commits drafts of one system.

    `writes` makes one attempt per call: attempts are counted here, and lost answers handled here.
    """

    def __init__(
        self,
        system: Committing,
        *,
        drafts: Drafts,
        writes: Any,
        replay_seconds: float,
        background: BackgroundTasks,
        pause: Pause,
        waiting: Waiting,
    ) -> None:
        self._system = system
        self._drafts = drafts
        self._store = drafts.store
        self._clock = drafts.clock
        self._writes = writes
        self._replay_milliseconds = round(replay_seconds * 1000)
        self._background = background
        self._pause = pause
        self._waiting = waiting

    async def commit(
        self, draft: Draft, *, operation: str, fix_record: FixRecord
    ) -> Committed | NotCommitted:
        """Create the records of a draft, once. Raises refusals, and AWS's errors in an outage.

        While another call commits, this one attempts nothing: it waits for that call's result and
        returns it. If that call's lease expires without a result, this one takes over.

        Must not be cancelled, even if the caller is gone: the draft would stay held.
        """
        looks = self._waiting.looks()
        there = draft
        while there.result is None:
            try:
                held = await self._hold(there, operation, fix_record)
            except _ChangedMeanwhile:
                there = await self._next_look(there, looks)
                if there.has_failed:
                    return NotCommitted(there.errors, replayed=True)
                continue
            outcome = await self._make(held, operation)
            if not isinstance(outcome, Draft):
                return outcome
            there = outcome
        return Committed(there, there.result, replayed=True)

    async def _next_look(self, draft: Draft, looks: AsyncIterator[None]) -> Draft:
        async for _ in looks:
            there = await self._drafts.read(draft.id)
            # Even if it expired meanwhile: this call waited for how the commit ended.
            return there if there.has_failed else self._drafts.visible(there)
        raise self._drafts.system.refuse(refusals.committing(draft.id, draft.state))

    async def _hold(self, draft: Draft, operation: str, fix_record: FixRecord) -> Draft:
        """Take the lease, which fixes everything that will be written."""
        now = self._clock()
        if draft.is_held(now):
            raise _ChangedMeanwhile
        self._system.check(draft, now)
        async with asyncio.timeout(ATTEMPT_SECONDS):
            lease = Lease(token=str(uuid4()), until=0, record=await fix_record(draft))

        def hold(there: Draft, now: int) -> Draft:
            # The record was fixed for the draft as read; an expired lease brings its own.
            has_changed = there.version != draft.version and there.lease is None
            if there.result is not None or there.is_held(now) or has_changed:
                raise _ChangedMeanwhile
            self._system.check(there, now)
            until = now + LEASE_SECONDS * 1000
            return self._system.held(there, replace(lease, until=until), now)

        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                return await self._drafts.change(
                    draft, hold, lambda held: self._system.started(held, operation)
                )
        except AWS_ERRORS:
            # Perhaps only the answer was lost: then this call holds the lease without knowing,
            # and everyone would wait until it expires.
            there = await self._store.read(draft.id)
            if there is None or there.lease is None or there.lease.token != lease.token:
                raise
            self._drafts.nudge(there)
            return there

    async def _make(self, held: Draft, operation: str) -> Committed | NotCommitted | Draft:
        """Write the records. Returns the current draft if another call took over."""
        actions = self._actions(held)
        gave_up = await attempt(
            lambda: transact(
                self._writes, actions, token=_token(held), most_writes=WRITES_PER_ATTEMPT
            ),
            explain=lambda error: cause_of(error, actions),
            pause=self._pause,
        )
        if gave_up is None:
            return self._succeeded(held)
        return await self._give_up(held, gave_up, operation)

    def _actions(self, held: Draft) -> list[Action]:
        """Return the one transaction: the records, the committed draft, and its event."""
        return [
            *self._system.records(held),
            *self._store.commit_actions(
                held,
                state=self._system.committed_state,
                result=self._system.result(held),
                event=self._system.succeeded(held),
            ),
        ]

    def _succeeded(self, held: Draft) -> Committed:
        committed = replace(held, version=held.version + 1)
        # Unless another call may have taken over, and written events in between. Its clock may be
        # ahead of this one, so only the first half of the lease is certain.
        is_certain = held.is_held(self._clock() + LEASE_SECONDS * 500)
        event = self._system.succeeded(held) if is_certain else None
        self._drafts.nudge(committed, event, sequence=LAST)
        return Committed(held, self._system.result(held))

    async def end_replay_later(self, draft: Draft) -> None:
        """Replay the result for a limited time from now on; called once the caller gets it.

        If the caller has gone, the result stays until they come back. Waits for the write only
        briefly: the records exist whatever becomes of it.
        """
        if draft.purge_at is None:
            await self._background.within(_REPLAY_END_SECONDS, self._end_replay(draft))

    async def _end_replay(self, draft: Draft) -> None:
        at = self._clock() + self._replay_milliseconds
        try:
            await self._store.purge(draft.id, token=_token(draft), at=at)
        except AWS_ERRORS:
            # The result is replayed for longer then.
            log.warning("draft_replay_not_ended", session_id=self._drafts.system.shown_id(draft.id))

    async def _give_up(
        self, held: Draft, gave_up: GaveUp, operation: str
    ) -> Committed | NotCommitted | Draft:
        """Record the failure, unless the write was applied or another call took over."""
        failure = self._system.failure(held, gave_up)
        if await self._record_failure(held, tuple(failure.errors), operation):
            if not failure.is_expected:
                log.warning(
                    "draft_commit_gave_up",
                    system=held.system,
                    session_id=self._drafts.system.shown_id(held.id),
                    errors=failure.errors,
                )
            return failure
        there = await self._drafts.read(held.id)
        if there.lease is None or there.lease.token != _token(held):
            # Nothing can be written under this call's token from here on.
            return NotCommitted(failure.errors) if there.result is None else there
        return there if there.result is None else self._succeeded(held)

    async def _record_failure(self, held: Draft, errors: tuple[str, ...], operation: str) -> bool:
        """Return False if the draft has changed since it was held. Raises AWS's errors.

        Then it is unknown whether the write was applied: the next commit call takes over once the
        lease has expired, and finds out.
        """
        now, token = self._clock(), str(uuid4())
        failed = self._system.failed(held, errors, now)
        event = self._system.failed_event(failed, operation)
        for left in reversed(range(_RECORDING_TRIES)):
            try:
                async with asyncio.timeout(ATTEMPT_SECONDS):
                    # The same bytes under one token: applied once, even if an answer was lost.
                    written = await self._store.replace(held, failed, event, now=now, token=token)
            except AWS_ERRORS:
                if not left:
                    raise
                await self._pause(1.0)
            else:
                if written:
                    self._drafts.nudge(failed, event)
                return written
        raise AssertionError("recording is tried at least once")


def _token(held: Draft) -> str:
    return held.commit_lease.token
