"""WebSocket frames (RFC 6455): a client's are read, the server's are made once for all clients.

Messages may be deflated (RFC 7692). Neither side keeps a context from one message to the next: a
client costs no memory for it, and one deflated frame is the same for all who negotiated its window.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from aiohttp import WSCloseCode

_END_OF_DEFLATED = b"\x00\x00\xff\xff"
# An empty last block: the end is reached only by a stream that was whole before it.
_LAST_BLOCK = b"\x01\x00\x00\xff\xff"
# What is left over if a client makes its own block the last one (RFC 7692, 7.2.3.4).
_AFTER_LAST_BLOCK = {b"", b"\x00" + _END_OF_DEFLATED + _LAST_BLOCK}
_LARGEST_CONTROL = 125
# What a client may make the service do at once. Stock clients send fifty packets at most.
_MOST_FRAMES = 512
# A length that stands in the two, or the eight, bytes that follow.
_IN_TWO_BYTES, _IN_EIGHT_BYTES = 126, 127
_SMALLEST_HEADER = 2
_LEVEL = 6
_MEMORY_LEVEL = 9


class Opcode(IntEnum):
    """What a frame carries."""

    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


_OPCODES = frozenset(map(int, Opcode))


@dataclass(frozen=True, slots=True)
class Message:
    """A whole message of a client, or a control frame. Binary ones are left deflated."""

    opcode: int
    payload: bytes


class InvalidFrame(Exception):
    """A client does not keep to the protocol; `code` is why its connection is closed."""

    def __init__(self, code: WSCloseCode) -> None:
        super().__init__(code.name)
        self.code = code


class FrameReader:
    """Reads a client's frames, in whatever pieces they arrive.

    `most_bytes` is the size of the largest message, and of all that is inflated of one piece of
    data. `deflated` says whether messages may be deflated.
    """

    __slots__ = ("_deflated", "_inflatable", "_most_bytes", "_parts", "_rest")

    def __init__(self, *, most_bytes: int, deflated: bool) -> None:
        self._most_bytes = most_bytes
        self._deflated = deflated
        self._inflatable = most_bytes
        self._rest: bytearray | None = None
        # The first byte of a message in several frames, then what arrived of it.
        self._parts: tuple[int, bytearray] | None = None

    def read(self, data: bytes) -> Iterator[Message]:
        """Yield each message that is complete. Raises InvalidFrame."""
        unread: bytes | bytearray = data
        if self._rest is not None:
            self._rest += data
            unread, self._rest = self._rest, None
        self._inflatable = self._most_bytes
        start, size, frames = 0, len(unread), 0
        while size - start >= _SMALLEST_HEADER:
            body = start + 6
            length = unread[start + 1] & 0x7F
            if length == _IN_TWO_BYTES:
                body += 2
                length = int.from_bytes(unread[start + 2 : start + 4], "big")
            elif length == _IN_EIGHT_BYTES:
                body += 8
                length = int.from_bytes(unread[start + 2 : start + 10], "big")
            if size >= body:
                self._check(unread[start], unread[start + 1], length)
            if size < body + length:
                break
            payload = _unmasked(unread[body : body + length], unread[body - 4 : body])
            if (message := self._message(unread[start], payload)) is not None:
                yield message
            start = body + length
            frames += 1
            if frames > _MOST_FRAMES:
                raise InvalidFrame(WSCloseCode.POLICY_VIOLATION)
        if start < size:
            self._rest = bytearray(unread[start:])

    def _check(self, first: int, second: int, length: int) -> None:
        opcode, is_final, is_deflated = first & 0x0F, first & 0x80, first & 0x40
        is_control = opcode & 0x8
        if (
            not second & 0x80
            or first & 0x30
            or opcode not in _OPCODES
            or (is_control and (not is_final or length > _LARGEST_CONTROL))
            or (is_deflated and (not self._deflated or is_control or not opcode))
            or (not is_control and (opcode == Opcode.CONTINUATION) != (self._parts is not None))
        ):
            raise InvalidFrame(WSCloseCode.PROTOCOL_ERROR)
        if length + (len(self._parts[1]) if self._parts else 0) > self._most_bytes:
            raise InvalidFrame(WSCloseCode.MESSAGE_TOO_BIG)

    def _message(self, first: int, payload: bytes) -> Message | None:
        opcode, is_final = first & 0x0F, first & 0x80
        if opcode & 0x8:
            return Message(opcode, payload)
        if not is_final or self._parts is not None:
            self._parts = self._parts or (first, bytearray())
            self._parts[1].extend(payload)
            if not is_final:
                return None
            (first, parts), self._parts = self._parts, None
            payload = bytes(parts)
        if first & 0x40 and first & 0x0F == Opcode.TEXT:
            payload = self._inflated(payload)
        return Message(first & 0x0F, payload)

    def _inflated(self, payload: bytes) -> bytes:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            inflated = inflater.decompress(
                payload + _END_OF_DEFLATED + _LAST_BLOCK, self._inflatable + 1
            )
        except zlib.error:
            raise InvalidFrame(WSCloseCode.INVALID_TEXT) from None
        if len(inflated) > self._inflatable:
            raise InvalidFrame(WSCloseCode.MESSAGE_TOO_BIG)
        if not inflater.eof or inflater.unused_data not in _AFTER_LAST_BLOCK:
            raise InvalidFrame(WSCloseCode.INVALID_TEXT)
        self._inflatable -= len(inflated)
        return inflated


def _unmasked(payload: bytes | bytearray, mask: bytes | bytearray) -> bytes:
    """Return the payload without its mask: as one large number, several times as fast."""
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(size, "big")


def frame(payload: bytes, opcode: int = Opcode.TEXT, *, deflated: bool = False) -> bytes:
    """Return a whole message in one frame."""
    first, size = 0x80 | (0x40 if deflated else 0) | opcode, len(payload)
    if size < _IN_TWO_BYTES:
        return struct.pack("!BB", first, size) + payload
    if size < 1 << 16:
        return struct.pack("!BBH", first, _IN_TWO_BYTES, size) + payload
    return struct.pack("!BBQ", first, _IN_EIGHT_BYTES, size) + payload


def deflated_frame(payload: bytes, window_bits: int) -> bytes:
    """Return a text message in one deflated frame. `window_bits` is 9 to 15."""
    deflater = zlib.compressobj(_LEVEL, zlib.DEFLATED, -window_bits, _MEMORY_LEVEL)
    deflated = deflater.compress(payload) + deflater.flush(zlib.Z_SYNC_FLUSH)
    return frame(deflated.removesuffix(_END_OF_DEFLATED), deflated=True)
