"""Refusals: what the engine refuses, and what the error answers of all systems have in common."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus

from assembly_service.domain.exact_json import Value


class Reason(Enum):
    """Why the engine refuses a call.

    `NOT_FOUND`: unknown, another caller's, another system's, or gone. `MALFORMED`: no id has this
    form. `EXPIRED`: over, and still within its gone window. `COMMITTING`: a commit held the draft
    for as long as this call could wait. `CONTENDED`: other writes came first each time. `ROUTING`:
    no such path or method; `UNREADABLE`: a body that cannot be read, or is too large; their
    `detail` is a sentence for the client.
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


@dataclass(frozen=True, slots=True)
class EngineRefusal:
    """A refusal of the engine, as a value that a system turns into a refusal of its own.

    `state` is that of a draft held by a commit.
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


TOO_LARGE = "The body is too large: send at most 1 MiB"

Refuse = Callable[[EngineRefusal], Refusal]
"""Turns a refusal of the engine into one of a system."""


def not_found(draft_id: str) -> EngineRefusal:
    """There is no such draft, as far as this caller may know."""
    return EngineRefusal(Reason.NOT_FOUND, HTTPStatus.NOT_FOUND, draft_id)


def malformed(draft_id: str) -> EngineRefusal:
    """No draft has an id of this form."""
    return EngineRefusal(Reason.MALFORMED, HTTPStatus.BAD_REQUEST, draft_id)


def expired(draft_id: str) -> EngineRefusal:
    """The draft has expired."""
    return EngineRefusal(Reason.EXPIRED, HTTPStatus.GONE, draft_id)


def committing(draft_id: str, state: str) -> EngineRefusal:
    """A commit holds the draft, which is in this state meanwhile."""
    return EngineRefusal(Reason.COMMITTING, HTTPStatus.CONFLICT, draft_id, state)


def contended(draft_id: str) -> EngineRefusal:
    """Too many calls change the draft at once."""
    return EngineRefusal(
        Reason.CONTENDED, HTTPStatus.SERVICE_UNAVAILABLE, draft_id, headers={"Retry-After": "1"}
    )


def unauthorized(challenge: str = "Bearer") -> EngineRefusal:
    """The call has no valid token; `challenge` is RFC 6750's."""
    return EngineRefusal(
        Reason.UNAUTHORIZED, HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": challenge}
    )


def unavailable() -> EngineRefusal:
    """The database does not answer, or the issuer of the keys for tokens."""
    return EngineRefusal(
        Reason.UNAVAILABLE, HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "5"}
    )


def unreadable(
    status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None
) -> EngineRefusal:
    """The body cannot be read, or is too large."""
    return EngineRefusal(Reason.UNREADABLE, status, detail=detail, headers=headers or {})


def unexpected() -> EngineRefusal:
    """An unexpected error."""
    return EngineRefusal(Reason.UNEXPECTED, HTTPStatus.INTERNAL_SERVER_ERROR)
