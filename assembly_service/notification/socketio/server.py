"""The Socket.IO server: handles the packets of a connection one after another, in order."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any, Protocol

import structlog
from aiohttp import web
from socketio import packet as types

from assembly_service.domain.exact_json import Value
from assembly_service.notification.drain import goodbyes
from assembly_service.notification.socketio.admission import (
    Admission,
    AdmissionUnavailable,
    ConnectRefused,
    Credentials,
)
from assembly_service.notification.socketio.connection import Connection
from assembly_service.notification.socketio.engine import Admits, Engine, new_id
from assembly_service.notification.socketio.inbox import Inbox
from assembly_service.notification.socketio.packets import (
    NAMESPACE,
    Outgoing,
    Packet,
    acknowledgement_packet,
    connected_packet,
    decode,
    event_packet,
    namespace_of,
    refused_packet,
)
from assembly_service.runtime.metrics import ClientMetrics, Limit

SERVICE_STOPPING = "service_stopping"
_MOST_REFUSALS = 3
"""A client may try another token or namespace. Stock ones leave after a refusal by themselves."""

log = structlog.get_logger()


class _Type:
    """The first character of a Socket.IO packet."""

    CONNECT = str(types.CONNECT)
    DISCONNECT = str(types.DISCONNECT)
    EVENT = str(types.EVENT)
    ACK = str(types.ACK)
    BINARY_EVENT = str(types.BINARY_EVENT)
    BINARY_ACK = str(types.BINARY_ACK)


class Client(Protocol):
    """A client in the namespace."""

    @property
    def client_id(self) -> str:
        """Its id, which no other client has."""
        ...

    def send(self, packets: Sequence[Outgoing], *, to_many: bool = False) -> None:
        """Send packets without waiting. Only what goes `to_many` clients is deflated."""
        ...

    async def send_when_read(self, *packets: Outgoing) -> None:
        """Send packets once the client has read most of what was sent before."""
        ...

    def dismiss(self, goodbye: Outgoing, reason: str) -> None:
        """Send a last packet, and end the connection."""
        ...


class Namespace(Protocol):
    """Handles what the clients of the namespace do."""

    def on_connect(self, client: Client, admitted: Any) -> Outgoing:
        """Handle a new client, admitted as this, and return its greeting."""
        ...

    def on_disconnect(self, client: Client) -> None:
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
    ) -> tuple[Outgoing, Value]:
        """Handle an event, and return the answer and its acknowledgement. Never raises.

        `pending` more packets of the connection are queued behind it. `acknowledged` says whether
        the client asked for an acknowledgement.
        """
        ...


class Server:
    """Socket.IO with one namespace and no binary data. A malformed packet ends its connection.

    While an event is answered, which may take a read of the table, further packets wait in an
    inbox. Only then does the connection have a task. `admission` says who may join; without it
    everybody may, as `everybody`.
    """

    def __init__(
        self,
        *,
        admits: Admits,
        most: int,
        metrics: ClientMetrics,
        admission: Admission | None = None,
        everybody: object = None,
    ) -> None:
        self.engine = Engine(admits=admits, most=most, owner=self, limits=metrics.limits)
        self._admission = admission
        self._everybody = everybody
        self._metrics = metrics
        self._namespace: Namespace | None = None
        self._all_ended = asyncio.Event()
        for transport, polling in (("websocket", False), ("polling", True)):
            count = partial(self._count_clients, polling=polling)
            metrics.by_transport.labels(transport).set_function(count)

    def serve(self, app: web.Application, namespace: Namespace) -> None:
        """Serve at `/socket.io` of the app."""
        self._namespace = namespace
        self.engine.serve(app)

    async def close(self, reason: str, *, timestamp: str, seconds: float = 0) -> None:
        """Refuse new clients; send all others the reason, and disconnect them.

        Spreads them over so many seconds. Whoever does not answer is cut CLOSE_SECONDS later.
        """
        self.engine.closing_reason = reason
        goodbye = event_packet(
            "error", {"code": SERVICE_STOPPING, "message": reason, "timestamp": timestamp}
        )
        connections = self.engine.connections
        async for some in goodbyes(tuple(connections.values()), seconds):
            for connection in some:
                connection.dismiss(goodbye if connection.client_id else None, reason)
        if connections:
            self._all_ended.clear()
            await self._all_ended.wait()

    def on_message(self, connection: Connection, text: str) -> None:
        """Handle a Socket.IO packet, after those of its connection that are not handled yet."""
        inbox = connection.inbox
        if inbox is None:
            if (event := self._handle(connection, text)) is not None:
                connection.inbox = inbox = Inbox()
                inbox.task = asyncio.create_task(
                    self._answer_all(connection, inbox, event), name="sockets: answer all"
                )
        elif not inbox.put(text):
            self._metrics.limits.reached(Limit.QUEUED_PACKETS)
            log.info("flooding_client_dropped", connection_id=connection.connection_id)
            connection.end()

    def on_slow(self, connection: Connection) -> None:
        """Note a client that reads too slowly."""
        self._metrics.slow_clients.inc()
        log.info("slow_client_dropped", client_id=connection.client_id)

    def on_never_joined(self, connection: Connection) -> None:
        """Note a client that has not joined in time."""
        self._metrics.never_joined.inc()
        log.info("idle_connection_dropped", connection_id=connection.connection_id)

    def on_end(self, connection: Connection) -> None:
        """Forget a connection that has ended."""
        self.engine.forget(connection)
        if connection.inbox is not None and connection.inbox.task is not None:
            connection.inbox.task.cancel()
        if connection.client_id:
            self._handler().on_disconnect(connection)
        if not self.engine.connections:
            self._all_ended.set()

    def _count_clients(self, *, polling: bool) -> int:
        """Count the clients by their transport, at a scrape: nothing else needs the numbers."""
        connections = self.engine.connections.values()
        return sum(
            1 for each in connections if each.client_id and (each.polling is not None) is polling
        )

    def _handler(self) -> Namespace:
        if self._namespace is None:
            raise RuntimeError("serve() was not called")
        return self._namespace

    def _handle(self, connection: Connection, text: str) -> Packet | None:
        """Handle a packet at once, or return it if its answer may take long, as an event's may."""
        # Only what is answered in turn, and so bounded by the inbox, is worth decoding.
        match text[:1]:
            case _Type.EVENT | _Type.BINARY_EVENT if connection.client_id:
                event = decode(text)
                if event is not None and event.namespace == NAMESPACE:
                    return event
            case _Type.CONNECT if namespace_of(text) != NAMESPACE:
                self._refuse(connection, namespace_of(text), f"Use {NAMESPACE}.")
                return None
            case _Type.CONNECT if not connection.client_id:
                if self._admission is None:
                    self._join(connection, self._everybody)
                    return None
                if (request := decode(text)) is not None:
                    return request
            case _Type.DISCONNECT:
                if namespace_of(text) == NAMESPACE:
                    connection.end()
                return None
            case _Type.ACK | _Type.BINARY_ACK:
                # The service asks for none.
                return None
        log.info("malformed_packet_refused", connection_id=connection.connection_id)
        connection.end()
        return None

    async def _answer_all(self, connection: Connection, inbox: Inbox, first: Packet) -> None:
        event: Packet | None = first
        try:
            while event is not None:
                await self._answer(connection, event, inbox)
                event = None
                while event is None and inbox.pending and _is_served(connection):
                    event = self._handle(connection, inbox.take())
            connection.inbox = None
        except Exception:
            log.exception("packet_failed", connection_id=connection.connection_id)
            connection.end()

    async def _admit(self, admission: Admission, connection: Connection, packet: Packet) -> None:
        try:
            admitted = await admission(Credentials(packet.data, connection.authorization))
        except ConnectRefused as refusal:
            self._refuse(connection, NAMESPACE, str(refusal), code=refusal.code)
        except AdmissionUnavailable as error:
            # Stock clients come back by themselves from this, but not from a refusal.
            connection.dismiss(None, str(error))
        else:
            # It may have been told to leave meanwhile.
            if _is_served(connection):
                self._join(connection, admitted)

    def _refuse(self, connection: Connection, namespace: str, why: str, *, code: str = "") -> None:
        refused = refused_packet(namespace, why, code=code)
        connection.refusals += 1
        if connection.refusals < _MOST_REFUSALS:
            connection.send([refused])
        else:
            connection.dismiss(refused, why)

    def _join(self, connection: Connection, admitted: object) -> None:
        connection.client_id = new_id()
        connection.authorization = ()
        greeting = self._handler().on_connect(connection, admitted)
        # Clients in some languages lose events that precede the answer to their connect.
        connection.send([connected_packet(connection.client_id), greeting])

    async def _answer(self, connection: Connection, packet: Packet, inbox: Inbox) -> None:
        if self._admission is not None and packet.packet_type == types.CONNECT:
            await self._admit(self._admission, connection, packet)
            return
        event, *arguments = packet.data
        answer, acknowledgement = await self._handler().on_event(
            connection,
            event,
            arguments,
            pending=inbox.pending,
            acknowledged=packet.id is not None,
        )
        packets = [answer]
        if packet.id is not None:
            packets.append(acknowledgement_packet(packet.id, acknowledgement))
        await connection.send_when_read(*packets)


def _is_served(connection: Connection) -> bool:
    return connection.is_open and not connection.is_dismissed
