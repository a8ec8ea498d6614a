"""The errors of the education calls."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import Enum, StrEnum, auto
from http import HTTPStatus

from assembly_service.domain.exact_json import Value
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.drafts.education.status import Status, Step, next_action, not_allowed
from assembly_service.drafts.engine.refusals import EngineRefusal, Reason, Refusal, RefusedCall

STEP_SUFFIX = "-education"
"""Ends the names of the routes of steps."""

OTHER_MEMBER = "Use a token of this member, or of an Admin or a Main"
NO_MEMBER = "Use a token that names the Owner's member as userBusinessId"
NO_ROLE = "Use a token with a privilege (owner, admin or main) and an organizationGuid"
MAY_NOT_CREATE = "Let the Owner of the session or a Main create the record"
MAY_NOT_SKIP = "Leave stagingOptions out, or use a token of a Main"


class ErrorCode(Enum):
    """Error codes: number, status and message. Answers show only numbered codes."""

    NOT_FOUND = (5001, 404, "Resource not found.")
    PERMISSION_DENIED = (3001, 403, "Permission denied.")
    VALIDATION_ERROR = (3003, 400, "Validation error. Please check the provided data.")
    BUSINESS_RULE_VIOLATION = (3004, 422, "Business rule violation.")
    CONFLICT = (3002, 409, "Data conflict. The resource already exists or is being used.")
    STORE_ERROR = (4003, 503, "Service temporarily unavailable.")
    INTERNAL_ERROR = (5002, 500, "Internal system error. Please try again later.")
    UNAUTHORIZED = (None, 401, "Unauthorized")
    METHOD_NOT_ALLOWED = (None, 405, "Method not allowed.")

    def __init__(self, number: int | None, status: int, message: str) -> None:
        self.number = number
        self.status = HTTPStatus(status)
        self.message = message


class ErrorType(StrEnum):
    """Error types: finer than codes."""

    SESSION_NOT_FOUND = auto()
    RECORD_NOT_FOUND = auto()
    PATH_NOT_FOUND = auto()
    METHOD_NOT_ALLOWED = auto()
    PRIVILEGE_INSUFFICIENT = auto()
    VALIDATION_FAILED = auto()
    BUSINESS_RULE_VIOLATION = auto()
    WORKFLOW_STATE_INVALID = auto()
    SERVICE_ERROR = auto()


class ErrorDefinition:
    """An error: its code, its type, and what the caller can do about it."""

    def __init__(
        self,
        code: ErrorCode,
        type_: ErrorType | None,
        *suggestions: str,
        recoverable: bool = True,
    ) -> None:
        self.code = code
        self.type = type_
        self.suggestions = suggestions
        self.recoverable = recoverable


_CHECK_ID = "Check the id, and who is signed in"
NOT_FOUND = ErrorDefinition(
    ErrorCode.NOT_FOUND,
    ErrorType.SESSION_NOT_FOUND,
    "Stage the education again",
    _CHECK_ID,
    recoverable=False,
)
RECORD_NOT_FOUND = ErrorDefinition(
    ErrorCode.NOT_FOUND, ErrorType.RECORD_NOT_FOUND, _CHECK_ID, recoverable=False
)
NO_RECORD_OF_MEMBER = ErrorDefinition(
    ErrorCode.NOT_FOUND, ErrorType.RECORD_NOT_FOUND, "Stage the education of this member"
)
NO_SUCH_PATH = ErrorDefinition(
    ErrorCode.NOT_FOUND,
    ErrorType.PATH_NOT_FOUND,
    "Check the path against the documentation at /api/docs",
)
METHOD_NOT_ALLOWED = ErrorDefinition(
    ErrorCode.METHOD_NOT_ALLOWED,
    ErrorType.METHOD_NOT_ALLOWED,
    "Use a method that the header Allow names",
)
UNAUTHORIZED = ErrorDefinition(ErrorCode.UNAUTHORIZED, None, recoverable=False)
PERMISSION_DENIED = ErrorDefinition(
    ErrorCode.PERMISSION_DENIED, ErrorType.PRIVILEGE_INSUFFICIENT, OTHER_MEMBER, recoverable=False
)
VALIDATION_ERROR = ErrorDefinition(
    ErrorCode.VALIDATION_ERROR,
    ErrorType.VALIDATION_FAILED,
    "Correct what errors names, and send it again",
)
RULE_BROKEN = ErrorDefinition(
    ErrorCode.BUSINESS_RULE_VIOLATION,
    ErrorType.BUSINESS_RULE_VIOLATION,
    "Correct the data with PATCH, and take the steps again",
)
DUPLICATE = ErrorDefinition(
    ErrorCode.CONFLICT,
    ErrorType.BUSINESS_RULE_VIOLATION,
    "Look for the record that exists",
    "Correct the data or link another account",
)
WRONG_STEP = ErrorDefinition(
    ErrorCode.CONFLICT, ErrorType.WORKFLOW_STATE_INVALID, "Take the step that nextAction names"
)
BEING_CREATED = ErrorDefinition(
    ErrorCode.CONFLICT,
    ErrorType.WORKFLOW_STATE_INVALID,
    "Wait a few seconds, then read the session",
)
STORE_ERROR = ErrorDefinition(
    ErrorCode.STORE_ERROR, ErrorType.SERVICE_ERROR, "Try again in a few seconds"
)
INTERNAL_ERROR = ErrorDefinition(
    ErrorCode.INTERNAL_ERROR,
    ErrorType.SERVICE_ERROR,
    "Try again later",
    "Report the operation id to the operator of the service",
    recoverable=False,
)
_ROUTING = {404: NO_SUCH_PATH, 405: METHOD_NOT_ALLOWED}


class EducationRefusal(Refusal):
    """Refuses a call. `errors` has one sentence per mistake, `fields` those about a field."""

    def __init__(
        self,
        error: ErrorDefinition,
        *,
        message: str = "",
        errors: Sequence[str] = (),
        fields: Mapping[str, str] | None = None,
        suggestions: Sequence[str] = (),
        status: HTTPStatus | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message or error.code.message)
        self.error = error
        self.status = status or error.code.status
        self.errors = errors
        self.fields = fields or {}
        self.suggestions = suggestions or error.suggestions
        self.headers = headers or {}

    def body(self, call: RefusedCall) -> dict[str, Value]:
        """Return the body of the answer, without empty fields."""
        error, number = self.error, self.error.code.number
        named = {
            "code": error.code.name if number else "",
            "type": error.type,
            "sessionId": call.session_id,
            "step": step_of(call.step),
        }
        return {
            "statusCode": self.status.value,
            **{name: value for name, value in named.items() if value},
            "message": str(self),
            **({"errors": list(self.errors)} if self.errors else {}),
            **({"fields": dict(self.fields)} if self.fields else {}),
            "timestamp": format_milliseconds(call.at),
            "recoverable": error.recoverable,
            **({"recoverySuggestions": list(self.suggestions)} if self.suggestions else {}),
            "context": {"operationId": call.operation_id, **({"number": number} if number else {})},
        }


class WrongStep(EducationRefusal):
    """Refuses a step that the status does not allow; `step` defaults to that of the call."""

    def __init__(
        self,
        status: Status,
        *,
        step: Step | None = None,
        why: str = "",
        error: ErrorDefinition = WRONG_STEP,
    ) -> None:
        super().__init__(error)
        self._status = status
        self._step = step
        self._why = why

    def body(self, call: RefusedCall) -> dict[str, Value]:
        """Return the body of the answer, with the next action."""
        refused = self._step or step_of(call.step)
        message = not_allowed(refused, self._status)
        return {
            **super().body(replace(call, step=refused)),
            "message": f"{message}: {self._why}" if self._why else message,
            "nextAction": next_action(self._status),
        }


def step_of(route_name: str) -> str:
    """Return the step of a route, as messages name it."""
    return route_name.removesuffix(STEP_SUFFIX)


def permission_denied(suggestion: str) -> EducationRefusal:
    """The role is too low, or the member is somebody else."""
    return EducationRefusal(PERMISSION_DENIED, suggestions=[suggestion])


def not_found() -> EducationRefusal:
    """The session is unknown, foreign, malformed or expired; the answer does not say which."""
    return EducationRefusal(NOT_FOUND)


def record_not_found() -> EducationRefusal:
    """The caller can see no such record."""
    return EducationRefusal(RECORD_NOT_FOUND)


def invalid(errors: Sequence[str], fields: Mapping[str, str] | None = None) -> EducationRefusal:
    """The body is invalid; `errors` lists every mistake, `fields` the first in each field."""
    return EducationRefusal(VALIDATION_ERROR, errors=errors, fields=fields)


def no_record_of_member() -> EducationRefusal:
    """The member has no record."""
    return EducationRefusal(NO_RECORD_OF_MEMBER)


def no_member() -> EducationRefusal:
    """A search needs a member."""
    sentence = "userBusinessId is missing: name the member to look for."
    return invalid([sentence], {"userBusinessId": sentence})


def being_created(status: Status, step: Step | None = None) -> EducationRefusal:
    """A create call holds the session; `step` defaults to that of the call."""
    why = "another call is creating the record"
    return WrongStep(status, step=step, why=why, error=BEING_CREATED)


def translate(refused: EngineRefusal) -> EducationRefusal:
    """Translate a refusal of the engine."""
    match refused.reason:
        case Reason.NOT_FOUND | Reason.MALFORMED | Reason.EXPIRED:
            return not_found()
        case Reason.COMMITTING:
            return being_created(Status(refused.state))
        case Reason.CONTENDED | Reason.UNAVAILABLE:
            return EducationRefusal(STORE_ERROR, headers=refused.headers)
        case Reason.UNAUTHORIZED:
            return EducationRefusal(UNAUTHORIZED, headers=refused.headers)
        case Reason.ROUTING if refused.status in _ROUTING:
            error = _ROUTING[refused.status]
            return EducationRefusal(error, message=refused.detail, headers=refused.headers)
        case Reason.ROUTING | Reason.UNREADABLE:
            return EducationRefusal(
                VALIDATION_ERROR,
                errors=[refused.detail],
                status=refused.status,
                headers=refused.headers,
            )
        case Reason.UNEXPECTED:
            return EducationRefusal(INTERNAL_ERROR)
