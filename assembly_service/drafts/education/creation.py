"""Creates the record: checks every rule again, then writes one transaction."""

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
from assembly_service.drafts.engine.events import Event
from assembly_service.drafts.engine.identifiers import new_guid
from assembly_service.drafts.engine.system_drafts import Drafts
from assembly_service.drafts.engine.transactions import Action

RECORD = "record"
"""The part of a result that calls show as `educationRecord`."""
_GAVE_UP = "Failed to create education record after"
_MOST_TURNS = 5
_DUPLICATES = frozenset(each.message for each in DUPLICATES)


class _RuleBroken(Exception):
    """The data of a session breaks a rule."""

    def __init__(self, draft: Draft, findings: Findings) -> None:
        super().__init__("a rule is broken")
        self.draft = draft
        self.findings = findings


class _Overtaken(Exception):
    """Meanwhile another call holds or changed the session, or created the record."""

    def __init__(self, current: Draft) -> None:
        super().__init__("overtaken")
        self.draft = current


class EducationRecords:
    """Tells the engine what to write when it commits a session."""

    committed_state: str = Status.EDUCATION_CREATED

    def __init__(self, records_table: str) -> None:
        self._table = records_table

    check = staticmethod(sessions.refuse_creation)
    held = staticmethod(sessions.taken_for_creation)
    started = staticmethod(events.creation_started)
    failed_event = staticmethod(events.education_failed)

    def records(self, held: Draft) -> list[Action]:
        """Return the writes of the record, its guards and its audit item."""
        return create_record(self._table, _metadata(held), held.parts[DATA], _account_id(held))

    def result(self, held: Draft) -> Mapping[str, Value]:
        """Return the record as shown, and the session that readers still see."""
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
            # `draft show` finds the audit items by this id.
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
        """Return the event of the creation."""
        return events.education_created(held, _metadata(held))

    def failed(self, held: Draft, errors: tuple[str, ...], now: int) -> Draft:
        """Return the session after its attempts failed, or a duplicate came first."""
        fields = {each.field: each.message for each in DUPLICATES if each.message in errors}
        return sessions.creation_failed(held, errors, fields, now)

    def failure(self, held: Draft, gave_up: GaveUp) -> NotCommitted:  # noqa: ARG002
        """Return a summary and the cause, or just the duplicate, which needs no operator."""
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

        Raises EducationRefusal if a rule is broken, and AWS's errors; then nothing was written.
        """
        for _ in range(_MOST_TURNS):
            try:
                outcome = await self._commit.commit(
                    draft,
                    operation=operation,
                    fix_record=partial(self._fix_record, actor, operation),
                )
            except _RuleBroken as broken:
                errors, fields = broken.findings.errors, broken.findings.fields
                try:
                    await self._note_failed(
                        broken.draft, errors, operation, fields=fields, unless_changed=True
                    )
                except _Overtaken as overtaken:
                    draft = overtaken.draft
                    continue
                raise rule_broken(errors, fields) from None
            if isinstance(outcome, NotCommitted) and not has_given_up(outcome):
                failed = await self._drafts.read(draft.id)
                raise rule_broken(outcome.errors, Session(failed).fields)
            return outcome
        return await self._give_up(draft, operation)

    async def _fix_record(self, actor: Actor, operation: str, draft: Draft) -> Mapping[str, Value]:
        """Return the creation metadata for the session as it is now.

        Raises _RuleBroken, and AWS's errors even for the membership year, so that no outage
        costs a member the discount.
        """
        session = Session(draft)
        organization = draft.named_owner.organization
        findings = await self._checks.unique(session.data, organization, session.account_id)
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
        """Record the failure of a session that kept changing, unless it was created meanwhile."""
        errors = [f"{_GAVE_UP} {_MOST_TURNS} attempts", "The session was changed meanwhile"]
        try:
            await self._note_failed(draft, errors, operation)
        except _Overtaken as overtaken:
            created = overtaken.draft
            if created.result is not None:
                return Committed(created, created.result, replayed=True)
        return NotCommitted(errors)

    async def _note_failed(
        self,
        draft: Draft,
        errors: Sequence[str],
        operation: str,
        *,
        fields: Mapping[str, str] | None = None,
        unless_changed: bool = False,
    ) -> None:
        """Record the failure. Raises _Overtaken if another call came first."""
        version = draft.version

        def decide(current: Draft, now: int) -> Draft:
            has_changed = unless_changed and current.version != version
            if current.result is not None or current.is_held(now) or has_changed:
                raise _Overtaken(current)
            sessions.refuse_creation(current, now)
            return sessions.creation_failed(current, tuple(errors), fields or {}, now)

        await self._drafts.change(
            draft, decide, lambda failed: events.education_failed(failed, operation)
        )


def has_given_up(outcome: NotCommitted) -> bool:
    """Whether the attempts failed rather than a rule."""
    return outcome.errors[0].startswith(_GAVE_UP)


def rule_broken(errors: Sequence[str], fields: Mapping[str, str]) -> EducationRefusal:
    """Return the refusal for broken rules: a conflict if all of them are duplicates."""
    error = DUPLICATE if _DUPLICATES.issuperset(errors) else RULE_BROKEN
    # The session may have been changed since it failed.
    known = {name: sentence for name, sentence in fields.items() if sentence in errors}
    return EducationRefusal(error, errors=errors, fields=known)


def _metadata(held: Draft) -> CreationMetadata:
    return CreationMetadata(**held.commit_lease.record)


def _account_id(held: Draft) -> str:
    return str(held.parts[LINK]["accountId"])
