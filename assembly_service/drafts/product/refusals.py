"""Why a call is refused, in the words of the API."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Literal

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.json_body import InvalidBody
from assembly_service.drafts.engine.refusals import EngineRefusal, Reason, Refusal, RefusedCall

Action = Literal["create", "read", "change"]


class ProductRefusal(Refusal):
    """Ends a call. `errors` has a line per violation; `context` becomes part of the body.

    `fields` has the first line about each field, by its name.
    """

    def __init__(
        self,
        status: HTTPStatus,
        message: str,
        *,
        errors: Sequence[str] = (),
        fields: Mapping[str, str] | None = None,
        context: Mapping[str, Value] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors
        self.fields = fields or {}
        self.context = context or {}
        self.headers = headers or {}

    def body(self, _: RefusedCall) -> dict[str, Value]:
        """Return the body of the error."""
        body: dict[str, Value] = {"statusCode": self.status.value, "message": self.message}
        if self.errors:
            body["errors"] = list(self.errors)
        if self.errors or self.fields:
            body["fields"] = dict(self.fields)
        return {**body, **self.context}


def session_not_found(session_id: str) -> ProductRefusal:
    """Unknown, another caller's, malformed, expired or deleted: callers cannot tell which."""
    return ProductRefusal(
        HTTPStatus.NOT_FOUND,
        "Session not found or expired",
        context={"sessionId": session_id},
    )


def code_taken(code: str, operation_id: str) -> ProductRefusal:
    """Another product of the scope has the code."""
    return ProductRefusal(
        HTTPStatus.CONFLICT,
        code_exists(code),
        fields={"productCode": code_exists(code)},
        context={"productCode": code, "operationId": operation_id},
    )


def code_exists(code: str) -> str:
    """Return the sentence for a code that is taken."""
    return f"Product code {code} already exists"


def invalid(message: str, body: InvalidBody, operation_id: str) -> ProductRefusal:
    """A body with mistakes, each with its line."""
    return ProductRefusal(
        HTTPStatus.BAD_REQUEST,
        message,
        errors=body.lines,
        fields=body.fields,
        context={"operationId": operation_id},
    )


def product_not_found(product_guid: str) -> ProductRefusal:
    """No such product in the caller's organisation."""
    return ProductRefusal(
        HTTPStatus.NOT_FOUND, "Product not found", context={"productGuid": product_guid}
    )


def target_not_found(target_guid: str) -> ProductRefusal:
    """No such target in the caller's organisation."""
    return ProductRefusal(
        HTTPStatus.NOT_FOUND, "Audience target not found", context={"targetGuid": target_guid}
    )


def changed_meanwhile(product_guid: str) -> ProductRefusal:
    """The product is no longer at the version that the caller wants to change."""
    return ProductRefusal(
        HTTPStatus.PRECONDITION_FAILED,
        "The product was changed meanwhile: load it again",
        context={"productGuid": product_guid},
    )


def invalid_parameters(mistakes: Sequence[tuple[str, str]]) -> ProductRefusal:
    """Parameters with mistakes, each with its name and what it must be."""
    # Lines of this API do not end in a full stop.
    lines = [(name, f"{name} {sentence.removesuffix('.')}") for name, sentence in mistakes]
    return ProductRefusal(
        HTTPStatus.BAD_REQUEST,
        "Request validation failed",
        errors=[line for _, line in lines],
        fields=dict(reversed(lines)),
    )


def not_allowed(action: Action) -> ProductRefusal:
    """The caller is neither Admin nor Main."""
    # The sentence about creating is fixed for clients that expect it.
    who = "Admin users" if action == "create" else "Admin and Main users"
    return ProductRefusal(HTTPStatus.FORBIDDEN, f"Only {who} can {action} products")


def no_organization() -> ProductRefusal:
    """The caller's token names no organisation."""
    return ProductRefusal(HTTPStatus.BAD_REQUEST, "Organization GUID is required")


def translate(refused: EngineRefusal) -> ProductRefusal:
    """Turn a refusal of the engine into one of this API."""
    match refused.reason:
        case Reason.NOT_FOUND | Reason.MALFORMED | Reason.EXPIRED:
            return session_not_found(refused.draft_id)
        case Reason.COMMITTING:
            message = "Cannot commit session in state committing"
        case Reason.CONTENDED:
            message = "The session is being changed by many at once: try again in a moment."
        case Reason.UNAUTHORIZED:
            message = "Unauthorized"
        case Reason.UNAVAILABLE:
            message = "Service temporarily unavailable"
        case Reason.ROUTING | Reason.UNREADABLE:
            message = refused.detail
        case Reason.UNEXPECTED:
            message = "Internal server error"
    return ProductRefusal(refused.status, message, headers=refused.headers)
