"""The seven events of project sessions. None has the whole session id, which is a credential."""

from enum import StrEnum

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.draft import Draft
from assembly_service.drafts.engine.events import Event
from assembly_service.drafts.project.projects import CreationMetadata
from assembly_service.drafts.project.rules import SYSTEM, Sent

_SHOWN = 8


class EventName(StrEnum):
    """What happened, after the name of the system."""

    CREATED = "created"
    UPDATED = "updated"
    EXPIRED = "expired"
    COMMIT_STARTED = "commit.started"
    COMMIT_SUCCESS = "commit.success"
    COMMIT_FAILED = "commit.failed"
    DELETED = "deleted"


def shown_id(session_id: str) -> str:
    """Return the part of an id that logs and events may show."""
    return session_id[:_SHOWN]


def created(draft: Draft, operation: str) -> Event:
    """A session was created."""
    return _event(EventName.CREATED, draft, operation)


def updated(draft: Draft, sent: Sent, operation: str) -> Event:
    """Changes were saved: the keys, not the values."""
    return _event(EventName.UPDATED, draft, operation, changedKeys=sent.changed_keys)


def expired(draft: Draft, operation: str) -> Event:
    """A session expired."""
    return _event(EventName.EXPIRED, draft, operation)


def deleted(draft: Draft, now: int, operation: str) -> Event:
    """A session was deleted."""
    return Event(
        name=f"{SYSTEM}.{EventName.DELETED}", operation_id=operation, at=now, payload=_named(draft)
    )


def commit_started(draft: Draft, operation: str) -> Event:
    """A commit call holds the session."""
    return _event(EventName.COMMIT_STARTED, draft, operation)


def commit_success(draft: Draft, metadata: CreationMetadata) -> Event:
    """The project exists. Byte for byte the same, whoever writes it."""
    return Event(
        name=f"{SYSTEM}.{EventName.COMMIT_SUCCESS}",
        operation_id=metadata.operation_id,
        at=metadata.created_at,
        payload={**_named(draft), "projectId": metadata.project_id},
    )


def commit_failed(draft: Draft, operation: str) -> Event:
    """A commit call gave up."""
    return _event(EventName.COMMIT_FAILED, draft, operation, errors=list(draft.errors))


def _event(name: EventName, draft: Draft, operation: str, **payload: Value) -> Event:
    """An event at the time of the session's last change."""
    return Event(
        name=f"{SYSTEM}.{name}",
        operation_id=operation,
        at=draft.updated_at,
        payload={**_named(draft), **payload},
    )


def _named(draft: Draft) -> dict[str, Value]:
    return {"sessionId": shown_id(draft.id), "sessionRef": draft.reference}
