"""A client's frames are read whole in whatever pieces they come; broken ones are refused."""

import struct
import zlib

import pytest
from aiohttp import WSCloseCode
from hypothesis import given
from hypothesis import strategies as st

from assembly_service.notification.socketio.frames import (
    FrameReader,
    InvalidFrame,
    Message,
    Opcode,
    deflated_frame,
    frame,
)

MOST_BYTES = 70_000
MASK = b"\x37\xfa\x21\x3d"


def reader(*, deflated: bool = False) -> FrameReader:
    return FrameReader(most_bytes=MOST_BYTES, deflated=deflated)


def masked(first: int, payload: bytes, *, length: int | None = None) -> bytes:
    """A client's frame; `length` is what its header says, if that is not the truth."""
    size = len(payload) if length is None else length
    if size < 126:
        head = struct.pack("!BB", first, 0x80 | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", first, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", first, 0x80 | 127, size)
    return head + MASK + bytes(byte ^ MASK[at % 4] for at, byte in enumerate(payload))


def refusal(data: bytes, *, deflated: bool = False) -> WSCloseCode:
    with pytest.raises(InvalidFrame) as refused:
        list(reader(deflated=deflated).read(data))
    return refused.value.code


def test_the_examples_of_the_rfc_are_read_and_written() -> None:
    masked_hello = bytes.fromhex("818537fa213d7f9f4d5158")
    assert list(reader().read(masked_hello)) == [Message(Opcode.TEXT, b"Hello")]
    assert frame(b"Hello") == bytes.fromhex("810548656c6c6f")
    assert frame(b"", Opcode.PING) == bytes.fromhex("8900")
    assert frame(bytes(256))[:4] == bytes.fromhex("817e0100")
    assert frame(bytes(65_536))[:10] == bytes.fromhex("817f0000000000010000")


@given(
    st.lists(st.binary(max_size=200) | st.sampled_from([bytes(126), bytes(65_536)]), max_size=4),
    st.lists(st.integers(1, 300), min_size=1, max_size=30),
)
def test_messages_arrive_whole_in_whatever_pieces_they_come(
    payloads: list[bytes], pieces: list[int]
) -> None:
    stream = b"".join(masked(0x82, payload) for payload in payloads)
    reading = reader()
    received: list[Message] = []
    for size in pieces:
        received += reading.read(stream[:size])
        stream = stream[size:]
    received += reading.read(stream)
    assert received == [Message(Opcode.BINARY, payload) for payload in payloads]


def test_a_message_may_come_in_several_frames_with_control_frames_between() -> None:
    stream = masked(0x01, b"Hel") + masked(0x89, b"?") + masked(0x00, b"") + masked(0x80, b"lo")
    assert list(reader().read(stream)) == [
        Message(Opcode.PING, b"?"),
        Message(Opcode.TEXT, b"Hello"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(frame(b"not masked!"), id="not masked"),
        pytest.param(masked(0xA1, b"x"), id="a reserved bit"),
        pytest.param(masked(0xC1, b"x"), id="deflated, though that was not negotiated"),
        pytest.param(masked(0x83, b"x"), id="an unknown kind"),
        pytest.param(masked(0x09, b"x"), id="a control frame in parts"),
        pytest.param(masked(0x89, bytes(126)), id="a large control frame"),
        pytest.param(masked(0x80, b"x"), id="the rest of nothing"),
        pytest.param(masked(0x01, b"x") + masked(0x81, b"y"), id="two messages at once"),
    ],
)
def test_a_frame_against_the_protocol_is_refused(data: bytes) -> None:
    assert refusal(data) is WSCloseCode.PROTOCOL_ERROR


def test_a_message_that_is_too_large_is_refused_before_it_has_arrived() -> None:
    assert refusal(masked(0x81, b"", length=MOST_BYTES + 1)) is WSCloseCode.MESSAGE_TOO_BIG
    assert refusal(masked(0x81, b"", length=1 << 63)) is WSCloseCode.MESSAGE_TOO_BIG
    in_parts = masked(0x01, bytes(MOST_BYTES)) + masked(0x80, b"x")
    assert refusal(in_parts) is WSCloseCode.MESSAGE_TOO_BIG
    assert list(reader().read(masked(0x81, bytes(MOST_BYTES))))


