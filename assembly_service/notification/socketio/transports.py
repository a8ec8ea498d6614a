"""Connects python-engineio to aiohttp: WebSockets, and the requests and responses of polling.

Only packets that python-engineio can decode get through, and a client that stops reading is dropped
after `STALL_SECONDS`.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web
from engineio.async_drivers import aiohttp as driver
from engineio.payload import Payload

from assembly_service.notification.socketio.packets import (
    LARGEST_INCOMING_BYTES,
    Outgoing,
    is_sound,
)

STALL_SECONDS = 20.0
CLOSE_SECONDS = 2.0
_AT_ONCE_BYTES = 64 * 1024
# Smaller packets are queued, where they are counted: too many would fit into _AT_ONCE_BYTES.
_SMALL_BYTES = 1024
# Stock clients put all packets they have into one polling request, such as fifty subscriptions.
# python-engineio's own limit is 16, beyond which it loses the whole request.
Payload.max_decode_packets = 256


class WebSocket:
    """A WebSocket, without compression, which costs 100 KB a connection and time a delivery."""

    def __init__(self, handler: Any, engine: Any) -> None:
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._handler = handler
        self._engine = engine
        self._socket = handler.__self__
        self._transport: asyncio.Transport | None = None
        self._response = web.WebSocketResponse(
            compress=False,
            max_msg_size=LARGEST_INCOMING_BYTES,
            timeout=CLOSE_SECONDS,
            # Writes wait for slow readers, so that unread packets stay in the send queue, where
            # they are counted.
            writer_limit=0,
        )

    async def __call__(self, environ: dict[str, Any]) -> web.WebSocketResponse:
        """Serve the connection until it ends."""
        request: web.Request = environ["aiohttp.request"]
        try:
            await self._response.prepare(request)
        except web.HTTPException:
            if not self._socket.connected:
                self._engine.drop(self._socket.sid)
            raise
        self._transport = request.transport
        self._engine.websockets[self._socket.sid] = self
        try:
            await self._handler(self)
        finally:
            self._engine.websockets.pop(self._socket.sid, None)
            # After a failed upgrade the polling transport would otherwise never send again.
            self._socket.upgrading = False
            self.ended.set_result(None)
        return self._response

    def write_at_once(self, packets: Sequence[Outgoing]) -> bool:
        """Write all packets if the transport has room. Returns whether it did.

        Call this only while the send queue is empty. Waking a task for every client would take
        several times as long as the write.
        """
        transport = self._transport
        if transport is None or transport.is_closing():
            return False
        if not self._socket.upgraded or self._response.closed:
            return False
        sizes = [packet.size for packet in packets]
        buffered = transport.get_write_buffer_size()
        if sum(sizes) > _AT_ONCE_BYTES - buffered:
            return False
        if (buffered or len(sizes) > 1) and min(sizes) < _SMALL_BYTES:
            return False
        transport.write(b"".join([packet.frame for packet in packets]))
        return True

    async def send(self, message: str) -> None:
        """Write a packet. If the client does not read, drops it and raises TimeoutError."""
        try:
            async with asyncio.timeout(STALL_SECONDS):
                await self._response.send_str(message)
        except TimeoutError:
            self._engine.drop_slow(self._socket.sid)
            raise
        if self._socket.upgraded:
            self._socket.queue.written()

    async def wait(self) -> str:
        """Wait for a packet. Raises OSError if the connection ends or the packet is malformed."""
        while True:
            message = await self._response.receive()
            if message.type is WSMsgType.TEXT and is_sound(message.data):
                return str(message.data)
            # Binary messages are attachments of events, and those are refused anyway.
            if message.type is not WSMsgType.BINARY:
                raise OSError("the connection ended or its packet was malformed")

    async def close(self) -> None:
        """Close, with a reason if the service stops. Takes at most `CLOSE_SECONDS`."""
        reason: str | None = self._engine.closing_reason
        code = WSCloseCode.OK if reason is None else WSCloseCode.GOING_AWAY
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._response.close(code=code, message=(reason or "").encode()[:123])
        except TimeoutError:
            self.abort()

    def abort(self) -> None:
        """Abort the connection without waiting for the client to read."""
        if self._transport is not None:
            self._transport.abort()


class _PollingResponse(web.Response):
    transport: asyncio.Transport | None = None

    async def write_eof(self, data: bytes = b"") -> None:
        try:
            async with asyncio.timeout(STALL_SECONDS):
                await super().write_eof(data)
        except TimeoutError:
            if self.transport is not None:
                self.transport.abort()
            raise ConnectionResetError("the client does not read its answer") from None


def make_response(
    status: str, headers: list[tuple[str, str]], payload: bytes, environ: dict[str, Any]
) -> web.Response:
    """Return the response to a polling request."""
    response = _PollingResponse(body=payload, status=int(status.split()[0]), headers=headers)
    response.transport = environ["aiohttp.request"].transport
    return response


async def translate_request(request: web.Request) -> dict[str, Any]:
    """Return the environment of a request for python-engineio, with its body read and checked.

    Raises HTTPBadRequest, HTTPRequestEntityTooLarge.
    """
    environ: dict[str, Any] = driver.translate_request(request)
    environ["REMOTE_ADDR"] = request.remote or ""
    if request.method == "POST":
        body = _sound_body(await _body_of(request))
        environ |= {"wsgi.input": _Body(body), "CONTENT_LENGTH": str(len(body))}
    return environ


async def _body_of(request: web.Request) -> bytes:
    try:
        return await request.clone(client_max_size=LARGEST_INCOMING_BYTES).read()
    except (web.RequestPayloadError, ConnectionError):
        raise web.HTTPBadRequest(text="The body is incomplete or malformed.") from None


def _sound_body(body: bytes) -> bytes:
    try:
        packets = body.decode().split("\x1e")
    except UnicodeDecodeError:
        raise web.HTTPBadRequest(text="The body is not UTF-8.") from None
    # These are attachments of events, and those are refused anyway.
    packets = [packet for packet in packets if not packet.startswith("b")]
    if len(packets) > Payload.max_decode_packets or not all(map(is_sound, packets)):
        raise web.HTTPBadRequest(text="The body is not a payload of Engine.IO packets.")
    return "\x1e".join(packets).encode()


class _Body:
    """A body that is already read, with the interface of one that is not."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def read(self, _size: int) -> bytes:
        return self._body
