"""The events of education registration. Personal values are masked."""

from collections.abc import Mapping, Sequence

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.education.category import Category
from assembly_service.drafts.education.records import Creation
from assembly_service.drafts.engine.draft import Draft
from assembly_service.drafts.engine.events import Event

SYSTEM = "ot-education-orchestrator"
_SHOWN_CHARACTERS = 4
_DETAILS = {
    "V3c": "coto_registration_format",
    "V4": "university_country_match",
    "V5": "graduation_year_range",
    "V7": "duplicate_check",
    "V8": "duplicate_check",
    "V9": "duplicate_check",
}


def masked(value: str) -> str:
    """A personal value as events and logs show it: its first four characters, never all."""
    shown = min(_SHOWN_CHARACTERS, len(value) - 1)
    return value[:shown] + "*" * (len(value) - shown) if value else value


def staged(draft: Draft, operation_id: str, *, business_id: str, errors: int) -> Event:
    """Education data was stored, or stored anew."""
    return _event(
        "session.staged",
        draft,
        operation_id,
        status=str(draft.state),
        errorCount=errors,
        userBusinessId=masked(business_id),
    )


def validation_completed(
    draft: Draft, operation_id: str, *, rules: Sequence[str], is_valid: bool, is_update: bool
) -> Event:
    """All rules were checked."""
    details = dict.fromkeys(
        ["update" if is_update else "creation", *(_DETAILS[r] for r in rules if r in _DETAILS)]
    )
    return _event(
        "validation.completed",
        draft,
        operation_id,
        isValid=is_valid,
        ruleViolations=list(rules),
        validationTypes=list(details),
    )


def category_determined(
    draft: Draft, operation_id: str, *, category: int | None, graduated: int
) -> Event:
    """The category was determined; None where that was left to the creation."""
    return _event(
        "category.determined", draft, operation_id, category=category, graduationYear=graduated
    )


def account_linked(
    draft: Draft, operation_id: str, *, account_id: str | None, success: bool
) -> Event:
    """An account was linked, or was refused."""
    return _event("account.linked", draft, operation_id, accountId=account_id, success=success)


def creation_started(draft: Draft, operation_id: str) -> Event:
    """A create call holds the session."""
    return _event("creation.started", draft, operation_id)


def education_created(draft: Draft, creation: Creation, account_id: str, business_id: str) -> Event:
    """The record exists. The same, to the byte, whoever writes it."""
    return Event(
        name=f"{SYSTEM}.education.created",
        operation_id=creation.operation_id,
        at=creation.written_at,
        payload={
            "sessionId": draft.id,
            "recordId": creation.record_id,
            "accountId": account_id,
            "finalCategory": creation.category,
            "userBusinessId": masked(business_id),
        },
    )


def education_failed(draft: Draft, operation_id: str) -> Event:
    """A create call gave up, or broke a rule."""
    return _event("education.failed", draft, operation_id, errors=list(draft.errors))


def workflow_completed(draft: Draft, operation_id: str, *, at: int, milliseconds: int) -> Event:
    """The whole workflow has ended with a record."""
    return Event(
        name=f"{SYSTEM}.workflow.completed",
        operation_id=operation_id,
        at=at,
        payload={"sessionId": draft.id, "durationMs": milliseconds},
    )


def cancelled(draft: Draft, operation_id: str, *, at: int) -> Event:
    """Somebody gave the registration up."""
    return Event(
        name=f"{SYSTEM}.session.cancelled",
        operation_id=operation_id,
        at=at,
        payload={"sessionId": draft.id},
    )


def expired(draft: Draft, operation_id: str) -> Event:
    """The lifetime of a session ended."""
    return _event("session.expired", draft, operation_id)


def unexpected(session_id: str, operation_id: str, *, at: int, kind: str, step: str) -> Event:
    """An unexpected error ended a call."""
    return Event(
        name=f"{SYSTEM}.error",
        operation_id=operation_id,
        at=at,
        payload={"sessionId": session_id or None, "type": kind, "step": step},
    )


def category_changed(
    record_id: str, operation_id: str, *, at: int, before: Category, after: Category
) -> Event:
    """Time moved the category of a record on."""
    return Event(
        name=f"{SYSTEM}.category.changed",
        operation_id=operation_id,
        at=at,
        payload={"recordId": record_id, "from": before.value, "to": after.value},
    )


def _event(name: str, draft: Draft, operation_id: str, **payload: Value) -> Event:
    """An event at the instant of the draft's latest change."""
    fields: Mapping[str, Value] = {"sessionId": draft.id, **payload}
    return Event(
        name=f"{SYSTEM}.{name}", operation_id=operation_id, at=draft.updated_at, payload=fields
    )
