"""Packets of Engine.IO and Socket.IO: decoded strictly, encoded once for all recipients."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from socketio import packet as socket_packet

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value
from assembly_service.notification.socketio.frames import deflated_frame, frame

NAMESPACE = "/products"
LARGEST_INCOMING_BYTES = 64 * 1024
"""The largest WebSocket message or polling body that a client may send."""
SEPARATOR = "\x1e"
"""Separates the packets of a polling body."""

OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP = "0123456"
"""The types of Engine.IO packets: the first character of each."""
PROBE, _PROBE_ANSWER = PING + "probe", PONG + "probe"
_SMALLEST_DEFLATED = 512
_LARGEST_PART = 64 * 1024


class _ExactJson:
    """Exact JSON with the interface of the standard module."""

    @staticmethod
    def loads(text: str) -> Value:
        return exact_json.loads(text)


class Packet(socket_packet.Packet):  # type: ignore[misc]
    """A Socket.IO packet with exact numbers and without binary data."""

    json: Any = _ExactJson
    uses_binary_events = False


class Outgoing:
    """An Engine.IO packet for any number of clients, encoded and measured once."""

    def __init__(self, text: str) -> None:
        self.payload = text.encode()
        # The same for all, since servers do not mask their frames.
        self._frame = frame(self.payload)
        self.size = len(self._frame)
        self._deflated: dict[int, bytes] | None = None

    def frame_for(self, window_bits: int) -> bytes:
        """Return the frame, deflated if there is a window and it is worth it."""
        if not window_bits or self.size < _SMALLEST_DEFLATED:
            return self._frame
        if self._deflated is None:
            self._deflated = {}
        if window_bits not in self._deflated:
            self._deflated[window_bits] = deflated_frame(self.payload, window_bits)
        return self._deflated[window_bits]


PING_PACKET, CLOSE_PACKET, NOOP_PACKET, PROBE_ANSWER_PACKET = map(
    Outgoing, (PING, CLOSE, NOOP, _PROBE_ANSWER)
)


def open_packet(
    sid: str, *, upgrades: Sequence[str], ping_interval: float, ping_timeout: float
) -> Outgoing:
    """Return the packet that begins a connection. The interval and the timeout are in seconds."""
    fields: dict[str, Value] = {
        "sid": sid,
        "upgrades": [*upgrades],
        "pingInterval": round(ping_interval * 1000),
        "pingTimeout": round(ping_timeout * 1000),
        "maxPayload": LARGEST_INCOMING_BYTES,
    }
    return Outgoing(OPEN + exact_json.dumps(fields).decode())


def event_packet(event: str, payload: Value) -> Outgoing:
    """Return an event of the namespace. Raises TypeError if the payload is not JSON."""
    return _packet(socket_packet.EVENT, [event, payload])


def acknowledgement_packet(packet_id: int, answer: Value) -> Outgoing:
    """Return the acknowledgement of an event."""
    return _packet(socket_packet.ACK, [answer], packet_id=str(packet_id))


def connected_packet(client_id: str) -> Outgoing:
    """Return the answer to a client that joins the namespace."""
    return _packet(socket_packet.CONNECT, {"sid": client_id})


def refused_packet(namespace: str, why: str, *, code: str = "") -> Outgoing:
    """Return the answer to a client that may not join a namespace, or names one we do not have."""
    error: dict[str, Value] = {"message": why, **({"data": {"code": code}} if code else {})}
    return _packet(socket_packet.CONNECT_ERROR, error, namespace=namespace)


def _packet(
    packet_type: int, data: Value, *, namespace: str = NAMESPACE, packet_id: str = ""
) -> Outgoing:
    prefix = "" if namespace == "/" else f"{namespace},"
    json = exact_json.dumps(data).decode()
    return Outgoing(f"{MESSAGE}{packet_type}{prefix}{packet_id}{json}")


def in_parts(packets: Iterable[Outgoing]) -> Iterator[list[Outgoing]]:
    """Yield packets in parts that are each written at once: of one packet, or of 64 KB at most."""
    part: list[Outgoing] = []
    size = 0
    for packet in packets:
        if part and size + packet.size > _LARGEST_PART:
            yield part
            part, size = [], 0
        part.append(packet)
        size += packet.size
    if part:
        yield part


def namespace_of(data: str) -> str:
    """Return the namespace of the Socket.IO packet in an Engine.IO message, without decoding it."""
    namespace = data[1:].partition(",")[0].partition("?")[0]
    return namespace if namespace.startswith("/") else "/"


def decode(data: str) -> Packet | None:
    """Decode the Socket.IO packet in an Engine.IO message. Returns None if it is malformed."""
    try:
        packet = Packet(encoded_packet=data)
    except (ValueError, TypeError, IndexError):
        return None
    if packet.packet_type in (socket_packet.EVENT, socket_packet.BINARY_EVENT):
        return packet if isinstance(packet.data, list) and packet.data else None
    return packet
