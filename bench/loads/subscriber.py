"""A Socket.IO client over a WebSocket, as cheap as a correct one can be."""

import asyncio
import base64
import os
import time
import zlib
from collections.abc import Callable

_PATH = "/socket.io/?EIO=4&transport=websocket"
_EVENTS = (b'42/products,["new_product"', b'42/products,["product_updated"')
# Chrome and Firefox offer exactly this.
_OFFER = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
_INFLATE_TAIL = b"\x00\x00\xff\xff"
_CLOSE, _PING, _PONG, _TEXT = 8, 9, 10, 1
_COMPRESSED = 0x40


class Subscriber(asyncio.Protocol):
    """Connects, subscribes to one seller, notes each event, and answers pings.

    `subscribed` becomes True, or raises ConnectionError. `arrived` is told each event's instant
    on the monotonic clock in nanoseconds, and its size in bytes.
    """

    def __init__(
        self,
        seller_handle: str,
        *,
        offers_compression: bool,
        arrived: Callable[[int, int], None],
        lost: Callable[[], None],
    ) -> None:
        self.subscribed: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.compressed = False
        self._offer = _OFFER if offers_compression else ""
        self._subscribe = (
            f'42/products,["subscribe_to_seller",{{"seller_handle":"{seller_handle}"}}]'.encode()
        )
        self._arrived = arrived
        self._lost = lost
        self._buffer = bytearray()
        self._upgraded = False
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Request the WebSocket."""
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        key = base64.b64encode(os.urandom(16)).decode()
        self._transport.write(
            f"GET {_PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"
            f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
            f"{self._offer}\r\n".encode()
        )

    def connection_lost(self, _: Exception | None) -> None:
        """Handle a connection that the server has closed."""
        self._lost()
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
        self._upgraded = True
        del self._buffer[: len(head) + len(end)]
        return True

    def _frame(self) -> tuple[int, bytes] | None:
        """The first byte and the payload of the next frame, or None until it is complete."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        start, length = 2, buffer[1]
        if length >= 126:
            start = 4 if length == 126 else 10
            length = int.from_bytes(buffer[2:start], "big")
        if len(buffer) < max(start, start + length):
            return None
        first, payload = buffer[0], bytes(buffer[start : start + length])
        del buffer[: start + length]
        return first, payload

    def _take(self, first: int, payload: bytes) -> None:
        match first & 0x0F:
            case code if code == _TEXT:
                if first & _COMPRESSED:
                    payload = self._inflate.decompress(payload + _INFLATE_TAIL)
                self._take_packet(payload)
            case code if code == _PING:
                self._send(payload, code=_PONG)
            case code if code == _CLOSE:
                self._transport.close()

    def _take_packet(self, packet: bytes) -> None:
        if packet.startswith(_EVENTS):
            self._arrived(time.monotonic_ns(), len(packet))
        elif packet == b"2":
            self._send(b"3")
        elif packet.startswith(b"0{"):
            self._send(b"40/products,")
        elif packet.startswith(b"40/products,"):
            self._send(self._subscribe)
        elif packet.startswith(b'42/products,["subscribed"'):
            self.subscribed.set_result(True)

    def _send(self, payload: bytes, *, code: int = _TEXT) -> None:
        # A mask of zeros is a mask; payloads of clients stay below 126 bytes.
        self._transport.write(bytes((0x80 | code, 0x80 | len(payload), 0, 0, 0, 0)) + payload)
