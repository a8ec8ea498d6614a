"""The Socket.IO server: handles the packets of a connection one after another, in order."""

import asyncio
import logging
from collections import deque
from dataclasses import dataclass
from typing import Any, Protocol

import socketio
import structlog
from aiohttp import web
from engineio.async_drivers import aiohttp as driver
from socketio import packet as types

from assembly_service.domain.exact_json import Value
from assembly_service.notification.socketio.engineio_server import Admits, EngineIoServer
from assembly_service.notification.socketio.packets import (
    NAMESPACE,
    Outgoing,
    Packet,
    decode,
    event_packet,
)
from assembly_service.notification.socketio.transports import STALL_SECONDS
from assembly_service.runtime.metrics import NotificationMetrics

_MOST_PACKETS_IN = 256
_MOST_CHARACTERS_IN = 256 * 1024
JOIN_SECONDS = 20.0
"""How long a connection may stay open without joining the namespace of products."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Client:
    """A client in the namespace: its id there, and the id of its connection."""

    client_id: str
    connection_id: str


class Namespace(Protocol):
    """Handles what the clients of the namespace do."""

    def on_connect(self, client: Client) -> None:
        """Handle a new client, to which events may be sent at once."""
        ...

    def on_disconnect(self, client_id: str) -> None:
        """Handle the end of a client."""
        ...

    async def on_event(
        self,
        client: Client,
        event: Value,
        arguments: list[Value],
        *,
        pending: int,
        acknowledged: bool,
    ) -> Value:
        """Handle an event, and return its acknowledgement. Never raises.

        `pending` more packets of the connection are queued behind it. `acknowledged` says whether
        the client asked for an acknowledgement.
        """
        ...


class _Inbox:
    """The bounded queue of packets that a connection has sent."""

    def __init__(self) -> None:
        self._packets: deque[str] = deque()
        self._characters = 0
        self._filled = asyncio.Event()

    def put(self, data: str) -> bool:
        """Queue a packet. Returns whether the queue is still within its bounds."""
        self._packets.append(data)
        self._characters += len(data)
        self._filled.set()
        return len(self._packets) <= _MOST_PACKETS_IN and self._characters <= _MOST_CHARACTERS_IN

    @property
    def pending(self) -> int:
        """The number of queued packets."""
        return len(self._packets)

    async def get(self) -> str:
        """Wait for the next packet."""
        while not self._packets:
            self._filled.clear()
            await self._filled.wait()
        data = self._packets.popleft()
        self._characters -= len(data)
        return data


class Server(socketio.AsyncServer):  # type: ignore[misc]
    """python-socketio with one namespace and no binary data. A malformed packet ends a connection.

    Packets are queued in an inbox, which a task of its own handles, so that the connection's reader
    still answers pings while a subscription reads the table.
    """

    def __init__(
        self, *, rooms: socketio.AsyncManager, admits: Admits, metrics: NotificationMetrics
    ) -> None:
        super().__init__(
            client_manager=rooms,
            serializer=Packet,
            namespaces=[NAMESPACE],
            # Clients in some languages lose events that precede the answer to their connect.
            always_connect=True,
            logger=logging.getLogger("socketio.server"),
            engineio_logger=logging.getLogger("engineio.server"),
            admits=admits,
            metrics=metrics,
        )
        self.eio: EngineIoServer
        self._metrics = metrics
        self._inboxes: dict[str, tuple[_Inbox, asyncio.Task[None]]] = {}
        self._joining: dict[str, asyncio.TimerHandle] = {}
        self._namespace: Namespace | None = None

    def serve(self, app: web.Application, namespace: Namespace) -> None:
        """Serve at `/socket.io` of the app, with or without a trailing slash."""
        self._namespace = namespace
        self.on("connect", self._on_connect, namespace=NAMESPACE)
        self.on("disconnect", self._on_disconnect, namespace=NAMESPACE)
        self.attach(app)
        driver.create_route(app, self.eio, "/socket.io")

    def send_event(self, client: Client, event: str, payload: dict[str, Value]) -> None:
        """Send an event to one client without waiting."""
        self.eio.deliver(client.connection_id, event_packet(event, payload))

    async def send_when_read(self, client: Client, packet: Outgoing) -> None:
        """Send a packet once the client has read enough of what is queued for it.

        A client that stops reading is dropped.
        """
        send_queue = self.eio.send_queue(client.connection_id)
        if send_queue is None:
            return
        try:
            async with asyncio.timeout(STALL_SECONDS):
                await send_queue.room_for(packet.size)
        except TimeoutError:
            self.eio.drop_slow(client.connection_id)
        self.eio.deliver(client.connection_id, packet)

    async def close(self, reason: str, *, timestamp: str) -> None:
        """Send every client the reason, and disconnect it. Does nothing the second time."""
        if self.eio.closing_reason is not None:
            return
        goodbye = event_packet(
            "error", {"code": "service_stopping", "message": reason, "timestamp": timestamp}
        )
        for connection_id in tuple(self.manager.connection_ids()):
            self.eio.deliver(connection_id, goodbye)
        await self.eio.close(reason)

    def _on_connect(self, client_id: str, _environ: object, _auth: object) -> None:
        client = Client(client_id, self.manager.eio_sid_from_sid(client_id, NAMESPACE))
        if timer := self._joining.pop(client.connection_id, None):
            timer.cancel()
        self._handler().on_connect(client)

    def _on_disconnect(self, client_id: str, _reason: str) -> None:
        self._handler().on_disconnect(client_id)

    def _handler(self) -> Namespace:
        if self._namespace is None:
            raise RuntimeError("serve() was not called")
        return self._namespace

    async def _handle_eio_connect(self, connection_id: str, environ: dict[str, Any]) -> None:
        self.environ[connection_id] = environ
        inbox = _Inbox()
        task = self.start_background_task(self._handle_inbox, connection_id, inbox)
        self._inboxes[connection_id] = inbox, task
        self._joining[connection_id] = asyncio.get_running_loop().call_later(
            JOIN_SECONDS, self._drop_idle, connection_id
        )

    def _drop_idle(self, connection_id: str) -> None:
        self._metrics.never_joined.inc()
        log.info("idle_connection_dropped", connection_id=connection_id)
        self.eio.drop(connection_id)

    async def _handle_eio_message(self, connection_id: str, data: str) -> None:
        if connection_id in self._inboxes and not self._inboxes[connection_id][0].put(data):
            log.info("flooding_client_dropped", connection_id=connection_id)
            self.eio.drop(connection_id)

    async def _handle_eio_disconnect(self, connection_id: str, reason: str) -> None:
        # The engine raises if a closed connection is still in its table.
        if socket := self.eio.sockets.pop(connection_id, None):
            # Ends a pending poll, but only after the farewell that may be queued next.
            asyncio.get_running_loop().call_soon(socket.queue.put_nowait, None)
        if entry := self._inboxes.pop(connection_id, None):
            entry[1].cancel()
        if timer := self._joining.pop(connection_id, None):
            timer.cancel()
        await super()._handle_eio_disconnect(connection_id, reason)

    async def _handle_inbox(self, connection_id: str, inbox: _Inbox) -> None:
        while True:
            data = await inbox.get()
            packet = decode(data)
            if packet is None:
                log.info("malformed_packet_refused", connection_id=connection_id)
                self.eio.drop(connection_id)
                return
            try:
                await self._handle_packet(connection_id, packet, inbox)
            except Exception:
                log.exception("packet_failed", connection_id=connection_id)
                self.eio.drop(connection_id)
                return

    async def _handle_packet(self, connection_id: str, packet: Packet, inbox: _Inbox) -> None:
        namespace = packet.namespace or "/"
        match packet.packet_type:
            case types.CONNECT:
                await self._handle_connect(connection_id, namespace, packet.data)
            case types.DISCONNECT:
                await self._handle_disconnect(connection_id, namespace)
            case types.EVENT | types.BINARY_EVENT:
                await self._answer_event(connection_id, packet, inbox)
            case types.ACK | types.BINARY_ACK:
                log.debug("unexpected_acknowledgement_ignored", connection_id=connection_id)
            case _:
                self.eio.drop(connection_id)

    async def _answer_event(self, connection_id: str, packet: Packet, inbox: _Inbox) -> None:
        client_id = self.manager.sid_from_eio_sid(connection_id, packet.namespace or "/")
        if not self.manager.is_connected(client_id, packet.namespace or "/"):
            log.info("event_before_connect_refused", connection_id=connection_id)
            self.eio.drop(connection_id)
            return
        client = Client(client_id, connection_id)
        event, *arguments = packet.data
        answer = await self._handler().on_event(
            client,
            event,
            arguments,
            pending=inbox.pending,
            acknowledged=packet.id is not None,
        )
        if packet.id is not None:
            acknowledgement = Packet(types.ACK, data=[answer], namespace=NAMESPACE, id=packet.id)
            await self.send_when_read(client, Outgoing(acknowledgement.encode()))

    async def _send_packet(self, connection_id: str, packet: Packet) -> None:
        self.eio.deliver(connection_id, Outgoing(packet.encode()))

    def _engineio_server_class(self) -> type[EngineIoServer]:
        return EngineIoServer
