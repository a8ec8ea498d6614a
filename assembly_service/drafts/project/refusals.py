"""Why a call is refused, with the codes and texts of the interface."""

from collections.abc import Mapping
from enum import Enum
from http import HTTPStatus

from assembly_service.domain.exact_json import Value
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.drafts.engine.call_limits import LimitReached
from assembly_service.drafts.engine.refusals import EngineRefusal, Reason, Refusal, RefusedCall

HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}
"""Of every answer."""
_STORAGE_ERRORS = {
    "create-session": "Failed to create session",
    "get-session": "Failed to get session",
    "save-session": "Failed to update session",
    "update-session": "Failed to update session",
    "delete-session": "Failed to delete session",
    "validate-session": "Failed to validate session",
    "commit-session": "Failed to create project",
    "create-project": "Failed to create project",
    "list-projects": "Failed to get projects",
    "get-project": "Failed to get project",
}
"""What `error` says of a store that failed, by step."""


class Code(Enum):
    """The codes of errors, each with its status and its text."""

    SESSION_NOT_FOUND = (HTTPStatus.NOT_FOUND, "Session not found")
    SESSION_EXPIRED = (HTTPStatus.GONE, "Session expired")
    INVALID_SESSION_ID = (HTTPStatus.BAD_REQUEST, "Invalid session ID format")
    INVALID_STEP = (HTTPStatus.BAD_REQUEST, "Invalid step number")
    VALIDATION_FAILED = (HTTPStatus.BAD_REQUEST, "Validation failed")
    RATE_LIMIT_EXCEEDED = (HTTPStatus.TOO_MANY_REQUESTS, "Rate limit exceeded")
    VERSION_CONFLICT = (HTTPStatus.CONFLICT, "Session was changed by another request")
    COMMIT_IN_PROGRESS = (HTTPStatus.CONFLICT, "Project creation in progress")
    ALREADY_COMMITTED = (HTTPStatus.CONFLICT, "Project already created")
    STORAGE_ERROR = (HTTPStatus.INTERNAL_SERVER_ERROR, "Storage does not answer")
    PROJECT_NOT_FOUND = (HTTPStatus.NOT_FOUND, "Project not found")
    UNAUTHORIZED = (HTTPStatus.UNAUTHORIZED, "Unauthorized")
    INVALID_REQUEST = (HTTPStatus.BAD_REQUEST, "Invalid request")

    @property
    def status(self) -> HTTPStatus:
        """The status that goes with the code."""
        return self.value[0]

    @property
    def text(self) -> str:
        """What `error` says, unless the call has a text of its own."""
        return self.value[1]


class ProjectRefusal(Refusal):
    """Ends a call with a code. `message` is None where the code's own text fits."""

    def __init__(
        self,
        code: Code,
        message: str | None = None,
        *,
        status: HTTPStatus | None = None,
        details: Mapping[str, Value] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message or code.text)
        self.code = code
        self.status = status or code.status
        self.message = message
        self.details = details
        self.headers = {**HEADERS, **(headers or {})}

    def body(self, call: RefusedCall) -> dict[str, Value]:
        """Return the body of the error."""
        text = self.message or self.code.text
        if self.code is Code.STORAGE_ERROR and self.message is None:
            text = _STORAGE_ERRORS.get(call.step, text)
        return {
            "error": text,
            "code": self.code.name,
            **({} if self.details is None else {"details": dict(self.details)}),
            "timestamp": format_milliseconds(call.at),
        }


def invalid(mistakes: Mapping[str, str]) -> ProjectRefusal:
    """Values that cannot be stored, every one named."""
    return ProjectRefusal(Code.VALIDATION_FAILED, details={"errors": dict(mistakes)})


def limit_reached(limit: LimitReached) -> ProjectRefusal:
    """Too many calls in this minute."""
    return ProjectRefusal(
        Code.RATE_LIMIT_EXCEEDED, headers={"Retry-After": str(limit.retry_seconds)}
    )


def translate(refused: EngineRefusal) -> ProjectRefusal:
    """What the engine refuses, with the codes of the interface."""
    match refused.reason:
        case Reason.NOT_FOUND:
            return ProjectRefusal(Code.SESSION_NOT_FOUND)
        case Reason.MALFORMED:
            return ProjectRefusal(Code.INVALID_SESSION_ID)
        case Reason.EXPIRED:
            return ProjectRefusal(Code.SESSION_EXPIRED)
        case Reason.COMMITTING:
            return ProjectRefusal(Code.COMMIT_IN_PROGRESS)
        case Reason.UNAUTHORIZED:
            return ProjectRefusal(Code.UNAUTHORIZED, headers=refused.headers)
        case Reason.UNREADABLE:
            return ProjectRefusal(
                Code.VALIDATION_FAILED,
                status=refused.status,
                details={"errors": {"body": refused.detail}},
                headers=refused.headers,
            )
        case Reason.ROUTING:
            return ProjectRefusal(
                Code.INVALID_REQUEST, refused.detail, status=refused.status, headers=refused.headers
            )
        case Reason.UNAVAILABLE | Reason.CONTENDED | Reason.UNEXPECTED:
            return ProjectRefusal(Code.STORAGE_ERROR)
