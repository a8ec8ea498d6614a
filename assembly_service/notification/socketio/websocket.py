"""A client's WebSocket: reads and writes without a task of its own."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from aiohttp import WSCloseCode

from assembly_service.notification.socketio.frames import (
    FrameReader,
    InvalidFrame,
    Opcode,
    frame,
)
from assembly_service.notification.socketio.packets import LARGEST_INCOMING_BYTES, Outgoing
from assembly_service.settings.drain import CLOSE_SECONDS

MOST_UNREAD_BYTES = 1024 * 1024
"""The most that may wait for a client that does not read."""
STALL_SECONDS = 20.0
"""How long a client may read nothing while an answer, or what is sent in turn, waits for it."""
LARGEST_PACKET = MOST_UNREAD_BYTES * 3 // 4
"""In bytes. Together with what else waits, a larger one would drop its recipients."""
_LONGEST_REASON = 123
# Those that may be sent (RFC 6455, section 7.4).
_CLOSE_CODES = range(1000, 1004), range(1007, 1015), range(3000, 5000)


class Session(Protocol):
    """Whoever a WebSocket belongs to."""

    def on_packet(self, text: str) -> None:
        """Handle an Engine.IO packet."""
        ...

    def on_slow(self) -> None:
        """Drop the client, which reads too slowly."""
        ...

    def on_closed(self) -> None:
        """Handle the end of the WebSocket."""
        ...


class WebSocket(asyncio.Protocol):
    """Writes each packet whole and at once: the connection's own buffer is the send queue.

    `window_bits` is the window that the client inflates with, 0 if it does not inflate. `ended` is
    called at the end, last.
    """

    __slots__ = ("_closing", "_ended", "_reader", "_resumed", "_transport", "_window", "session")

    def __init__(
        self,
        session: Session,
        transport: asyncio.Transport,
        *,
        window_bits: int,
        ended: Callable[[], None],
    ) -> None:
        self.session = session
        self._transport = transport
        self._window = window_bits
        self._ended = ended
        self._reader = FrameReader(most_bytes=LARGEST_INCOMING_BYTES, deflated=window_bits > 0)
        self._resumed: asyncio.Future[None] | None = None
        self._closing = False

    @property
    def unread_bytes(self) -> int:
        """How much waits for the client to read."""
        return self._transport.get_write_buffer_size()

    def send(self, packets: Sequence[Outgoing], *, to_many: bool = False) -> None:
        """Write packets without waiting. Only what goes `to_many` clients is deflated."""
        window = self._window if to_many else 0
        if len(packets) == 1:
            self._write(packets[0].frame_for(window))
        else:
            self._write(b"".join([packet.frame_for(window) for packet in packets]))

    def _write(self, data: bytes) -> None:
        transport = self._transport
        if self._closing or transport.is_closing():
            return
        if transport.get_write_buffer_size() + len(data) > MOST_UNREAD_BYTES:
            self.session.on_slow()
        else:
            transport.write(data)

    async def drain(self) -> None:
        """Wait until the client has read most of what was written."""
        while self._resumed is not None:
            await asyncio.shield(self._resumed)

    def close(self, code: int, reason: str = "") -> None:
        """Say goodbye. The connection ends once the client has answered."""
        if not self._closing:
            self._closing = True
            payload = code.to_bytes(2, "big") + reason.encode()[:_LONGEST_REASON]
            self._transport.write(frame(payload, Opcode.CLOSE))

    def end(self) -> None:
        """End the connection without waiting for the client to read."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Handle each whole message. A client that breaks the protocol is told so, and closed."""
        try:
            for message in self._reader.read(data):
                if self._transport.is_closing():
                    return
                self._receive(message.opcode, message.payload)
        except InvalidFrame as error:
            self._end(error.code)
        except UnicodeDecodeError:
            self._end(WSCloseCode.INVALID_TEXT)

    def _receive(self, opcode: int, payload: bytes) -> None:
        match opcode:
            case Opcode.TEXT if not self._closing:
                self.session.on_packet(payload.decode())
            case Opcode.PING if not self._closing:
                self._write(frame(payload, Opcode.PONG))
            case Opcode.CLOSE:
                self._end(_close_code(payload))
            # Binary messages are attachments of events, and those are refused anyway.

    def _end(self, code: int) -> None:
        """End the connection, once what was written is sent; a client that has left gets none."""
        self.close(code)
        self.session.on_closed()
        self._transport.close()
        asyncio.get_running_loop().call_later(CLOSE_SECONDS, self._transport.abort)

    def pause_writing(self) -> None:
        """Note that much waits for the client."""
        self._resumed = self._resumed or asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        """Let those go on who wait for the client to read."""
        if self._resumed is not None:
            self._resumed.set_result(None)
            self._resumed = None

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Tell those who have to know."""
        self.resume_writing()
        try:
            self.session.on_closed()
        finally:
            self._ended()


def _close_code(payload: bytes) -> int:
    """Return the code that answers a client's close frame: its own. Raises InvalidFrame."""
    if not payload:
        return WSCloseCode.OK
    code = int.from_bytes(payload[:2], "big")
    if len(payload) == 1 or not any(code in each for each in _CLOSE_CODES):
        raise InvalidFrame(WSCloseCode.PROTOCOL_ERROR)
    payload[2:].decode()
    return code
