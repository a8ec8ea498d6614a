"""The send queue of one connection, measured in packets and bytes."""

import asyncio
from collections import deque

from engineio.packet import Packet

from assembly_service.notification.socketio.packets import Outgoing

# With what a WebSocket takes at once this makes 256 packets and 1 MiB.
MOST_PACKETS = 192
MOST_BYTES = 960 * 1024
# Stock Python clients refuse polling responses with more packets.
_PACKETS_A_POLL = 16


class SendQueue(asyncio.Queue[Packet | None]):
    """The queue between everything that sends to a client and the transport that writes.

    A packet counts until it is written, not just until it is taken. The WebSocket reports each
    packet it has written, and a transport that asks for more has written what it took before.
    """

    def __init__(self) -> None:
        super().__init__()
        self._taken: deque[int] = deque()
        self._packets = 0
        self._bytes = 0
        self._room: asyncio.Event | None = None

    @property
    def waiting(self) -> tuple[int, int]:
        """The packets and bytes that are not written yet."""
        return self._packets, self._bytes

    @property
    def is_empty(self) -> bool:
        """Whether all packets are written."""
        return not self._packets

    def fits(self, size: int) -> bool:
        """Whether there is room for a packet of `size` bytes."""
        return self._packets < MOST_PACKETS and self._bytes + size <= MOST_BYTES

    async def room_for(self, size: int) -> None:
        """Wait until a packet of `size` bytes would leave half of the queue free."""
        while self._packets > MOST_PACKETS // 2 or (
            self._packets and self._bytes + size > MOST_BYTES // 2
        ):
            self._room = self._room or asyncio.Event()
            self._room.clear()
            await self._room.wait()

    def put_nowait(self, packet: Packet | None) -> None:
        """Queue a packet; None ends the transport. The caller checks `fits` first."""
        super().put_nowait(packet)
        if packet is not None:
            self._packets += 1
            self._bytes += _size(packet)

    def get_nowait(self) -> Packet | None:
        """Take a packet to write. Raises QueueEmpty also when a poll has taken enough."""
        if len(self._taken) >= _PACKETS_A_POLL:
            raise asyncio.QueueEmpty
        packet = super().get_nowait()
        if packet is not None:
            self._taken.append(_size(packet))
        return packet

    async def get(self) -> Packet | None:
        """Wait for a packet to write, and count all that were taken before as written."""
        while self._taken:
            self.written()
        return await super().get()

    def written(self) -> None:
        """Count the oldest packet taken as written."""
        if self._taken:
            self._packets -= 1
            self._bytes -= self._taken.popleft()
            if self._room is not None:
                self._room.set()


def _size(packet: Packet) -> int:
    # python-engineio's own packets are control packets of a few ASCII characters.
    return packet.size if isinstance(packet, Outgoing) else len(packet.encode())
