"""One client's connection: over polling or a WebSocket, or on the way from one to the other."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import structlog
from aiohttp import WSCloseCode

from assembly_service.notification.socketio.inbox import Inbox
from assembly_service.notification.socketio.packets import (
    CLOSE,
    CLOSE_PACKET,
    MESSAGE,
    NOOP_PACKET,
    PING_PACKET,
    PONG,
    PROBE,
    PROBE_ANSWER_PACKET,
    UPGRADE,
    Outgoing,
)
from assembly_service.notification.socketio.polling import Polling
from assembly_service.notification.socketio.websocket import STALL_SECONDS, WebSocket
from assembly_service.settings.drain import CLOSE_SECONDS

UPGRADE_SECONDS = 10.0
"""How long a client may try a WebSocket before it goes over to it."""

log = structlog.get_logger()


class Owner(Protocol):
    """Whoever the connections belong to."""

    def on_message(self, connection: "Connection", text: str) -> None:
        """Handle a Socket.IO packet."""
        ...

    def on_slow(self, connection: "Connection") -> None:
        """Note a client that reads too slowly. It is dropped next."""
        ...

    def on_never_joined(self, connection: "Connection") -> None:
        """Note a client that has not joined the namespace in time. It is dropped next."""
        ...

    def on_end(self, connection: "Connection") -> None:
        """Handle the end of a connection."""
        ...


class Connection:
    """An Engine.IO session. `client_id` is its client's in the namespace, "" until it has joined.

    `authorization` has the headers of that name with which the client came, until it has joined.
    `refusals` counts how often it was not let in. `slot` is its place in the wheel of heartbeats.
    `is_dismissed` is true from the goodbye on: what its client still asks for is not handled.
    `is_open` is false from the end on.
    """

    __slots__ = (
        "_has_answered",
        "_owner",
        "_transport",
        "authorization",
        "client_id",
        "connection_id",
        "inbox",
        "is_dismissed",
        "is_open",
        "refusals",
        "slot",
        "upgrade",
    )

    def __init__(
        self, connection_id: str, *, owner: Owner, authorization: Sequence[str] = ()
    ) -> None:
        self.connection_id = connection_id
        self.authorization = authorization
        self.client_id = ""
        self.inbox: Inbox | None = None
        self.refusals = 0
        self.slot = 0
        self.upgrade: Upgrade | None = None
        self._owner = owner
        self._transport: Polling | WebSocket | None = None
        self._has_answered = True
        self.is_dismissed = False
        self.is_open = True

    @property
    def polling(self) -> Polling | None:
        """The transport, if the client polls."""
        return self._transport if isinstance(self._transport, Polling) else None

    def use(self, transport: Polling | WebSocket) -> None:
        """Send over a transport from now on, beginning with what no poll has taken."""
        before, self._transport = self._transport, transport
        if isinstance(before, Polling):
            waiting = before.take_all()
            before.end()
            if waiting:
                self.send(waiting)

    def send(self, packets: Sequence[Outgoing], *, to_many: bool = False) -> None:
        """Send packets without waiting. A client that leaves too much unread is dropped."""
        if self.is_open and self._transport is not None:
            self._transport.send(packets, to_many=to_many)

    async def send_when_read(self, *packets: Outgoing) -> None:
        """Send packets once the client has read most of what was sent before.

        A client that stops reading is dropped.
        """
        if self._transport is not None:
            try:
                async with asyncio.timeout(STALL_SECONDS):
                    await self._transport.drain()
            except TimeoutError:
                self.on_slow()
        self.send(packets)

    def on_packet(self, text: str) -> None:
        """Handle an Engine.IO packet. One that no client sends ends the connection."""
        if not self.is_open:
            return
        if text[:1] == MESSAGE:
            if not self.is_dismissed:
                self._owner.on_message(self, text[1:])
        elif text == PONG:
            self._has_answered = True
        else:
            if text != CLOSE:
                log.info("malformed_packet_refused", connection_id=self.connection_id)
            self.end()

    def on_slow(self) -> None:
        """Drop the client, which reads too slowly."""
        if self.is_open:
            self._owner.on_slow(self)
            self.end()

    def on_closed(self) -> None:
        """Handle the end of the WebSocket, which may still be sending its goodbye."""
        self._transport = None
        self.end()

    def ping(self) -> None:
        """Ask the client for a sign of life."""
        self._has_answered = False
        self.send([PING_PACKET])

    def check(self) -> None:
        """Drop the client if it has not answered, or has not joined."""
        if not self.client_id:
            self._owner.on_never_joined(self)
            self.end()
        elif not self._has_answered:
            # A client that polls may have left: its ping is unread in any case.
            if isinstance(self._transport, WebSocket) and self._transport.unread_bytes:
                self._owner.on_slow(self)
            self.end()

    def dismiss(self, goodbye: Outgoing | None, reason: str) -> None:
        """Send a last packet and say goodbye.

        A WebSocket ends once its client has answered, polling once a poll has taken the goodbye,
        and either CLOSE_SECONDS later.
        """
        self.is_dismissed = True
        if goodbye is not None:
            self.send([goodbye])
        if isinstance(self._transport, WebSocket):
            self._transport.close(WSCloseCode.GOING_AWAY, reason)
        else:
            self.send([CLOSE_PACKET])
        if self.polling is not None and self.polling.is_asked:
            self.end()
        elif self.is_open:
            asyncio.get_running_loop().call_later(CLOSE_SECONDS, self.end)

    def end(self) -> None:
        """End the connection at once. Nothing more is sent, nothing waits for the client."""
        if self.is_open:
            self.is_open = False
            if self._transport is not None:
                self._transport.end()
                self._transport = None
            if self.upgrade is not None:
                self.upgrade.websocket.end()
            self._owner.on_end(self)


class Upgrade:
    """The WebSocket that a polling client tries before it goes over to it, or goes on polling."""

    __slots__ = ("_connection", "_is_tried", "_timer", "websocket")

    websocket: WebSocket

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._is_tried = False
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(UPGRADE_SECONDS, self.on_slow)

    def on_packet(self, text: str) -> None:
        """Answer the client's trial, then go over."""
        polling = self._connection.polling
        if text == PROBE and polling is not None and not self._is_tried:
            self._is_tried = True
            self.websocket.send([PROBE_ANSWER_PACKET])
            # Ends the poll that waits, or the next one: the client goes over between two polls.
            polling.send([NOOP_PACKET])
        elif text == UPGRADE and self._is_tried:
            self._timer.cancel()
            self._connection.upgrade = None
            self.websocket.session = self._connection
            self._connection.use(self.websocket)
        else:
            self.websocket.end()

    def on_slow(self) -> None:
        """End a trial that is not read, or takes too long."""
        self.websocket.end()

    def on_closed(self) -> None:
        """Go on polling."""
        self._timer.cancel()
        self._connection.upgrade = None
