"""Why a call is refused, in the texts of the interface."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorDefinition:
    """One kind of error: its code with the number, its type, and what may be done about it."""

    status: HTTPStatus
    message: str
    code: str | None = None
    number: int | None = None
    type: str | None = None
    recoverable: bool = False
    suggestions: Sequence[str] = ()


NOT_FOUND = ErrorDefinition(
    status=HTTPStatus.NOT_FOUND,
    message="Resource not found.",
    code="NOT_FOUND",
    number=5001,
    type="session_not_found",
    suggestions=("Stage the education again", "Check the id, and who is signed in"),
)
RECORD_NOT_FOUND = ErrorDefinition(
    status=HTTPStatus.NOT_FOUND,
    message="Resource not found.",
    code="NOT_FOUND",
    number=5001,
    type="record_not_found",
    suggestions=("Check the id, and who is signed in",),
)
NO_SUCH_PATH = ErrorDefinition(
    status=HTTPStatus.NOT_FOUND,
    message="There is nothing at this path.",
    code="NOT_FOUND",
    number=5001,
    type="path_not_found",
    recoverable=True,
    suggestions=("Check the path against the documentation at /api/docs",),
)
METHOD_NOT_ALLOWED = ErrorDefinition(
    status=HTTPStatus.METHOD_NOT_ALLOWED,
    message="This method is not possible here.",
    type="method_not_allowed",
    recoverable=True,
    suggestions=("Use a method that the header Allow names",),
)
UNAUTHORIZED = ErrorDefinition(status=HTTPStatus.UNAUTHORIZED, message="Unauthorized")
PERMISSION_DENIED = ErrorDefinition(
    status=HTTPStatus.FORBIDDEN,
    message="Permission denied.",
    code="PERMISSION_DENIED",
    number=3001,
    type="privilege_insufficient",
    suggestions=(OTHER_MEMBER,),
)
VALIDATION_ERROR = ErrorDefinition(
    status=HTTPStatus.BAD_REQUEST,
    message="Validation error. Please check the provided data.",
    code="VALIDATION_ERROR",
    number=3003,
    type="validation_failed",
    recoverable=True,
    suggestions=("Correct what errors names, and send it again",),
)
RULE_BROKEN = ErrorDefinition(
    status=HTTPStatus.UNPROCESSABLE_ENTITY,
    message="Business rule violation.",
    code="BUSINESS_RULE_VIOLATION",
    number=3004,
    type="business_rule_violation",
    recoverable=True,
    suggestions=("Correct the data with PATCH, and take the steps again",),
)
DUPLICATE = ErrorDefinition(
    status=HTTPStatus.CONFLICT,
    message="Data conflict. The resource already exists or is being used.",
    code="CONFLICT",
    number=3002,
    type="business_rule_violation",
    recoverable=True,
    suggestions=("Look for the record that exists", "Correct the data or link another account"),
)
WRONG_STEP = ErrorDefinition(
    status=HTTPStatus.CONFLICT,
    message="",
    code="CONFLICT",
    number=3002,
    type="workflow_state_invalid",
    recoverable=True,
    suggestions=("Take the step that nextAction names",),
)
BEING_CREATED = replace(WRONG_STEP, suggestions=("Wait a few seconds, then read the session",))
STORE_ERROR = ErrorDefinition(
    status=HTTPStatus.SERVICE_UNAVAILABLE,
    message="Service temporarily unavailable.",
    code="STORE_ERROR",
    number=4003,
    type="service_error",
    recoverable=True,
    suggestions=("Try again in a few seconds",),
)
INTERNAL_ERROR = ErrorDefinition(
    status=HTTPStatus.INTERNAL_SERVER_ERROR,
    message="Internal system error. Please try again later.",
    code="INTERNAL_ERROR",
    number=5002,
    type="service_error",
    suggestions=("Try again later", "Name the operation to the operator of the service"),
)
ERROR_DEFINITIONS = (
    NOT_FOUND,
    RECORD_NOT_FOUND,
    NO_SUCH_PATH,
    METHOD_NOT_ALLOWED,
    UNAUTHORIZED,
    PERMISSION_DENIED,
    VALIDATION_ERROR,
    RULE_BROKEN,
    DUPLICATE,
    WRONG_STEP,
    STORE_ERROR,
    INTERNAL_ERROR,
)


_ROUTING = {error.status: error for error in (NO_SUCH_PATH, METHOD_NOT_ALLOWED)}


class EducationRefusal(Refusal):
    """Ends a call. `errors` are sentences, one for each thing that is wrong."""

    def __init__(
        self,
        error: ErrorDefinition,
        *,
        message: str = "",
        errors: Sequence[str] = (),
        suggestions: Sequence[str] = (),
        status: HTTPStatus | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message or error.message)
        self.error = error
        self.status = status or error.status
        self.errors = errors
        self.suggestions = suggestions or error.suggestions
        self.headers = headers or {}

    def body(self, call: RefusedCall) -> dict[str, Value]:
        """Return the body of the error, without empty texts."""
        error = self.error
        about = {
            "code": error.code,
            "type": error.type,
            "sessionId": call.session_id,
            "step": step_of(call.step),
        }
        context: dict[str, Value] = {"operationId": call.operation_id}
        if error.number is not None:
            context["number"] = error.number
        return {
            "statusCode": self.status.value,
            **{name: value for name, value in about.items() if value},
            "message": str(self),
            **({"errors": list(self.errors)} if self.errors else {}),
            "timestamp": format_milliseconds(call.at),
            "recoverable": error.recoverable,
            **({"recoverySuggestions": list(self.suggestions)} if self.suggestions else {}),
            "context": context,
        }


class WrongStep(EducationRefusal):
    """A step out of order. Without a `step` it is the one that the call takes."""

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
        """Return the body of the error, with what there is to do next."""
        refused = self._step or step_of(call.step)
        message = not_allowed(refused, self._status)
        return {
            **super().body(replace(call, step=refused)),
            "message": f"{message}: {self._why}" if self._why else message,
            "nextAction": next_action(self._status),
        }


def step_of(route_name: str) -> str:
    """The step that a call takes, as messages name it."""
    return route_name.removesuffix(STEP_SUFFIX)


def permission_denied(suggestion: str) -> EducationRefusal:
    """The role is too low, or the member is somebody else; with what to do about it."""
    return EducationRefusal(PERMISSION_DENIED, suggestions=[suggestion])


def not_found() -> EducationRefusal:
    """Unknown, foreign, malformed or over: nobody can tell which."""
    return EducationRefusal(NOT_FOUND)


def record_not_found() -> EducationRefusal:
    """No such record, as far as this caller can know."""
    return EducationRefusal(RECORD_NOT_FOUND)


def invalid(errors: Sequence[str]) -> EducationRefusal:
    """A body with mistakes, every one of them named."""
    return EducationRefusal(VALIDATION_ERROR, errors=errors)


def being_created(status: Status, step: Step | None = None) -> EducationRefusal:
    """A create call holds the session; without a `step` the one is refused that the call takes."""
    why = "another call is creating the record"
    return WrongStep(status, step=step, why=why, error=BEING_CREATED)


def translate(refused: EngineRefusal) -> EducationRefusal:
    """What the engine refuses, in the texts of the interface."""
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
