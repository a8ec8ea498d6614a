"""The steps of a registration, except the creation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from assembly_service.access.caller import Caller
from assembly_service.domain.exact_json import Value
from assembly_service.drafts.education import events, fields, sessions
from assembly_service.drafts.education.actor import Actor, actor_of
from assembly_service.drafts.education.bodies import read
from assembly_service.drafts.education.checks import Checks, LinkCheck
from assembly_service.drafts.education.refusals import (
    MAY_NOT_SKIP,
    not_found,
    permission_denied,
    translate,
)
from assembly_service.drafts.education.rules import DUPLICATES, Findings
from assembly_service.drafts.education.sessions import Session
from assembly_service.drafts.education.status import Status, Step
from assembly_service.drafts.engine.draft import Draft
from assembly_service.drafts.engine.events import Event
from assembly_service.drafts.engine.identifiers import new_session_id
from assembly_service.drafts.engine.json_body import ReadBody
from assembly_service.drafts.engine.system_drafts import Drafts, DraftSystem

EDUCATION_REGISTRATION = DraftSystem(
    name=sessions.SYSTEM,
    refuse=translate,
    expired=sessions.expired,
    expired_event=events.expired,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A session after a check, the ids of broken rules, and the category's rationale.

    `rules` may contain V10 although the check passed, because V10 only warns.
    """

    session: Session
    is_valid: bool
    rules: Sequence[str]
    rationale: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """A session after a link, and the result of checking the account."""

    session: Session
    check: LinkCheck


