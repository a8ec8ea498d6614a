"""Packets of Engine.IO and Socket.IO: decoded strictly, encoded once for all recipients."""

import struct

from engineio import packet as engine_packet
from socketio import packet as socket_packet

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value

NAMESPACE = "/products"
LARGEST_INCOMING_BYTES = 64 * 1024
"""The largest WebSocket message or polling body that a client may send."""

_CONTROL = frozenset({"1", "2", "2probe", "3", "3probe", "5"})
_SOCKET_PACKET_TYPES = frozenset("0123456")


class _ExactJson:
    """Exact JSON with the interface of the standard module."""

    @staticmethod
    def dumps(value: Value, **_: object) -> str:
        return exact_json.dumps(value).decode()

    @staticmethod
    def loads(text: str) -> Value:
        return exact_json.loads(text)


class Packet(socket_packet.Packet):  # type: ignore[misc]
    """A Socket.IO packet with exact numbers and without binary data."""

    json = _ExactJson
    uses_binary_events = False


class Outgoing(engine_packet.Packet):  # type: ignore[misc]
    """A Socket.IO packet for any number of clients, encoded and measured once.

    `frame` is the same for every WebSocket, since servers do not mask their frames.
    """

    def __init__(self, text: str) -> None:
        super().__init__(engine_packet.MESSAGE, text)
        payload = f"{engine_packet.MESSAGE}{text}".encode()
        self.size = len(payload)
        self.frame = _frame_header(self.size) + payload


def _frame_header(size: int) -> bytes:
    """Return the header of an unfragmented text message (RFC 6455, section 5.2)."""
    if size < 126:
        return struct.pack("!BB", 0x81, size)
    if size < 1 << 16:
        return struct.pack("!BBH", 0x81, 126, size)
    return struct.pack("!BBQ", 0x81, 127, size)


def event_packet(event: str, payload: Value) -> Outgoing:
    """Return an event of the namespace. Raises TypeError if the payload is not JSON."""
    data = [event, payload]
    return Outgoing(Packet(socket_packet.EVENT, data=data, namespace=NAMESPACE).encode())


def decode(data: str) -> Packet | None:
    """Decode the Socket.IO packet in an Engine.IO message. Returns None if it is malformed."""
    try:
        packet = Packet(encoded_packet=data)
    except (ValueError, TypeError, IndexError):
        return None
    if packet.packet_type in (socket_packet.EVENT, socket_packet.BINARY_EVENT):
        return packet if isinstance(packet.data, list) and packet.data else None
    return packet


def is_sound(text: str) -> bool:
    """Whether python-engineio can decode this packet from a client.

    It parses a packet as JSON unless the second character is a digit, and catches neither JSON that
    is nested too deeply nor an unknown first character.
    """
    if text[:1] == "4":
        return text[1:2] in _SOCKET_PACKET_TYPES
    return text in _CONTROL
