"""The client of the benches, beside a server's end that is played here."""

import asyncio
import struct
import zlib

import pytest

from bench.loads.subscriber import Subscriber, Tally

_EVENT = b'42/products,["new_product",{"video_id":"v1","caption":"' + b"a cup, " * 100 + b'"}]'
_TAIL = b"\x00\x00\xff\xff"
_COMPRESSED_TEXT = 0xC1


class _Wire(asyncio.Transport):
    """The transport of a subscriber, which keeps what is written."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 80)})
        self.written: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))


def _connected(answer: str) -> tuple[Subscriber, Tally, _Wire]:
    """A subscriber whose offer of compression was answered so."""
    tally, wire = Tally(), _Wire()
    subscriber = Subscriber(tally, "seller", offers_compression=True)
    subscriber.connection_made(wire)
    subscriber.data_received(
        f"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Extensions: {answer}\r\n\r\n".encode()
    )
    wire.written.clear()
    return subscriber, tally, wire


def _frame(payload: bytes) -> bytes:
    """A frame with the length that fits every message, if not in the shortest form."""
    return struct.pack("!BBH", _COMPRESSED_TEXT, 126, len(payload)) + payload


def _events(count: int, *, kept: bool) -> list[bytes]:
    """Frames of an event, compressed with one window for all or with one for each."""
    window = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    frames = []
    for _ in range(count):
        if not kept:
            window = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        payload = window.compress(_EVENT) + window.flush(zlib.Z_SYNC_FLUSH)
        frames.append(_frame(payload.removesuffix(_TAIL)))
    return frames


@pytest.mark.parametrize("kept", [True, False])
async def test_events_are_counted_as_sent_and_as_compressed_whether_or_not_the_window_is_kept(
    kept: bool,
) -> None:
    promised = "" if kept else "; server_no_context_takeover"
    subscriber, tally, _ = _connected(f"permessage-deflate{promised}")
    frames = _events(3, kept=kept)

    for frame in frames:
        subscriber.data_received(frame)

    assert len(tally.arrivals) == 3
    assert tally.event_bytes == 3 * len(_EVENT)
    assert tally.wire_bytes == sum(map(len, frames))


async def test_a_server_that_keeps_a_window_it_promised_to_drop_is_found_out() -> None:
    subscriber, _, _ = _connected("permessage-deflate; server_no_context_takeover")
    first, second = _events(2, kept=True)
    subscriber.data_received(first)

    with pytest.raises(zlib.error):
        subscriber.data_received(second)


async def test_all_that_is_sent_is_compressed_once_compression_is_accepted() -> None:
    subscriber, tally, wire = _connected("permessage-deflate")

    subscriber.data_received(b"\x81\x012")

    [pong] = wire.written
    assert pong[0] == _COMPRESSED_TEXT
    inflated = zlib.decompressobj(-zlib.MAX_WBITS).decompress(pong[6:] + _TAIL)
    assert (inflated, tally.pings) == (b"3", 1)
