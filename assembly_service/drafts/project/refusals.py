"""The errors of the project session calls."""

from collections.abc import Mapping
from enum import Enum
from http import HTTPStatus

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.call_limits import LimitReached
from assembly_service.drafts.engine.refusals import EngineRefusal, Reason, Refusal


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
        self.headers = headers or {}


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
