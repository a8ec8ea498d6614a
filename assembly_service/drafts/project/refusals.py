"""The errors of the project session calls."""

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
"""The headers of every answer."""
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
"""The `error` of a call whose store failed, by route name."""


class ErrorCode(Enum):
    """Error codes: status, and the `error` text unless the call has its own."""

    SESSION_NOT_FOUND = (404, "Session not found")
    SESSION_EXPIRED = (410, "Session expired")
    INVALID_SESSION_ID = (400, "Invalid session ID format")
    INVALID_STEP = (400, "Invalid step number")
    VALIDATION_FAILED = (400, "Validation failed")
    RATE_LIMIT_EXCEEDED = (429, "Rate limit exceeded")
    VERSION_CONFLICT = (409, "Session was changed by another request")
    COMMIT_IN_PROGRESS = (409, "Project creation in progress")
    ALREADY_COMMITTED = (409, "Project already created")
    STORAGE_ERROR = (500, "Storage does not answer")
    PROJECT_NOT_FOUND = (404, "Project not found")
    UNAUTHORIZED = (401, "Unauthorized")
    INVALID_REQUEST = (400, "Invalid request")

    def __init__(self, status: int, text: str) -> None:
        self.status = HTTPStatus(status)
        self.text = text


class ProjectRefusal(Refusal):
    """Refuses a call. `message` replaces the text of the code."""

    def __init__(
        self,
        code: ErrorCode,
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
        """Return the body of the answer."""
        text = self.message or self.code.text
        if self.code is ErrorCode.STORAGE_ERROR and self.message is None:
            text = _STORAGE_ERRORS.get(call.step, text)
        return {
            "error": text,
            "code": self.code.name,
            **({} if self.details is None else {"details": dict(self.details)}),
            "timestamp": format_milliseconds(call.at),
        }


def invalid(mistakes: Mapping[str, str]) -> ProjectRefusal:
    """The values cannot be stored; `mistakes` lists every one."""
    return ProjectRefusal(ErrorCode.VALIDATION_FAILED, details={"errors": dict(mistakes)})


def limit_reached(limit: LimitReached) -> ProjectRefusal:
    """There were too many calls in this minute."""
    return ProjectRefusal(
        ErrorCode.RATE_LIMIT_EXCEEDED, headers={"Retry-After": str(limit.retry_seconds)}
    )


def translate(refused: EngineRefusal) -> ProjectRefusal:
    """Translate a refusal of the engine."""
    match refused.reason:
        case Reason.NOT_FOUND:
            return ProjectRefusal(ErrorCode.SESSION_NOT_FOUND)
        case Reason.MALFORMED:
            return ProjectRefusal(ErrorCode.INVALID_SESSION_ID)
        case Reason.EXPIRED:
            return ProjectRefusal(ErrorCode.SESSION_EXPIRED)
        case Reason.COMMITTING:
            return ProjectRefusal(ErrorCode.COMMIT_IN_PROGRESS)
        case Reason.UNAUTHORIZED:
            return ProjectRefusal(ErrorCode.UNAUTHORIZED, headers=refused.headers)
        case Reason.UNREADABLE:
            return ProjectRefusal(
                ErrorCode.VALIDATION_FAILED,
                status=refused.status,
                details={"errors": {"body": refused.detail}},
                headers=refused.headers,
            )
        case Reason.ROUTING:
            return ProjectRefusal(
                ErrorCode.INVALID_REQUEST,
                refused.detail,
                status=refused.status,
                headers=refused.headers,
            )
        case Reason.UNAVAILABLE | Reason.CONTENDED | Reason.UNEXPECTED:
            return ProjectRefusal(ErrorCode.STORAGE_ERROR)
