"""Why the engine refuses a call. A system finds the words, and answers in its own error form."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus

from assembly_service.domain.exact_json import Value


class Reason(Enum):
    """Why a call is refused.

    `NOT_FOUND`: unknown, of somebody else, of another system, or gone. `MALFORMED`: no id has this
    form. `EXPIRED`: over, and the window in which that is said is not. `COMMITTING`: a commit had
    the draft for as long as this call could wait. `CONTENDED`: others changed the draft again and
    again. `ROUTING`: no such path or method; `UNREADABLE`: a body that cannot be read, or is too
    large. `detail` says which.
    """

    NOT_FOUND = auto()
    MALFORMED = auto()
    EXPIRED = auto()
    COMMITTING = auto()
    CONTENDED = auto()
    UNAUTHORIZED = auto()
    UNAVAILABLE = auto()
    ROUTING = auto()
    UNREADABLE = auto()
    UNEXPECTED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineRefusal:
    """A refusal as a value: the reason, the status that goes with it, and what belongs to it.

    `state` is that of a draft that a commit has.
    """

    reason: Reason
    status: HTTPStatus
    draft_id: str = ""
    state: str = ""
    detail: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedCall:
    """What an error body may say about its call.

    `at` is in milliseconds since 1970, `step` the name of the route. `session_id` is empty unless
    the path holds one.
    """

    at: int = 0
    operation_id: str = ""
    step: str = ""
    session_id: str = ""


class Refusal(Exception):
    """Ends a call with an error. Each system has its own subclass, with the form of its errors."""

    status: HTTPStatus
    headers: Mapping[str, str]

    def body(self, call: RefusedCall) -> dict[str, Value]:
        """Return the body of the error."""
        raise NotImplementedError


class UnreadableBody(Exception):
    """The body of a request cannot be read; the message is a sentence for the client."""

    def __init__(
        self, status: HTTPStatus, message: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}


TOO_LARGE = "The body is too large: send at most 1 MiB"
_RETRY_SECONDS = "5"

Refuse = Callable[[EngineRefusal], Refusal]
"""Puts a refusal of the engine into a system's words."""


def not_found(draft_id: str) -> EngineRefusal:
    """There is no such draft, as far as this caller can know."""
    return EngineRefusal(reason=Reason.NOT_FOUND, status=HTTPStatus.NOT_FOUND, draft_id=draft_id)


def malformed(draft_id: str) -> EngineRefusal:
    """No draft can have this id."""
    return EngineRefusal(reason=Reason.MALFORMED, status=HTTPStatus.BAD_REQUEST, draft_id=draft_id)


def expired(draft_id: str) -> EngineRefusal:
    """The draft's lifetime is over."""
    return EngineRefusal(reason=Reason.EXPIRED, status=HTTPStatus.GONE, draft_id=draft_id)


def committing(draft_id: str, state: str) -> EngineRefusal:
    """A commit has the draft, which is in this state meanwhile."""
    return EngineRefusal(
        reason=Reason.COMMITTING, status=HTTPStatus.CONFLICT, draft_id=draft_id, state=state
    )


def contended(draft_id: str) -> EngineRefusal:
    """Too many change the draft at once."""
    return EngineRefusal(
        reason=Reason.CONTENDED,
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        draft_id=draft_id,
        headers={"Retry-After": "1"},
    )


def unauthorized(challenge: str = "Bearer") -> EngineRefusal:
    """Nobody says who calls, or not so that it can be relied on; `challenge` is RFC 6750's."""
    return EngineRefusal(
        reason=Reason.UNAUTHORIZED,
        status=HTTPStatus.UNAUTHORIZED,
        headers={"WWW-Authenticate": challenge},
    )


def unavailable() -> EngineRefusal:
    """The database, or the keys for tokens, do not answer."""
    return EngineRefusal(
        reason=Reason.UNAVAILABLE,
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        headers={"Retry-After": _RETRY_SECONDS},
    )


def unreadable(
    status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None
) -> EngineRefusal:
    """The body cannot be read, or is too large."""
    return EngineRefusal(
        reason=Reason.UNREADABLE, status=status, detail=detail, headers=headers or {}
    )


def unexpected() -> EngineRefusal:
    """Something went wrong that nobody foresaw."""
    return EngineRefusal(reason=Reason.UNEXPECTED, status=HTTPStatus.INTERNAL_SERVER_ERROR)
