"""The events of education registration. They mask personal values."""

from collections.abc import Sequence
from enum import StrEnum

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.education.category import Category
from assembly_service.drafts.education.codes import graduation_year
from assembly_service.drafts.education.records import CreationMetadata
from assembly_service.drafts.education.sessions import SYSTEM, Session
from assembly_service.drafts.engine.draft import Draft
from assembly_service.drafts.engine.events import Event

_SHOWN_CHARACTERS = 4
_DETAILS = {
    "V3c": "coto_registration_format",
    "V4": "university_country_match",
    "V5": "graduation_year_range",
    "V7": "duplicate_check",
    "V8": "duplicate_check",
    "V9": "duplicate_check",
}


class EventName(StrEnum):
    """What happened, after the name of the system."""

    SESSION_STAGED = "session.staged"
    VALIDATION_COMPLETED = "validation.completed"
    CATEGORY_DETERMINED = "category.determined"
    ACCOUNT_LINKED = "account.linked"
    CREATION_STARTED = "creation.started"
    EDUCATION_CREATED = "education.created"
    EDUCATION_FAILED = "education.failed"
    WORKFLOW_COMPLETED = "workflow.completed"
    SESSION_CANCELLED = "session.cancelled"
    SESSION_EXPIRED = "session.expired"
    ERROR = "error"
    CATEGORY_CHANGED = "category.changed"


def masked(value: str) -> str:
    """Show the first four characters of a personal value, or fewer, but never all of it."""
    shown = min(_SHOWN_CHARACTERS, len(value) - 1)
    return value[:shown] + "*" * (len(value) - shown) if value else value


def staged(draft: Draft, operation_id: str) -> Event:
    """Data was staged or changed."""
    session = Session(draft)
    return _event(
        EventName.SESSION_STAGED,
        draft,
        operation_id,
        status=str(draft.state),
        errorCount=len(session.errors),
        userBusinessId=masked(session.business_id),
    )


def validation_completed(draft: Draft, operation_id: str, *, rules: Sequence[str]) -> Event:
    """All rules were checked; `rules` are the broken ones."""
    change = "update" if Session(draft).staging.get("isUpdate") else "creation"
    details = dict.fromkeys([change, *(_DETAILS[rule] for rule in rules if rule in _DETAILS)])
    return _event(
        EventName.VALIDATION_COMPLETED,
        draft,
        operation_id,
        isValid=not rules,
        ruleViolations=list(rules),
        validationTypes=list(details),
    )


def category_determined(draft: Draft, operation_id: str) -> Event:
    """The category was determined; None if that was left to the creation."""
    session = Session(draft)
    category = session.determined
    return _event(
        EventName.CATEGORY_DETERMINED,
        draft,
        operation_id,
        category=None if category is None else category.value,
        graduationYear=graduation_year(session.data["graduationYear"]),
    )


def account_linked(
    draft: Draft, operation_id: str, *, account_id: str | None, success: bool
) -> Event:
    """An account was linked or refused."""
    return _event(
        EventName.ACCOUNT_LINKED, draft, operation_id, accountId=account_id, success=success
    )


def creation_started(draft: Draft, operation_id: str) -> Event:
    """A create call holds the session."""
    return _event(EventName.CREATION_STARTED, draft, operation_id)


def education_created(held: Draft, metadata: CreationMetadata) -> Event:
    """The record exists. Byte for byte the same, whoever writes it."""
    session = Session(held)
    return _event(
        EventName.EDUCATION_CREATED,
        held,
        metadata.operation_id,
        at=metadata.written_at,
        recordId=metadata.record_id,
        accountId=session.account_id,
        finalCategory=metadata.category,
        userBusinessId=masked(session.business_id),
    )


def education_failed(draft: Draft, operation_id: str) -> Event:
    """A create call gave up, or the data broke a rule."""
    return _event(EventName.EDUCATION_FAILED, draft, operation_id, errors=list(draft.errors))


def workflow_completed(draft: Draft, operation_id: str, *, at: int, milliseconds: int) -> Event:
    """The whole workflow ended with a record."""
    return _event(EventName.WORKFLOW_COMPLETED, draft, operation_id, at=at, durationMs=milliseconds)


def cancelled(draft: Draft, operation_id: str, *, at: int) -> Event:
    """A session was cancelled."""
    return _event(EventName.SESSION_CANCELLED, draft, operation_id, at=at)


def expired(draft: Draft, operation_id: str) -> Event:
    """A session expired."""
    return _event(EventName.SESSION_EXPIRED, draft, operation_id)


def unexpected(session_id: str, operation_id: str, *, at: int, kind: str, step: str) -> Event:
    """An unexpected error ended a call."""
    return Event(
        name=f"{SYSTEM}.{EventName.ERROR}",
        operation_id=operation_id,
        at=at,
        payload={"sessionId": session_id or None, "type": kind, "step": step},
    )


def category_changed(
    record_id: str, operation_id: str, *, at: int, before: Category, after: Category
) -> Event:
    """The daily run moved the category of a record on."""
    return Event(
        name=f"{SYSTEM}.{EventName.CATEGORY_CHANGED}",
        operation_id=operation_id,
        at=at,
        payload={"recordId": record_id, "from": before.value, "to": after.value},
    )


def _event(
    name: EventName, draft: Draft, operation_id: str, *, at: int | None = None, **payload: Value
) -> Event:
    """An event of a session, by default at the time of its last change."""
    return Event(
        name=f"{SYSTEM}.{name}",
        operation_id=operation_id,
        at=draft.updated_at if at is None else at,
        payload={"sessionId": draft.id, **payload},
    )
