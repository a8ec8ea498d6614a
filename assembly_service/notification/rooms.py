"""Pushes to the clients of this instance that watch a seller."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import socketio

from assembly_service.domain.exact_json import Value
from assembly_service.notification.socketio.packets import NAMESPACE, Outgoing, event_packet
from assembly_service.notification.socketio.send_queue import MOST_BYTES

LARGEST_PUSH = MOST_BYTES * 3 // 4
"""In bytes. Together with what else is queued, a larger push would drop every recipient."""
RESYNC = "resync"
"""The event that asks clients to reload a seller's products."""


class ResyncReason(StrEnum):
    """Why a client has to reload a seller's products."""

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
    """Return the request to reload a seller's products, made at `timestamp`."""
    payload = {"seller_handle": seller_handle, "reason": reason.value, "timestamp": timestamp}
    return Push(event=RESYNC, seller_handle=seller_handle, payload=payload)


class Rooms(socketio.AsyncManager):  # type: ignore[misc]
    """The rooms of this instance. A room is named after a seller, in the namespace of products.

    python-socketio sets `server`. `on_push`, if set, is called with every push before any client
    gets it, whether or not anybody watches; `on_resync`, if set, with every seller whose watchers
    here are asked to reload.
    """

    on_push: Callable[[Push], None] | None = None
    on_resync: Callable[[str], None] | None = None

    @property
    def trouble(self) -> str | None:
        """Why pushes to or from other instances are being lost; None if they are not."""
        return None

    async def start(self) -> None:
        """Connect to the other instances; without a bus there are none."""

    async def close(self) -> None:
        """Disconnect from the other instances; without a bus there are none."""

    async def push(self, pushes: Sequence[Push]) -> None:
        """Push to watching clients on every instance. Does not wait for clients."""
        self.broadcast(pushes)

    def broadcast(self, pushes: Sequence[Push]) -> None:
        """Push to the clients of this instance. Each payload has a `timestamp`.

        Raises TypeError if a payload is not JSON.
        """
        packets: defaultdict[str, list[Outgoing]] = defaultdict(list)
        for push in pushes:
            if self.on_push is not None:
                self.on_push(push)
            if watching := self.rooms.get(NAMESPACE, {}).get(push.seller_handle):
                packet, is_resync = _packet(push)
                if is_resync and self.on_resync is not None:
                    self.on_resync(push.seller_handle)
                for connection_id in watching.values():
                    packets[connection_id].append(packet)
        for connection_id, of_client in packets.items():
            self.server.eio.deliver(connection_id, *of_client)

    def is_watched(self, seller_handle: str) -> bool:
        """Whether a client of this instance watches the seller."""
        return bool(self.rooms.get(NAMESPACE, {}).get(seller_handle))

    def sellers(self) -> list[str]:
        """Return the sellers that clients of this instance watch."""
        rooms = self.rooms.get(NAMESPACE, {})
        return [room for room in rooms if room and not self.is_sid_room(NAMESPACE, room)]

    def connection_ids(self) -> list[str]:
        """Return the connections of all clients in the namespace."""
        return list(self.rooms.get(NAMESPACE, {}).get(None, {}).values())

    async def emit(
        self, event: str, data: Any, namespace: str, room: str | None = None, **_: Any
    ) -> None:
        """Push to a room of the namespace; python-socketio's interface."""
        if namespace == NAMESPACE and room is not None:
            await self.push([Push(event=event, seller_handle=room, payload=data)])


def _packet(push: Push) -> tuple[Outgoing, bool]:
    """Return the packet to send, and whether it asks clients to reload."""
    packet = event_packet(push.event, push.payload)
    if packet.size <= LARGEST_PUSH:
        return packet, push.event == RESYNC
    timestamp = push.payload["timestamp"]
    reload = resync(push.seller_handle, ResyncReason.PRODUCT_TOO_LARGE, timestamp)
    return event_packet(reload.event, reload.payload), True
