"""The creation of the record: every rule once more, then one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial

from assembly_service.domain.exact_json import Value
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.drafts.education import events, sessions
from assembly_service.drafts.education.actor import Actor
from assembly_service.drafts.education.checks import Checks
from assembly_service.drafts.education.records import CreationMetadata, create_record, record, shown
from assembly_service.drafts.education.refusals import DUPLICATE, RULE_BROKEN, EducationRefusal
from assembly_service.drafts.education.rules import DUPLICATES, FLAGS, Findings
from assembly_service.drafts.education.sessions import (
    CATEGORY,
    CHECK,
    DATA,
    LINK,
    STAGING,
    Session,
)
from assembly_service.drafts.education.status import Status
from assembly_service.drafts.engine.attempts import GaveUp
from assembly_service.drafts.engine.commit import Committed, DraftCommit, NotCommitted
from assembly_service.drafts.engine.draft import Draft
from assembly_service.drafts.engine.drafts import Drafts
from assembly_service.drafts.engine.events import Event
from assembly_service.drafts.engine.identifiers import new_guid
from assembly_service.drafts.engine.transactions import Action

RECORD = "record"
"""The part of a result that the calls show as `educationRecord`."""
_GAVE_UP = "Failed to create education record after"
_MOST_TURNS = 5
_DUPLICATES = frozenset(each.message for each in DUPLICATES)


class _RuleBroken(Exception):
    """The data of a session no longer holds the rules."""

    def __init__(self, draft: Draft, findings: Findings) -> None:
        super().__init__("a rule is broken")
        self.draft = draft
        self.findings = findings


class _Overtaken(Exception):
    """Another call has the session, has changed it or has created the record meanwhile."""

    def __init__(self, current: Draft) -> None:
        super().__init__("overtaken")
        self.draft = current


class EducationRecords:
    """What the engine asks when it commits a session."""

    committed_state: str = Status.EDUCATION_CREATED

    def __init__(self, records_table: str) -> None:
        self._table = records_table

    check = staticmethod(sessions.refuse_creation)
    held = staticmethod(sessions.taken_for_creation)
    failed = staticmethod(sessions.creation_failed)
    started = staticmethod(events.creation_started)
    failed_event = staticmethod(events.education_failed)

    def records(self, held: Draft) -> list[Action]:
        """The record with its guards and its audit item."""
        return create_record(self._table, _metadata(held), held.parts[DATA], _account_id(held))

    def result(self, held: Draft) -> Mapping[str, Value]:
        """The record as it is shown, and what readers of the session still see."""
        metadata = _metadata(held)
        at = format_milliseconds(metadata.written_at)
        fields = shown(record(metadata, held.parts[DATA], _account_id(held)))
        category: dict[str, Value] = {
            "category": metadata.category,
            "rationale": metadata.rationale,
        }
        if metadata.membership_ends:
            category["membershipExpiresDate"] = metadata.membership_ends
        return {
            # What the audit of a session finds its record by.
            "recordId": metadata.record_id,
            RECORD: {**fields, "createdAt": at, "updatedAt": at},
            DATA: dict(held.parts[DATA]),
            STAGING: dict(held.parts[STAGING]),
            LINK: dict(held.parts[LINK]),
            CATEGORY: category,
            CHECK: {
                "flags": dict.fromkeys(FLAGS, True),
                "errors": [],
                "warnings": metadata.warnings,
            },
        }

    def succeeded(self, held: Draft) -> Event:
        """The record exists."""
        return events.education_created(held, _metadata(held))

    def failure(self, held: Draft, gave_up: GaveUp) -> NotCommitted:  # noqa: ARG002
        """A summary and the cause; that a value is taken is nobody's fault."""
        cause = gave_up.cause.text
        if cause in _DUPLICATES:
            return NotCommitted([cause], is_expected=True)
        return NotCommitted([f"{_GAVE_UP} {gave_up.attempts} attempts", cause])


