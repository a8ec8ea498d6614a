"""Who watches which seller on this instance, and how a push reaches them."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import socketio

from assembly_service.domain.exact_json import Value
from assembly_service.notification.socketio.packets import NAMESPACE, Outgoing, event_packet
from assembly_service.notification.socketio.send_queue import MOST_BYTES

# Together with what else may wait for a client, a larger one would drop everyone it is for.
_LARGEST_PUSH = MOST_BYTES * 3 // 4
RESYNC = "resync"
"""The event that asks for a seller's products to be loaded again."""


class ResyncReason(StrEnum):
    """Why a client has to load a seller's products again."""

    TOO_MANY_CHANGES = "too_many_changes"
    CONNECTION_RESTORED = "connection_restored"
    PRODUCT_TOO_LARGE = "product_too_large"
    CHANGE_UNCONFIRMED = "change_unconfirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """An event for everyone who watches a seller."""

    event: str
    seller_handle: str
    payload: dict[str, Value]


def resync(seller_handle: str, reason: ResyncReason, timestamp: str) -> Push:
    """The request to load a seller's products again, made at `timestamp`."""
    payload = {"seller_handle": seller_handle, "reason": reason.value, "timestamp": timestamp}
    return Push(event=RESYNC, seller_handle=seller_handle, payload=payload)


class Rooms(socketio.AsyncManager):  # type: ignore[misc]
    """The rooms of this instance. A room is a seller's handle in the namespace of products.

    `server` is set by the server that the rooms are given to. `hear`, if set, is told of every
    push before any client is, whether anybody watches or not; `resynced`, if set, of every seller
    whose watchers here are asked to load its products again.
    """

    hear: Callable[[Push], None] | None = None
    resynced: Callable[[str], None] | None = None

    @property
    def trouble(self) -> str | None:
        """Why other instances cannot be reached; there are none."""
        return None

    async def start(self) -> None:
        """Reach out to other instances; there are none."""

    async def close(self) -> None:
        """Let go of other instances; there are none."""

    async def push(self, pushes: Sequence[Push]) -> None:
        """Push to everyone, wherever they are connected. Waits for no client."""
        self.broadcast(pushes)

    def broadcast(self, pushes: Sequence[Push]) -> None:
        """Push to the clients of this instance. Each payload has a `timestamp`.

        Raises TypeError if a payload is not JSON.
        """
        packets: defaultdict[str, list[Outgoing]] = defaultdict(list)
        for push in pushes:
            if self.hear is not None:
                self.hear(push)
            if watching := self.rooms.get(NAMESPACE, {}).get(push.seller_handle):
                packet, is_resync = _packet(push)
                if is_resync and self.resynced is not None:
                    self.resynced(push.seller_handle)
                for connection_id in watching.values():
                    packets[connection_id].append(packet)
        for connection_id, of_client in packets.items():
            self.server.eio.deliver(connection_id, *of_client)

    def is_watched(self, seller_handle: str) -> bool:
        """Whether anybody here watches the seller."""
        return bool(self.rooms.get(NAMESPACE, {}).get(seller_handle))

    def sellers(self) -> list[str]:
        """The sellers that are watched here."""
        rooms = self.rooms.get(NAMESPACE, {})
        return [room for room in rooms if room and not self.is_sid_room(NAMESPACE, room)]

    def connection_ids(self) -> list[str]:
        """The connections of all clients in the namespace."""
        return list(self.rooms.get(NAMESPACE, {}).get(None, {}).values())

    async def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: str | None = None,
        **_: Any,
    ) -> None:
        """python-socketio's way to push. Only rooms of the namespace exist here."""
        if namespace == NAMESPACE and room is not None:
            await self.push([Push(event=event, seller_handle=room, payload=data)])


def _packet(push: Push) -> tuple[Outgoing, bool]:
    """What goes out, and whether it asks to load the seller's products again."""
    packet = event_packet(push.event, push.payload)
    if packet.size > _LARGEST_PUSH:
        return _too_large(push), True
    return packet, push.event == RESYNC


def _too_large(push: Push) -> Outgoing:
    timestamp = push.payload["timestamp"]
    again = resync(push.seller_handle, ResyncReason.PRODUCT_TOO_LARGE, timestamp)
    return event_packet(again.event, again.payload)
