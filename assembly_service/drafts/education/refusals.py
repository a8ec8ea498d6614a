"""Why a call is refused, in the texts of the interface."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from assembly_service.domain.exact_json import Value
from assembly_service.domain.instants import format_milliseconds
from assembly_service.drafts.education.status import Status, Step, not_allowed
from assembly_service.drafts.engine.refusals import CallRefused, Reason, Refused

CREATE_UNDER_WAY = "a create call is under way"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of error: its code with the number, its type, and what may be done about it."""

    status: HTTPStatus
    message: str
    code: str | None = None
    number: int | None = None
    type: str | None = None
    recoverable: bool = False
    suggestions: Sequence[str] = ()


NOT_FOUND = Kind(
    status=HTTPStatus.NOT_FOUND,
    message="Resource not found.",
    code="NOT_FOUND",
    number=5001,
    type="session_not_found",
    suggestions=("Stage the education again", "Check the id, and who is signed in"),
)
RECORD_NOT_FOUND = Kind(
    status=HTTPStatus.NOT_FOUND,
    message="Resource not found.",
    code="NOT_FOUND",
    number=5001,
    type="record_not_found",
    suggestions=("Check the id, and who is signed in",),
)
UNAUTHORIZED = Kind(status=HTTPStatus.UNAUTHORIZED, message="Unauthorized")
PERMISSION_DENIED = Kind(
    status=HTTPStatus.FORBIDDEN,
    message="Permission denied.",
    code="PERMISSION_DENIED",
    number=3001,
    type="privilege_insufficient",
    suggestions=("Ask someone whose privilege allows it",),
)
VALIDATION_ERROR = Kind(
    status=HTTPStatus.BAD_REQUEST,
    message="Validation error. Please check the provided data.",
    code="VALIDATION_ERROR",
    number=3003,
    type="validation_failed",
    recoverable=True,
    suggestions=("Correct what errors names, and send it again",),
)
RULE_BROKEN = Kind(
    status=HTTPStatus.UNPROCESSABLE_ENTITY,
    message="Business rule violation.",
    code="BUSINESS_RULE_VIOLATION",
    number=3004,
    type="business_rule_violation",
    recoverable=True,
    suggestions=("Correct the data with PATCH, and take the steps again",),
)
DUPLICATE = Kind(
    status=HTTPStatus.CONFLICT,
    message="Data conflict. The resource already exists or is being used.",
    code="CONFLICT",
    number=3002,
    type="business_rule_violation",
    recoverable=True,
    suggestions=("Look for the record that exists", "Correct the data or link another account"),
)
WRONG_STEP = Kind(
    status=HTTPStatus.CONFLICT,
    message="",
    code="CONFLICT",
    number=3002,
    type="workflow_state_invalid",
    recoverable=True,
    suggestions=("Take the step that the session's nextAction names",),
)
STORE_ERROR = Kind(
    status=HTTPStatus.SERVICE_UNAVAILABLE,
    message="Service temporarily unavailable.",
    code="STORE_ERROR",
    number=4003,
    type="service_error",
    recoverable=True,
    suggestions=("Try again in a few seconds",),
)
INTERNAL_ERROR = Kind(
    status=HTTPStatus.INTERNAL_SERVER_ERROR,
    message="Internal system error. Please try again later.",
    code="INTERNAL_ERROR",
    number=5002,
    type="service_error",
    suggestions=("Try again later", "Name the operation to the operator of the service"),
)
KINDS = (
    NOT_FOUND,
    RECORD_NOT_FOUND,
    UNAUTHORIZED,
    PERMISSION_DENIED,
    VALIDATION_ERROR,
    RULE_BROKEN,
    DUPLICATE,
    WRONG_STEP,
    STORE_ERROR,
    INTERNAL_ERROR,
)


class Refusal(CallRefused):
    """Ends a call. `errors` are sentences, one for each thing that is wrong."""

    def __init__(
        self,
        kind: Kind,
        *,
        message: str = "",
        errors: Sequence[str] = (),
        status: HTTPStatus | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message or kind.message)
        self.kind = kind
        self.status = status or kind.status
        self.errors = errors
        self.headers = headers or {}

    def body(self, *, at: int, operation: str, session_id: str, step: str) -> dict[str, Value]:
        """As it is answered; empty texts are left out."""
        kind = self.kind
        about = {"code": kind.code, "type": kind.type, "sessionId": session_id, "step": step}
        context: dict[str, Value] = {"operationId": operation}
        if kind.number is not None:
            context["number"] = kind.number
        return {
            "statusCode": self.status.value,
            **{name: value for name, value in about.items() if value},
            "message": str(self),
            **({"errors": list(self.errors)} if self.errors else {}),
            "timestamp": format_milliseconds(at),
            "recoverable": kind.recoverable,
            **({"recoverySuggestions": list(kind.suggestions)} if kind.suggestions else {}),
            "context": context,
        }


def permission_denied() -> Refusal:
    """The role is too low, or the member is somebody else."""
    return Refusal(PERMISSION_DENIED)


def not_found() -> Refusal:
    """Unknown, foreign, malformed or over: nobody can tell which."""
    return Refusal(NOT_FOUND)


def record_not_found() -> Refusal:
    """No such record, as far as this caller can know."""
    return Refusal(RECORD_NOT_FOUND)


def invalid(errors: Sequence[str]) -> Refusal:
    """A body with mistakes, every one of them named."""
    return Refusal(VALIDATION_ERROR, errors=errors)


def wrong_step(step: Step, status: Status, why: str = "") -> Refusal:
    """A step out of order."""
    message = not_allowed(step, status)
    return Refusal(WRONG_STEP, message=f"{message}: {why}" if why else message)


def in_words(refused: Refused) -> Refusal:
    """What the engine refuses, in the texts of the interface."""
    match refused.reason:
        case Reason.NOT_FOUND | Reason.MALFORMED | Reason.EXPIRED:
            return not_found()
        case Reason.COMMITTING:
            return wrong_step(Step.CREATE, Status.ACCOUNT_LINKED, CREATE_UNDER_WAY)
        case Reason.CONTENDED | Reason.UNAVAILABLE:
            return Refusal(STORE_ERROR, headers=refused.headers)
        case Reason.UNAUTHORIZED:
            return Refusal(UNAUTHORIZED, headers=refused.headers)
        case Reason.UNREADABLE:
            kind, message = VALIDATION_ERROR, VALIDATION_ERROR.message
            return Refusal(
                kind,
                message=message,
                errors=[refused.detail],
                status=refused.status,
                headers=refused.headers,
            )
        case Reason.ROUTING:
            kind = NOT_FOUND if refused.status is HTTPStatus.NOT_FOUND else VALIDATION_ERROR
            return Refusal(
                kind,
                message=refused.detail,
                status=refused.status,
                headers=refused.headers,
            )
        case Reason.UNEXPECTED:
            return Refusal(INTERNAL_ERROR)
