"""The commit of a product draft: product and target together, once, or nothing at all."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import structlog

from assembly_service.aws.errors import is_aws_error
from assembly_service.domain.exact_json import Value
from assembly_service.drafts.access.caller import Caller
from assembly_service.drafts.engine.attempts import (
    ATTEMPT_SECONDS,
    LEASE_SECONDS,
    GaveUp,
    Pause,
    attempt,
)
from assembly_service.drafts.engine.draft import Draft, Lease
from assembly_service.drafts.engine.transactions import Action, cause_of, transact
from assembly_service.drafts.product import events, rules
from assembly_service.drafts.product.bodies import ReadBody
from assembly_service.drafts.product.records import Stamp, creation
from assembly_service.drafts.product.refusals import Refusal, code_exists, session_not_found
from assembly_service.drafts.product.rules import PRODUCT, TARGET, State
from assembly_service.drafts.product.stamping import Stamps
from assembly_service.drafts.product.workflow import ProductDrafts, refuse_content

_RECORDING_TRIES = 2

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Committed:
    """Product and target exist; `result` names them. Replayed: an earlier call made them."""

    draft: Draft
    result: Mapping[str, Value]
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class NotCommitted:
    """Nothing was written. A summary, and the cause in plain words.

    `is_code_taken`: the cause is another product, and nothing that an operator could mend.
    """

    errors: Sequence[str]
    is_code_taken: bool = False


class ProductCommit:
    """Commits drafts.

    `writes` makes one attempt a call: attempts are counted here, and an answer that was lost is
    made up for here.
    """

    def __init__(
        self,
        *,
        drafts: ProductDrafts,
        stamps: Stamps,
        writes: Any,
        records_table: str,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._drafts = drafts
        self._store = drafts.store
        self._stamps = stamps
        self._writes = writes
        self._records_table = records_table
        self._relay = drafts.relay
        self._clock = drafts.clock
        self._pause = pause

    async def committable(
        self, caller: Caller, session_id: str, read_body: ReadBody, operation: str
    ) -> Draft:
        """The caller's draft, if it may be committed or was. Raises Refusal, and AWS's errors."""
        draft = await self._drafts.owned(caller, session_id)
        if draft.result is None:
            rules.refuse_unless_committable(draft, self._clock())
            await refuse_content(read_body, operation)
        return draft

    async def commit(
        self, draft: Draft, caller: Caller, operation: str
    ) -> Committed | NotCommitted:
        """Make the records of a committable draft. Raises Refusal, and AWS's errors in an outage.

        Not to be broken off: whoever would wait for the answer may go, the draft stays held.
        """
        if draft.result is not None:
            return _replayed(draft)
        held = await self._hold(draft, caller, operation)
        actions = self._actions(held)
        gave_up = await attempt(
            lambda: transact(self._writes, actions, token=_token(held)),
            explain=lambda error: cause_of(error, actions),
            pause=self._pause,
        )
        if gave_up is None:
            return self._succeeded(held)
        return await self._give_up(held, gave_up, operation)

    async def _hold(self, draft: Draft, caller: Caller, operation: str) -> Draft:
        """Take the lease, and with it fix everything that will be written."""
        async with asyncio.timeout(ATTEMPT_SECONDS):
            lease = await self._new_lease(draft, caller, operation)
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                return await self._drafts.change(
                    draft,
                    lambda draft, now: rules.taken_for_commit(
                        draft, replace(lease, until=now + LEASE_SECONDS * 1000), now
                    ),
                    lambda draft: events.commit_started(draft, operation),
                )
        except Exception as error:
            if not is_aws_error(error):
                raise
            # The answer may have been lost, and not the write: then nobody but this call would
            # know who has the draft, and everybody would wait for the end of the lease.
            there = await self._store.read(draft.id)
            if there is None or there.lease is None or there.lease.token != lease.token:
                raise
            self._relay.nudge(there.id)
            return there

    async def _new_lease(self, draft: Draft, caller: Caller, operation: str) -> Lease:
        stamp = await self._stamps.new(draft.owner.organization, caller.user_id, operation)
        return Lease(token=str(uuid4()), until=stamp.written_at, record=asdict(stamp))

    def _actions(self, held: Draft) -> list[Action]:
        """The one write: the records, the draft that has become them, the event that says so."""
        stamp = _stamp(held)
        return [
            *creation(self._records_table, stamp, held.parts[PRODUCT], held.parts.get(TARGET, {})),
            *self._store.commit_actions(
                held,
                state=State.COMMITTED,
                result=_result(held),
                event=events.commit_success(held, stamp),
            ),
        ]

    def _succeeded(self, held: Draft) -> Committed:
        self._relay.nudge(held.id)
        return Committed(held, _result(held))

    async def end_replay_later(self, draft: Draft) -> None:
        """The caller is being told: from now on the result is replayed for five seconds more.

        Not called for a caller who has gone, so that the result is there when they come back.
        """
        if draft.purge_at is not None:
            return
        at = self._clock() + rules.REPLAY_MILLISECONDS
        try:
            await self._store.purge(draft.id, token=_token(draft), at=at)
        except Exception as error:
            if not is_aws_error(error):
                raise
            # It can be replayed for longer then; the product is there all the same.
            log.warning("draft_replay_not_ended", session_id=draft.id)

    async def _give_up(
        self, held: Draft, gave_up: GaveUp, operation: str
    ) -> Committed | NotCommitted:
        """Record the failure, unless the write was applied after all or others hold the draft."""
        errors = (
            f"Failed to commit session after {gave_up.attempts} attempts",
            gave_up.cause.text,
        )
        if await self._record_failure(held, errors, operation):
            self._relay.nudge(held.id)
            taken = gave_up.cause.text == code_exists(str(held.parts[PRODUCT]["productCode"]))
            if not taken:
                log.warning("draft_commit_gave_up", session_id=held.id, errors=errors)
            return NotCommitted(errors, is_code_taken=taken)
        there = await self._store.read(held.id)
        if there is None:
            raise session_not_found(held.id)
        if there.lease is None or there.lease.token != _token(held):
            # Nothing can be written under this call's token any more.
            return NotCommitted(errors) if there.result is None else _replayed(there)
        if there.result is not None:
            return self._succeeded(held)
        raise Refusal(HTTPStatus.CONFLICT, f"Cannot commit session in state {State.COMMITTING}")

    async def _record_failure(self, held: Draft, errors: tuple[str, ...], operation: str) -> bool:
        """False if the draft has changed since it was taken. Raises AWS's errors in an outage.

        Then nobody knows whether the write was applied, and nobody is told: the next commit call,
        after the lease, takes over and finds out.
        """
        now, token = self._clock(), str(uuid4())
        failed = rules.given_up(held, errors, now)
        event = events.commit_failed(failed, operation, errors)
        for left in reversed(range(_RECORDING_TRIES)):
            try:
                async with asyncio.timeout(ATTEMPT_SECONDS):
                    # The same to the byte under one token: applied once, whatever answer was lost.
                    return await self._store.replace(held, failed, event, now=now, token=token)
            except Exception as error:
                if not left or not is_aws_error(error):
                    raise
                await self._pause(1.0)
        raise AssertionError("the failure is recorded at least once")


def _replayed(draft: Draft) -> Committed:
    return Committed(draft, draft.result or {}, replayed=True)


def _stamp(held: Draft) -> Stamp:
    if held.lease is None:
        raise ValueError("only a draft that is held has a stamp")
    return Stamp(**held.lease.record)


def _token(held: Draft) -> str:
    if held.lease is None:
        raise ValueError("only a draft that was held has a token")
    return held.lease.token


def _result(held: Draft) -> dict[str, Value]:
    stamp = _stamp(held)
    return {
        "productGuid": stamp.product_guid,
        "targetGuid": stamp.target_guid,
        "productCode": held.parts[PRODUCT]["productCode"],
        "targetConfigured": TARGET in held.parts,
    }
