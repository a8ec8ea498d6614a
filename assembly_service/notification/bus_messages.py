"""What other instances put on the bus, checked before any client sees it."""

from assembly_service.domain import exact_json
from assembly_service.domain.product import EventType
from assembly_service.notification.packets import NAMESPACE, event_packet
from assembly_service.notification.requests import is_seller_handle
from assembly_service.notification.rooms import Push

_EVENTS = frozenset({*EventType, "resync"})
_LARGEST_MESSAGE_BYTES = 4 * 1024 * 1024


def read_push(data: bytes, *, own_host: str) -> Push | None:
    """The push that another instance sent, in python-socketio's form; None for all else."""
    if len(data) > _LARGEST_MESSAGE_BYTES:
        return None
    try:
        message = exact_json.loads(data.decode())
    except ValueError:
        return None
    match message:
        case {
            "method": "emit",
            "event": str(event),
            "data": [{"timestamp": str(_)} as payload],
            "namespace": str(namespace),
            "room": str(room),
            "host_id": str(host),
        } if (
            event in _EVENTS
            and namespace == NAMESPACE
            and is_seller_handle(room)
            and host != own_host
            and not message.get("binary")
        ):
            push = Push(event=event, seller_handle=room, payload=payload)
            return push if _can_be_sent(push) else None
    return None


def _can_be_sent(push: Push) -> bool:
    try:
        event_packet(push.event, push.payload)
    except (TypeError, RecursionError):
        return False
    return True