@pytest.mark.parametrize("kind", [0x89, 0x81, 0x00])
def test_a_flood_of_small_frames_in_one_piece_is_refused(kind: int) -> None:
    begun = masked(0x01, b"") if kind == 0x00 else b""
    assert refusal(begun + masked(kind, b"") * 600) is WSCloseCode.POLICY_VIOLATION
    reading = reader()
    assert len(list(reading.read(masked(0x81, b"x") * 500))) == 500
    assert len(list(reading.read(masked(0x81, b"x") * 500))) == 500


def deflated(payload: bytes, window_bits: int = 15) -> bytes:
    deflater = zlib.compressobj(wbits=-window_bits)
    return (deflater.compress(payload) + deflater.flush(zlib.Z_SYNC_FLUSH)).removesuffix(
        b"\x00\x00\xff\xff"
    )


def test_deflated_messages_are_inflated_each_by_itself() -> None:
    hello = bytes.fromhex("f248cdc9c90700")  # of RFC 7692, 7.2.3.1
    stream = masked(0xC1, hello) + masked(0x41, hello[:3]) + masked(0x80, hello[3:])
    reading = reader(deflated=True)
    assert list(reading.read(stream)) == [Message(Opcode.TEXT, b"Hello")] * 2
    assert list(reading.read(masked(0x81, b"plain"))) == [Message(Opcode.TEXT, b"plain")]


def test_a_small_frame_that_inflates_to_much_is_refused() -> None:
    bomb = deflated(bytes(50 * MOST_BYTES))
    assert len(bomb) < MOST_BYTES
    assert refusal(masked(0xC1, bomb), deflated=True) is WSCloseCode.MESSAGE_TOO_BIG


def test_small_frames_that_together_inflate_to_much_are_refused() -> None:
    most = masked(0xC1, deflated(bytes(MOST_BYTES - 10)))
    assert refusal(most * 2, deflated=True) is WSCloseCode.MESSAGE_TOO_BIG
    reading = reader(deflated=True)
    for _ in range(3):
        assert len(list(reading.read(most))) == 1


def test_binary_messages_which_nobody_reads_are_not_inflated() -> None:
    bomb = deflated(bytes(50 * MOST_BYTES))
    assert list(reader(deflated=True).read(masked(0xC2, bomb))) == [Message(Opcode.BINARY, bomb)]


def test_a_deflated_message_that_is_cut_short_is_refused_wherever_it_is_cut() -> None:
    whole = deflated(b'42/products,["subscribe_to_seller",{"seller_handle":"amani"}]')
    for cut in range(len(whole) - 1):
        assert refusal(masked(0xC1, whole[:cut]), deflated=True) is WSCloseCode.INVALID_TEXT


def test_a_block_that_says_it_is_the_last_one_is_inflated() -> None:
    last = bytes.fromhex("f348cdc9c9070000")  # of RFC 7692, 7.2.3.4
    reading = reader(deflated=True)
    assert list(reading.read(masked(0xC1, last))) == [Message(Opcode.TEXT, b"Hello")]


def test_what_cannot_be_inflated_is_refused() -> None:
    assert refusal(masked(0xC1, b"\xff\xff"), deflated=True) is WSCloseCode.INVALID_TEXT
    assert refusal(masked(0xD1, b"x"), deflated=True) is WSCloseCode.PROTOCOL_ERROR


@pytest.mark.parametrize("window_bits", [9, 12, 15])
def test_a_deflated_frame_inflates_with_the_window_that_was_negotiated(window_bits: int) -> None:
    payload = b"".join(b'{"video_id":"%d","title":"Perles"}' % number for number in range(3_000))
    made = deflated_frame(payload, window_bits)
    assert made[0] == 0xC1
    inflater = zlib.decompressobj(-window_bits)
    for _ in range(2):
        # As without a context: the same frame again is inflated by a new window.
        assert inflater.decompress(made[4:] + b"\x00\x00\xff\xff") == payload
        inflater = zlib.decompressobj(-window_bits)
