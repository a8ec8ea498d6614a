"""A Socket.IO client over a WebSocket, as cheap as a correct one can be."""

import asyncio
import base64
import json
import os
import time
from dataclasses import dataclass, field

from bench.loads.deflate import OFFER, Decompression, compress

_PATH = "/socket.io/?EIO=4&transport=websocket"
_EVENTS = (b'42/products,["new_product"', b'42/products,["product_updated"')
_CLOSE, _PING, _PONG, _TEXT = 8, 9, 10, 1
_COMPRESSED = 0x40


@dataclass(kw_only=True)
class Tally:
    """What some subscribers have seen. `arrivals` are the monotonic nanoseconds of events.

    `event_bytes` is the size of all events, `wire_bytes` that of their WebSocket frames.
    """

    arrivals: list[int] = field(default_factory=list)
    event_bytes: int = 0
    wire_bytes: int = 0
    pings: int = 0
    lost: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def arrived(self, event_bytes: int, wire_bytes: int) -> None:
        """Count an event."""
        self.arrivals.append(time.monotonic_ns())
        self.event_bytes += event_bytes
        self.wire_bytes += wire_bytes
        self.news.set()


class Subscriber(asyncio.Protocol):
    """Connects, subscribes to one seller, tallies what it sees, and answers pings.

    Without a seller it opens the WebSocket and nothing more. `subscribed` becomes True, or raises
    ConnectionError. Where the server accepts compression, it compresses all that it sends.
    """

    def __init__(
        self,
        tally: Tally,
        seller_handle: str | None,
        *,
        offers_compression: bool = False,
        since: str | None = None,
    ) -> None:
        self.subscribed: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.compressed = False
        self.ping_interval: float | None = None
        self._offer = OFFER if offers_compression else ""
        self._seller_handle = seller_handle
        self._since = since
        self._tally = tally
        self._buffer = bytearray()
        self._upgraded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Request the WebSocket."""
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        host, port = transport.get_extra_info("peername")
        key = base64.b64encode(os.urandom(16)).decode()
        self._transport.write(
            f"GET {_PATH} HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: http://{host}:{port}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\n{self._offer}\r\n".encode()
        )

    def connection_lost(self, _: Exception | None) -> None:
        """Handle a connection that the server has closed."""
        self._tally.lost += 1
        self._tally.news.set()
        if not self.subscribed.done():
            self.subscribed.set_exception(ConnectionError("The server refused a subscriber."))

    def data_received(self, data: bytes) -> None:
        """Handle every complete frame."""
        self._buffer += data
        if not self._upgraded and not self._upgrade():
            return
        while frame := self._frame():
            self._take(*frame)

    def stop_reading(self) -> None:
        """Stop reading: become the client that the bound is for."""
        self._transport.pause_reading()

    def _upgrade(self) -> bool:
        head, end, _ = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return False
        if b" 101 " not in head[:15]:
            self._transport.abort()
            return False
        self.compressed = b"permessage-deflate" in head.lower()
        self._decompression = Decompression(head.lower())
        self._upgraded = True
        del self._buffer[: len(head) + len(end)]
        if self._seller_handle is None:
            if self.compressed:
                # So that the server has what it needs to decompress, as after a subscription.
                self._send(b"3")
            self.subscribed.set_result(True)
        return True

    def _frame(self) -> tuple[int, bytes, int] | None:
        """The first byte, payload and size of the next frame, or None until it is complete."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        start, length = 2, buffer[1]
        if length >= 126:
            start = 4 if length == 126 else 10
            length = int.from_bytes(buffer[2:start], "big")
        size = start + length
        if len(buffer) < max(start, size):
            return None
        first, payload = buffer[0], bytes(buffer[start:size])
        del buffer[:size]
        return first, payload, size

    def _take(self, first: int, payload: bytes, size: int) -> None:
        match first & 0x0F:
            case code if code == _TEXT:
                if first & _COMPRESSED:
                    payload = self._decompression.message(payload)
                self._take_packet(payload, size)
            case code if code == _PING:
                self._send(payload, code=_PONG)
            case code if code == _CLOSE:
                self._transport.close()

    def _take_packet(self, packet: bytes, size: int) -> None:
        if packet.startswith(_EVENTS):
            self._tally.arrived(len(packet), size)
        elif packet == b"2":
            self._tally.pings += 1
            self._send(b"3")
        elif packet.startswith(b"0{"):
            self.ping_interval = json.loads(packet[1:])["pingInterval"] / 1000
            self._send(b"40/products,")
        elif packet.startswith(b"40/products,"):
            self._subscribe()
        elif packet.startswith(b'42/products,["subscribed"'):
            self.subscribed.set_result(True)

    def _subscribe(self) -> None:
        wanted = {"seller_handle": self._seller_handle}
        if self._since is not None:
            wanted["since"] = self._since
        self._send(b"42/products," + json.dumps(["subscribe_to_seller", wanted]).encode())

    def _send(self, payload: bytes, *, code: int = _TEXT) -> None:
        first = 0x80 | code
        if self.compressed and code == _TEXT:
            first, payload = first | _COMPRESSED, compress(payload)
        # A mask of zeros is a mask; payloads of clients stay below 126 bytes.
        self._transport.write(bytes((first, 0x80 | len(payload), 0, 0, 0, 0)) + payload)