class EducationCreation:
    """Creates the records of sessions."""

    def __init__(self, *, drafts: Drafts, checks: Checks, commit: DraftCommit) -> None:
        self._drafts = drafts
        self._checks = checks
        self._commit = commit
        self.end_replay_later = commit.end_replay_later

    async def create(self, draft: Draft, actor: Actor, operation: str) -> Committed | NotCommitted:
        """Create the record once, or wait for the call that does.

        Raises Refusal where a rule is broken, and AWS's errors: nothing is written then.
        """
        for _ in range(_MOST_TURNS):
            try:
                outcome = await self._commit.commit(
                    draft,
                    operation=operation,
                    fix_record=partial(self._fix_record, actor, operation),
                )
            except _RuleBroken as broken:
                try:
                    await self._note_failed(
                        broken.draft, broken.findings.errors, operation, unless_changed=True
                    )
                except _Overtaken as overtaken:
                    draft = overtaken.draft
                    continue
                raise rule_broken(broken.findings.errors) from None
            if isinstance(outcome, NotCommitted) and not has_given_up(outcome):
                raise rule_broken(outcome.errors)
            return outcome
        return await self._give_up(draft, operation)

    async def _fix_record(self, actor: Actor, operation: str, draft: Draft) -> Mapping[str, Value]:
        """What the record of the session, as this draft of it stands, will hold.

        Raises _RuleBroken. A store error is raised too: no discount is lost to an outage.
        """
        session = Session(draft)
        organization = draft.named_owner.organization
        findings = await self._checks.before_creation(
            session.data, organization, session.account_id or ""
        )
        if findings.violations:
            raise _RuleBroken(draft, findings)
        category = await self._checks.category(session.data, organization, lenient=False)
        determined, warnings = category.determined, [*findings.warnings, *category.warnings]
        before, after = session.determined, determined.category
        if before is not None and before is not after:
            warnings.append(f"Category changed from {before.name} to {after.name}")
        now = self._drafts.clock()
        ends = determined.membership_ends
        return asdict(
            CreationMetadata(
                organization=organization,
                actor=actor.user_id,
                role=actor.privilege.name.lower(),
                operation_id=operation,
                written_at=now,
                record_id=new_guid(now),
                number=await self._checks.records.draw_number(),
                category=determined.category.value,
                rationale=determined.rationale,
                membership_ends=ends.isoformat() if ends else "",
                warnings=warnings,
            )
        )

    async def _give_up(self, draft: Draft, operation: str) -> Committed | NotCommitted:
        """Note that the session was changed again and again, unless it became a record."""
        errors = [f"{_GAVE_UP} {_MOST_TURNS} attempts", "The session was changed meanwhile"]
        try:
            await self._note_failed(draft, errors, operation)
        except _Overtaken as overtaken:
            created = overtaken.draft
            if created.result is not None:
                return Committed(created, created.result, replayed=True)
        return NotCommitted(errors)

    async def _note_failed(
        self, draft: Draft, errors: Sequence[str], operation: str, *, unless_changed: bool = False
    ) -> None:
        """Raises _Overtaken if the session is held or created, or changed where that counts."""
        version = draft.version

        def decide(current: Draft, now: int) -> Draft:
            has_changed = unless_changed and current.version != version
            if current.result is not None or current.is_held(now) or has_changed:
                raise _Overtaken(current)
            sessions.refuse_creation(current, now)
            return sessions.creation_failed(current, tuple(errors), now)

        await self._drafts.change(
            draft, decide, lambda failed: events.education_failed(failed, operation)
        )


def has_given_up(outcome: NotCommitted) -> bool:
    """Whether attempts failed, and no rule."""
    return outcome.errors[0].startswith(_GAVE_UP)


def rule_broken(errors: Sequence[str]) -> EducationRefusal:
    """The refusal for rules that are broken: a conflict if all that is wrong are duplicates."""
    return EducationRefusal(
        DUPLICATE if _DUPLICATES.issuperset(errors) else RULE_BROKEN, errors=errors
    )


def _metadata(held: Draft) -> CreationMetadata:
    return CreationMetadata(**held.commit_lease.record)


def _account_id(held: Draft) -> str:
    return str(held.parts[LINK]["accountId"])
