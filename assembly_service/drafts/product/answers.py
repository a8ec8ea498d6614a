"""The JSON answers of the calls."""

from collections.abc import Mapping
from http import HTTPStatus

from assembly_service.domain.exact_json import Value
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.drafts.engine.commit import Committed, NotCommitted
from assembly_service.drafts.engine.declarations import ErrorForm
from assembly_service.drafts.engine.draft import Draft
from assembly_service.drafts.product import rules
from assembly_service.drafts.product.refusals import translate
from assembly_service.http.answers import NO_STORE
from assembly_service.http.schemas import TEXT, Node

_NAMES_OF_RECORDS = ("productGuid", "targetGuid", "productCode")


def session(draft: Draft, operation: str, *parts: str) -> dict[str, Value]:
    """Return a draft, with the parts that the call is about."""
    return {
        "sessionId": draft.id,
        "state": draft.state,
        "createdAt": format_milliseconds(draft.created_at),
        "updatedAt": format_milliseconds(draft.updated_at),
        "expiresAt": format_milliseconds(draft.expires_at),
        "operationId": operation,
        **{name: draft.parts[name] for name in parts},
    }


def stored(draft: Draft, operation: str) -> dict[str, Value]:
    """Return a draft with its parts, or with the ids of what it became."""
    result = draft.result or {}
    return {
        **session(draft, operation, *draft.parts),
        "errors": list(draft.errors),
        "fields": rules.field_errors(draft, draft.errors),
        **{name: result[name] for name in _NAMES_OF_RECORDS if name in result},
    }


def progress(draft: Draft, now: int) -> dict[str, Value]:
    """Return how far a draft has come."""
    return {
        "sessionId": draft.id,
        "state": draft.state,
        **rules.progress(draft, now),
        "expiresAt": format_milliseconds(draft.expires_at),
    }


def commit(draft: Draft, outcome: Committed | NotCommitted, operation: str) -> dict[str, Value]:
    """Return the outcome of a draft's commit."""
    replayed: dict[str, Value] = {"replayed": True} if outcome.replayed else {}
    if isinstance(outcome, NotCommitted):
        failed = {
            "success": False,
            "errors": list(outcome.errors),
            "fields": rules.field_errors(draft, outcome.errors),
            "operationId": operation,
        }
        return failed | replayed
    named = {name: outcome.result[name] for name in _NAMES_OF_RECORDS}
    return {"success": True, **named, "operationId": operation, **replayed}


ERRORS = ErrorForm(
    schema="ErrorBody",
    refuse=translate,
    meanings={
        HTTPStatus.BAD_REQUEST: "The body or a parameter is wrong, or the state of the draft does"
        " not allow the call.",
        HTTPStatus.FORBIDDEN: "The caller is neither Admin nor Main.",
        HTTPStatus.NOT_FOUND: "The caller can see no such record: it is unknown, somebody else's,"
        " or gone.",
        HTTPStatus.CONFLICT: "Another product has the code, or a commit holds the draft.",
        HTTPStatus.PRECONDITION_FAILED: "The product is no longer at the version of `If-Match`:"
        " load it again.",
        HTTPStatus.SERVICE_UNAVAILABLE: "The database or the keys for tokens do not answer at the"
        " moment, or many change the same record at once: try again.",
    },
)
VERSIONED: Mapping[str, Node] = {
    "ETag": {
        "description": "Changes with every change of the product or its target; for `If-Match`.",
        "schema": TEXT,
    },
    **NO_STORE,
}
"""The headers of an answer with a product of the catalogue."""
