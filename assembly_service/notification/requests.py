"""What clients ask for, checked."""

from dataclasses import dataclass
from enum import StrEnum

from pydantic import TypeAdapter, ValidationError

from assembly_service.domain.events import SellerHandle
from assembly_service.domain.exact_json import Value
from assembly_service.domain.timestamps import parse_instant

_SELLER_HANDLE: TypeAdapter[str] = TypeAdapter(SellerHandle)


class RefusalCode(StrEnum):
    """Why a request was refused."""

    UNKNOWN_EVENT = "unknown_event"
    INVALID_PAYLOAD = "invalid_payload"
    INVALID_SELLER_HANDLE = "invalid_seller_handle"
    INVALID_SINCE = "invalid_since"
    TOO_MANY_SUBSCRIPTIONS = "too_many_subscriptions"
    TOO_MANY_REQUESTS = "too_many_requests"
    TEMPORARILY_UNAVAILABLE = "temporarily_unavailable"
    INTERNAL_ERROR = "internal_error"


class RequestRefused(Exception):
    """A request that is answered by an error; the message is one sentence for its sender.

    `retry_after` are seconds.
    """

    def __init__(self, code: RefusalCode, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Subscription:
    """The wish to watch a seller. `since` is an instant as this service writes them, or None."""

    seller_handle: str
    since: str | None


def is_seller_handle(value: Value) -> bool:
    """Whether the value is a text of the form of a seller's handle."""
    try:
        _SELLER_HANDLE.validate_python(value, strict=True)
    except ValidationError:
        return False
    return True


def parse_subscription(arguments: list[Value]) -> Subscription:
    """The arguments of `subscribe_to_seller`. Raises RequestRefused."""
    payload = _object(arguments)
    return Subscription(_seller_handle(payload), _since(payload.get("since")))


def parse_unsubscription(arguments: list[Value]) -> str | None:
    """The seller of `unsubscribe`; None for all of them. Raises RequestRefused."""
    if arguments in ([], [None]):
        return None
    payload = _object(arguments)
    return _seller_handle(payload) if "seller_handle" in payload else None


def parse_status_request(arguments: list[Value]) -> None:
    """`get_subscription_status` has no arguments to speak of. Raises RequestRefused."""
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
    # Clients write null for what they do not have yet.
    if since is None:
        return None
    try:
        if isinstance(since, str):
            return parse_instant(since)
    except ValueError:
        pass
    raise RequestRefused(
        RefusalCode.INVALID_SINCE,
        "Give since as an RFC 3339 date and time with a zone, such as 2026-01-31T12:00:00.000Z.",
    )
