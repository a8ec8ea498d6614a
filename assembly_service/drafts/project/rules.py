"""What each call does to a project session. Pure: the caller passes the time and all ids."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine import lease as leases
from assembly_service.drafts.engine import refusals as engine_refusals
from assembly_service.drafts.engine.call_limits import Counting, LimitReached, counted_once_more
from assembly_service.drafts.engine.draft import Draft, Lease, Owner, Part
from assembly_service.drafts.engine.identifiers import reference_of
from assembly_service.drafts.engine.lifetime import Lifetime, new
from assembly_service.drafts.engine.merging import Merge
from assembly_service.drafts.project.fields import (
    MOST_DATA_BYTES,
    Data,
    from_stored,
    merged,
    size_of,
    to_stored,
)
from assembly_service.drafts.project.refusals import (
    ErrorCode,
    ProjectRefusal,
    invalid,
    limit_reached,
    translate,
)
from assembly_service.drafts.project.validation import (
    CHECKED_FIELDS,
    INPUT_STEPS,
    ProjectRules,
    Verdict,
    validate,
)

SYSTEM = "project-session"

DATA, WIZARD, CLIENT = "projectData", "wizard", "client"
"""The parts of a draft: the data, the position in the wizard, and the client."""
OPEN, COMMITTING, COMMITTED, EXPIRED = "open", "committing", "committed", "expired"

INCOMPLETE = "Please complete all steps before creating the project"
_SAFE_BYTES = MOST_DATA_BYTES // 4
_TOO_LARGE = f"projectData must be at most {MOST_DATA_BYTES // 1024} KB"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The changes that a call sends. None leaves a position unchanged.

    With `expected_versions`, the session must have one of them.
    """

    data: Data
    current_step: int | None = None
    completed_steps: Sequence[int] | None = None
    expected_versions: Collection[int] | None = None

    @property
    def changed_keys(self) -> list[str]:
        """The keys of everything that changes."""
        steps = {"currentStep": self.current_step, "completedSteps": self.completed_steps}
        return [*self.data, *(name for name, value in steps.items() if value is not None)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRules:
    """The settings of sessions. The last four limit calls per minute."""

    project: ProjectRules
    lifetime: Lifetime
    creates: int
    reads: int
    updates: int
    deletes: int


def new_session(
    session_id: str,
    owner: Owner | None,
    sent: Sent,
    client: Part,
    *,
    lifetime: Lifetime,
    now: int,
) -> Draft:
    """Return a new session. The caller has checked the size of the data."""
    draft = new(
        session_id,
        SYSTEM,
        owner,
        state=OPEN,
        lifetime=lifetime,
        now=now,
        reference=reference_of(session_id),
    )
    wizard: Part = {
        "currentStep": sent.current_step or 1,
        "completedSteps": list(sent.completed_steps or ()),
    }
    return replace(draft, parts={DATA: stored(sent.data), WIZARD: wizard, CLIENT: client})


def update(draft: Draft, sent: Sent, rules: SessionRules, now: int) -> Merge:
    """Decide an update. Raises ProjectRefusal if the state, version, size or limit forbids it."""
    refuse_unless_open(draft, now)
    counting = counted_call(draft, rules, now)
    expected = sent.expected_versions
    if expected is not None and draft.version not in expected:
        raise ProjectRefusal(ErrorCode.VERSION_CONFLICT, details={"version": draft.version})
    put = {name: to_stored(name, value) for name, value in sent.data.items() if value is not None}
    gone = [name for name, value in sent.data.items() if value is None]
    before = draft.parts[DATA]
    after = {name: value for name, value in {**before, **put}.items() if name not in gone}
    size = size_of(after)
    if size > MOST_DATA_BYTES and size >= size_of(before):
        raise _too_large()
    wizard: dict[str, Value] = {}
    if sent.current_step is not None:
        wizard["currentStep"] = sent.current_step
    if sent.completed_steps is not None:
        wizard["completedSteps"] = list(sent.completed_steps)
    return Merge(
        state=OPEN,
        expires_at=rules.lifetime.extended(draft, now),
        put={DATA: put, WIZARD: wizard},
        gone={DATA: gone},
        counting=counting,
        # Near the size limit, a concurrent save could exceed it unnoticed.
        expected_version=draft.version if expected is not None or size > _SAFE_BYTES else None,
    )


def counted_call(draft: Draft, rules: SessionRules, now: int) -> Counting:
    """Count a call against the limit on updates. Raises ProjectRefusal at the limit."""
    counting = counted_once_more(draft.counted, rules.updates, now)
    if isinstance(counting, LimitReached):
        raise limit_reached(counting)
    return counting


def counted_dry_run(draft: Draft, rules: SessionRules, now: int) -> Counting | None:
    """Count a call that changes nothing, unless a commit holds the session and so its row."""
    if draft.result is not None or draft.is_held(now):
        return None
    return counted_call(draft, rules, now)


def held(draft: Draft, lease: Lease, rules: SessionRules, now: int) -> Draft:
    """Give the session to a commit, which counts as an update. Raises at the limit."""
    counting = counted_call(draft, rules, now)
    return replace(leases.held(draft, lease, now, state=COMMITTING), counted=counting.count)


def given_up(draft: Draft, errors: tuple[str, ...], now: int) -> Draft:
    """Reopen a session whose commit failed."""
    return leases.given_up(draft, errors, now, state=OPEN)


def expired(draft: Draft, now: int) -> Draft:
    """Mark the session as expired."""
    return leases.expired(draft, now, state=EXPIRED)


def left_at(draft: Draft) -> str:
    """Return the step at which a session was abandoned, for the metrics."""
    return f"step-{draft.parts[WIZARD]['currentStep']}"


def refuse_unless_open(draft: Draft, now: int) -> None:
    """Raise ProjectRefusal if the session is committed, held or expired.

    A commit whose lease has run out no longer holds it.
    """
    if draft.result is not None:
        raise ProjectRefusal(ErrorCode.ALREADY_COMMITTED)
    if draft.is_held(now):
        raise ProjectRefusal(ErrorCode.COMMIT_IN_PROGRESS)
    if now >= draft.expires_at:
        raise translate(engine_refusals.expired(draft.id))


def refuse_incomplete(draft: Draft, verdict: Verdict) -> None:
    """Raise ProjectRefusal unless all steps are marked as completed and are valid."""
    listed = draft.parts[WIZARD]["completedSteps"]
    missing = [step for step in INPUT_STEPS if step not in listed or verdict.mistakes[step]]
    if missing:
        raise ProjectRefusal(
            ErrorCode.VALIDATION_FAILED,
            INCOMPLETE,
            details={"missingSteps": missing, "errors": verdict.of_step(4)},
        )


def stored(sent: Data) -> Data:
    """Convert data for the table."""
    return {name: to_stored(name, value) for name, value in merged({}, sent).items()}


def refuse_too_large(sent: Data) -> None:
    """Raise ProjectRefusal if the values are larger than a draft may be."""
    if size_of(stored(sent)) > MOST_DATA_BYTES:
        raise _too_large()


def _too_large() -> ProjectRefusal:
    return invalid({DATA: _TOO_LARGE})


def verdict_on(parts: Mapping[str, Part], rules: ProjectRules, now: int, over: Data) -> Verdict:
    """Validate the stored data, overlaid with other values."""
    # The largest fields have no rules: skip parsing them.
    stored = {name: value for name, value in parts[DATA].items() if name in CHECKED_FIELDS}
    data = merged(from_stored(stored), over)
    return validate(data, rules, today(now))


def parts_of(draft: Draft) -> Mapping[str, Part]:
    """Return the parts of a session, also after its commit."""
    parts: Mapping[str, Part] = draft.parts if draft.result is None else draft.result["parts"]
    return parts


def today(now: int) -> date:
    """Return the date in UTC."""
    return datetime.fromtimestamp(now / 1000, UTC).date()