class EducationSteps:
    """Methods raise EducationRefusal, and AWS's errors during an outage."""

    def __init__(self, *, drafts: Drafts, checks: Checks, drafts_table: str) -> None:
        self._drafts = drafts
        self._checks = checks
        self._table = drafts_table
        self.clock = drafts.clock

    async def stage(
        self, caller: Caller, read_body: ReadBody, operation: str, user_agent: str
    ) -> Session:
        """Create a session."""
        actor = actor_of(caller)
        request = read(fields.read_stage, await read_body())
        actor.refuse_other_member(request.data["userBusinessId"])
        if request.options and not actor.may_skip_checks:
            raise permission_denied(MAY_NOT_SKIP)
        findings = self._local(request.data, request.options)
        draft = sessions.new_session(
            new_session_id(), actor.owner, request, findings, user_agent, self.clock()
        )
        named = sessions.listing(self._table, draft, request.data["userBusinessId"])
        await self._drafts.create(draft, events.staged(draft, operation), more=[named])
        return Session(draft)

    async def update(
        self, caller: Caller, session_id: str, read_body: ReadBody, operation: str
    ) -> Session:
        """Change the data and reset all later steps."""
        actor = actor_of(caller)
        draft = await self.find(actor, session_id, Step.UPDATE)
        changes = read(fields.read_update, await read_body())
        if fields.changed(Session(draft).data, changes) == Session(draft).data:
            return Session(draft)

        def decide(current: Draft, now: int) -> Draft:
            sessions.refuse(Step.UPDATE, current, now)
            data = fields.changed(Session(current).data, changes)
            actor.refuse_other_member(data["userBusinessId"])
            return sessions.updated(current, data, self._local(data, Session(current).options), now)

        more = []
        if (renamed := changes.get("userBusinessId")) is not None:
            more.append(sessions.listing(self._table, draft, renamed))
        return Session(
            await self._drafts.change(
                draft, decide, lambda after: events.staged(after, operation), more=more
            )
        )

    async def validate(self, actor: Actor, draft: Draft, operation: str) -> Checked:
        """Check all rules except the account's (V9)."""
        session = Session(draft)
        data, options = session.data, session.options
        findings = self._local(data, options)
        if not findings.violations and "skipUniquenessCheck" not in options:
            unique = await self._checks.unique(data, actor.organization)
            skips = "skipValidation" in options
            findings = unique if not skips else _duplicates(unique)

        after = await self._change(
            Step.VALIDATE,
            draft,
            lambda current, now: sessions.validated(current, findings, now),
            lambda after: events.validation_completed(after, operation, rules=findings.rules),
        )
        return Checked(session=after, is_valid=not findings.violations, rules=findings.rules)

    async def determine(self, actor: Actor, draft: Draft, operation: str) -> Checked:
        """Determine today's category, unless that is left to the creation."""
        session = Session(draft)
        check = None
        if "skipCategoryDetermination" not in session.options:
            check = await self._checks.category(session.data, actor.organization, lenient=True)
        determined = check.determined if check else None
        warnings = check.warnings if check else ()
        after = await self._change(
            Step.DETERMINE,
            draft,
            lambda current, now: sessions.categorised(current, determined, warnings, now),
            lambda after: events.category_determined(after, operation),
        )
        return Checked(
            session=after,
            is_valid=True,
            rules=["V10"] if check and not check.is_plausible else [],
            rationale=determined.rationale if determined else None,
        )

    async def link(
        self, actor: Actor, draft: Draft, account_id: str | None, operation: str
    ) -> Linked:
        """Link `account_id`, or else the account from staging."""
        session = Session(draft)
        check = await self._checks.link(
            actor, session.business_id, account_id or session.remembered_account_id
        )
        after = await self._change(
            Step.LINK,
            draft,
            lambda current, now: sessions.linked(current, check.account_id, check.errors, now),
            lambda after: events.account_linked(
                after, operation, account_id=check.account_id, success=not check.errors
            ),
        )
        return Linked(session=after, check=check)

    async def cancel(self, caller: Caller, session_id: str, operation: str) -> str:
        """Cancel a session and return its id."""
        draft = await self.find(actor_of(caller), session_id, Step.CANCEL)

        def decide(current: Draft, now: int) -> Event:
            sessions.refuse(Step.CANCEL, current, now)
            return events.cancelled(current, operation, at=now)

        await self._drafts.delete(draft, decide)
        return draft.id

    async def complete(
        self, draft: Draft, operation: str, workflow: Mapping[str, Value], milliseconds: int
    ) -> Draft:
        """Record the completed workflow of a created record, unless another call did."""
        while Session(draft).status is not Status.WORKFLOW_COMPLETED:
            now = self.clock()
            event = events.workflow_completed(draft, operation, at=now, milliseconds=milliseconds)
            await self._drafts.store.move_committed(
                draft,
                state=Status.WORKFLOW_COMPLETED,
                result={**(draft.result or {}), sessions.WORKFLOW: workflow},
                event=event,
                now=now,
            )
            self._drafts.nudge(draft)
            draft = await self._drafts.reload(draft.id)
        return draft

    async def find(self, actor: Actor, session_id: str, step: Step | None = None) -> Draft:
        """Return the session, if the actor may see it and take the step now."""
        draft = await self._drafts.find(session_id, actor.may_see)
        actor.refuse_other_member(Session(draft).business_id)
        now = self.clock()
        if step in {Step.CREATE, Step.EXECUTE} and (draft.result or draft.is_held(now)):
            # The call only wants the result of another one.
            return draft
        if step is not None:
            sessions.refuse(step, draft, now)
        elif Session(draft).has_expired(now):
            raise not_found()
        return draft

    async def note_unexpected(
        self, session_id: str, operation: str, *, kind: str, step: str
    ) -> None:
        """Publish an event about an unexpected error."""
        now = self.clock()
        event = events.unexpected(session_id, operation, at=now, kind=kind, step=step)
        await self._drafts.publish(session_id or operation, f"~error-{operation}", event)

    async def reload(self, draft: Draft) -> Draft:
        """Read a session again."""
        return await self._drafts.reload(draft.id)

    def _local(self, data: Mapping[str, Value], options: Mapping[str, bool]) -> Findings:
        return Findings() if "skipValidation" in options else self._checks.local(data)

    async def _change(
        self,
        step: Step,
        draft: Draft,
        decide: Callable[[Draft, int], Draft],
        event_of: Callable[[Draft], Event],
    ) -> Session:
        """Change a session, unless its data has changed since the check."""
        checked = Session(draft).data

        def unless_changed(current: Draft, now: int) -> Draft:
            after = decide(current, now)
            sessions.refuse_if_changed(checked, step, current)
            return after

        return Session(await self._drafts.change(draft, unless_changed, event_of))


def _duplicates(found: Findings) -> Findings:
    return Findings(tuple(each for each in found.violations if each in DUPLICATES))
