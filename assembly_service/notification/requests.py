"""Parses and checks the requests of socket clients."""

from dataclasses import dataclass
from enum import StrEnum

from assembly_service.domain.exact_json import Value
from assembly_service.domain.names import is_seller_handle
from assembly_service.domain.timestamps import parse_timestamp
from assembly_service.shop.pages import MOST_PRODUCTS


class RefusalCode(StrEnum):
    """Why a request was refused."""

    UNKNOWN_EVENT = "unknown_event"
    INVALID_PAYLOAD = "invalid_payload"
    INVALID_SELLER_HANDLE = "invalid_seller_handle"
    INVALID_SINCE = "invalid_since"
    INVALID_SNAPSHOT = "invalid_snapshot"
    TOO_MANY_SUBSCRIPTIONS = "too_many_subscriptions"
    TOO_MANY_REQUESTS = "too_many_requests"
    SELLER_NOT_ALLOWED = "seller_not_allowed"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - a code
    TEMPORARILY_UNAVAILABLE = "temporarily_unavailable"
    INTERNAL_ERROR = "internal_error"


EXPIRED = "The token has expired: connect again with a new one."


class RequestRefused(Exception):
    """Refuses a request; the message is one sentence for the client. `retry_after`: seconds."""

    def __init__(self, code: RefusalCode, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after


def error_payload(code: RefusalCode, message: str, timestamp: str) -> dict[str, Value]:
    """Return what a client is told of an error."""
    return {"code": code.value, "message": message, "timestamp": timestamp}


@dataclass(frozen=True, slots=True)
class SubscribeRequest:
    """A request to watch a seller, and to be shown what was there before.

    `since` is as `parse_timestamp` returns it, or None. `snapshot` is how many of the newest
    products are asked for; None without any, and always with `since`.
    """

    seller_handle: str
    since: str | None
    snapshot: int | None


def parse_subscription(arguments: list[Value]) -> SubscribeRequest:
    """Parse the arguments of `subscribe_to_seller`. Raises RequestRefused."""
    payload = _object(arguments)
    seller_handle = _seller_handle(payload)
    since, snapshot = _since(payload.get("since")), _snapshot(payload.get("snapshot"))
    return SubscribeRequest(seller_handle, since, snapshot if since is None else None)


def parse_unsubscription(arguments: list[Value]) -> str | None:
    """Return the seller to unsubscribe from, or None for all. Raises RequestRefused."""
    if arguments in ([], [None]):
        return None
    payload = _object(arguments)
    return _seller_handle(payload) if "seller_handle" in payload else None


def parse_status_request(arguments: list[Value]) -> None:
    """Check that the only argument of a status request is an object. Raises RequestRefused."""
    if arguments not in ([], [None]):
        _object(arguments)


def _object(arguments: list[Value]) -> dict[str, Value]:
    if len(arguments) == 1 and isinstance(arguments[0], dict):
        return arguments[0]
    raise RequestRefused(RefusalCode.INVALID_PAYLOAD, "Send exactly one object with the event.")


def _seller_handle(payload: dict[str, Value]) -> str:
    seller_handle = payload.get("seller_handle")
    if is_seller_handle(seller_handle):
        return str(seller_handle)
    raise RequestRefused(
        RefusalCode.INVALID_SELLER_HANDLE,
        "Give seller_handle as 1 to 64 letters, digits, dots, underscores or hyphens.",
    )


def _since(since: Value) -> str | None:
    # Clients send null when they have no timestamp yet.
    if since is None:
        return None
    try:
        if isinstance(since, str):
            return parse_timestamp(since)
    except ValueError:
        pass
    raise RequestRefused(
        RefusalCode.INVALID_SINCE,
        "Give since as an RFC 3339 date and time with a zone, such as 2026-01-31T12:00:00.000Z.",
    )


def _snapshot(snapshot: Value) -> int | None:
    if snapshot is None:
        return None
    if type(snapshot) is int and 1 <= snapshot <= MOST_PRODUCTS:
        return snapshot
    raise RequestRefused(
        RefusalCode.INVALID_SNAPSHOT,
        f"Give snapshot as a whole number from 1 to {MOST_PRODUCTS}: "
        "how many of the newest products to show.",
    )
