"""Pushes to the clients of this instance that watch a seller."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Protocol

import orjson
import structlog

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value
from assembly_service.domain.trace_context import TraceContext
from assembly_service.http.event_streams import event_frame
from assembly_service.notification.socketio.packets import Outgoing, event_packet
from assembly_service.notification.socketio.server import Client
from assembly_service.notification.socketio.websocket import LARGEST_PACKET
from assembly_service.runtime.tracing import NO_TRACING, Step, Tracing

LARGEST_PUSH = LARGEST_PACKET - 1024
"""In bytes, without the frame around it."""
RESYNC = "resync"
"""The event that asks clients to reload a seller's products."""
_STEP = Step("push")

log = structlog.get_logger()


class ResyncReason(StrEnum):
    """Why a client has to reload a seller's products."""

    TOO_MANY_CHANGES = "too_many_changes"
    CONNECTION_RESTORED = "connection_restored"
    PRODUCT_TOO_LARGE = "product_too_large"
    CHANGE_UNCONFIRMED = "change_unconfirmed"
    UNKNOWN_MARK = "unknown_mark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """An event for everyone who watches a seller."""

    event: str
    seller_handle: str
    payload: dict[str, Value]
    trace_context: TraceContext = field(default_factory=dict)


@dataclass(frozen=True)
class EncodedPush:
    """An event and its payload as JSON, in the form of each door: encoded once for all clients."""

    event: str
    data: bytes

    @cached_property
    def packet(self) -> Outgoing:
        """The packet for sockets."""
        return event_packet(self.event, orjson.Fragment(self.data))

    @cached_property
    def frame(self) -> bytes:
        """The frame for event streams."""
        return event_frame(self.event, self.data)


class Stream(Protocol):
    """A client that watches one seller by an event stream."""

    def send(self, frame: bytes) -> None:
        """Write a frame without waiting."""
        ...


def resync(seller_handle: str, reason: ResyncReason, timestamp: str) -> Push:
    """Return the request to reload a seller's products, made at `timestamp`."""
    payload = {"seller_handle": seller_handle, "reason": reason.value, "timestamp": timestamp}
    return Push(event=RESYNC, seller_handle=seller_handle, payload=payload)


class Rooms:
    """The rooms of this instance: who watches each seller.

    `on_push`, if set, is called with every push before any client gets it, whether or not anybody
    watches; `on_resync`, if set, with every seller whose watchers here are asked to reload;
    `on_delivery`, if set, with every push to watchers here, how many got it, and the bytes of all.
    """

    on_push: Callable[[Push], None] | None = None
    on_resync: Callable[[str], None] | None = None
    on_delivery: Callable[[Push, int, int], None] | None = None

    def __init__(self, *, tracing: Tracing = NO_TRACING) -> None:
        self._tracing = tracing
        self._clients: dict[str, set[Client]] = {}
        self._streams: dict[str, set[Stream]] = {}

    @property
    def failure(self) -> str | None:
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
        for push in pushes:
            if self.on_push is not None:
                self.on_push(push)
        watched = [push for push in pushes if self.is_watched(push.seller_handle)]
        if watched:
            with self._tracing.spans(_STEP, watched):
                self._deliver(watched)

    def _deliver(self, pushes: Sequence[Push]) -> None:
        packets: defaultdict[Client, list[Outgoing]] = defaultdict(list)
        handed_to: list[tuple[Push, int]] = []
        for push in pushes:
            encoded = encode(push)
            if encoded.event == RESYNC and self.on_resync is not None:
                self.on_resync(push.seller_handle)
            clients = self._clients.get(push.seller_handle, ())
            streams = self._streams.get(push.seller_handle, ())
            for client in clients:
                packets[client].append(encoded.packet)
            for stream in streams:
                stream.send(encoded.frame)
            count = len(clients) + len(streams)
            if self.on_delivery is not None:
                size = len(clients) * encoded.packet.size if clients else 0
                size += len(streams) * len(encoded.frame) if streams else 0
                self.on_delivery(push, count, size)
            if encoded.event != RESYNC:
                handed_to.append((push, count))
        for client, of_client in packets.items():
            client.send(of_client, to_many=True)
        for push, count in handed_to:
            _log_delivery(push, count)

    def is_watched(self, seller_handle: str) -> bool:
        """Whether a client of this instance watches the seller."""
        return seller_handle in self._streams or seller_handle in self._clients

    def sellers(self) -> list[str]:
        """Return the sellers that clients of this instance watch."""
        return [*self._clients.keys() | self._streams.keys()]

    def add_client(self, seller_handle: str, client: Client) -> None:
        """Let a client watch a seller."""
        self._clients.setdefault(seller_handle, set()).add(client)

    def remove_client(self, seller_handle: str, client: Client) -> None:
        """Let a client watch a seller no longer."""
        self._clients[seller_handle].remove(client)
        if not self._clients[seller_handle]:
            del self._clients[seller_handle]

    def add_stream(self, seller_handle: str, stream: Stream) -> None:
        """Let a stream watch a seller."""
        self._streams.setdefault(seller_handle, set()).add(stream)

    def remove_stream(self, seller_handle: str, stream: Stream) -> None:
        """Let a stream watch a seller no longer."""
        self._streams[seller_handle].remove(stream)
        if not self._streams[seller_handle]:
            del self._streams[seller_handle]


def _log_delivery(push: Push, clients: int) -> None:
    """Log that a product was handed to so many clients here, with any correlation id."""
    log.info(
        "product_delivered",
        event_type=push.event,
        seller_handle=push.seller_handle,
        video_id=push.payload["product"]["video_id"],
        correlation_id=push.payload.get("correlation_id"),
        clients=clients,
    )


def encode(push: Push) -> EncodedPush:
    """Return what clients are sent for a push: if it is too large, a request to reload.

    Raises TypeError if its payload is not JSON.
    """
    data = exact_json.dumps(push.payload)
    if len(data) <= LARGEST_PUSH:
        return EncodedPush(push.event, data)
    timestamp = push.payload["timestamp"]
    reload = resync(push.seller_handle, ResyncReason.PRODUCT_TOO_LARGE, timestamp)
    return EncodedPush(reload.event, exact_json.dumps(reload.payload))
