"""The seven events of the product orchestrator."""

from collections.abc import Sequence
from enum import StrEnum

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.draft import Draft
from assembly_service.drafts.engine.events import Event
from assembly_service.drafts.product.records import CreationMetadata
from assembly_service.drafts.product.rules import PRODUCT, SYSTEM, TARGET


class EventName(StrEnum):
    """What happened, after the name of the system."""

    SESSION_CREATED = "session.created"
    PRODUCT_ADDED = "product.added"
    TARGET_CONFIGURED = "target.configured"
    COMMIT_STARTED = "commit.started"
    COMMIT_SUCCESS = "commit.success"
    COMMIT_FAILED = "commit.failed"
    SESSION_EXPIRED = "session.expired"


def session_created(draft: Draft, operation_id: str) -> Event:
    """A draft was created."""
    return _event(EventName.SESSION_CREATED, draft, operation_id, userId=draft.named_owner.user_id)


def product_added(draft: Draft, operation_id: str) -> Event:
    """The product was stored, or replaced."""
    return _event(EventName.PRODUCT_ADDED, draft, operation_id, productCode=_code(draft))


def target_configured(draft: Draft, operation_id: str) -> Event:
    """The target was stored, or replaced; counts the criteria that are on."""
    return _event(
        EventName.TARGET_CONFIGURED,
        draft,
        operation_id,
        productCode=_code(draft),
        targetFieldsCount=len(draft.parts[TARGET]),
    )


def commit_started(draft: Draft, operation_id: str) -> Event:
    """A commit call holds the draft."""
    return _event(EventName.COMMIT_STARTED, draft, operation_id, productCode=_code(draft))


def commit_success(draft: Draft, metadata: CreationMetadata) -> Event:
    """Both records exist. The same bytes, whichever call writes it."""
    return Event(
        name=f"{SYSTEM}.{EventName.COMMIT_SUCCESS}",
        operation_id=metadata.operation_id,
        at=metadata.written_at,
        payload={
            "sessionId": draft.id,
            "productGuid": metadata.product_guid,
            "targetGuid": metadata.target_guid,
            "productCode": _code(draft),
        },
    )


def commit_failed(draft: Draft, operation_id: str, errors: Sequence[str]) -> Event:
    """A commit call gave up."""
    return _event(
        EventName.COMMIT_FAILED, draft, operation_id, productCode=_code(draft), errors=list(errors)
    )


def session_expired(draft: Draft, operation_id: str) -> Event:
    """The lifetime of a draft ended."""
    return _event(EventName.SESSION_EXPIRED, draft, operation_id)


def _event(name: EventName, draft: Draft, operation_id: str, **payload: Value) -> Event:
    """Return an event at the time of the draft's latest change."""
    return Event(
        name=f"{SYSTEM}.{name}",
        operation_id=operation_id,
        at=draft.updated_at,
        payload={"sessionId": draft.id, **payload},
    )


def _code(draft: Draft) -> str:
    return str(draft.parts[PRODUCT]["productCode"])
