"""What waits for one client, measured to the byte."""

import asyncio
from collections import deque

from engineio.packet import Packet

from assembly_service.notification.socketio.packets import Outgoing

# Together with what a WebSocket takes without waiting: 256 packets and 1 MiB.
MOST_PACKETS = 192
MOST_BYTES = 960 * 1024
# Stock Python clients refuse a polling answer with more packets than this.
_PACKETS_A_POLL = 16


class SendQueue(asyncio.Queue[Packet | None]):
    """The queue between everyone who sends to a client and the one transport that writes.

    A packet waits until it was written, not only until it was taken: the WebSocket reports each
    one that it wrote, and a transport that comes back for more has written all it took before.
    """

    def __init__(self) -> None:
        super().__init__()
        self._taken: deque[int] = deque()
        self._packets = 0
        self._bytes = 0
        self._room: asyncio.Event | None = None

    @property
    def waiting(self) -> tuple[int, int]:
        """Packets and bytes that were not written yet."""
        return self._packets, self._bytes

    @property
    def is_empty(self) -> bool:
        """Whether all packets were written."""
        return not self._packets

    def fits(self, size: int) -> bool:
        """Whether a packet of that many bytes may wait too."""
        return self._packets < MOST_PACKETS and self._bytes + size <= MOST_BYTES

    async def room_for(self, size: int) -> None:
        """Wait until a packet of that many bytes leaves half of the room to others."""
        while self._packets > MOST_PACKETS // 2 or (
            self._packets and self._bytes + size > MOST_BYTES // 2
        ):
            self._room = self._room or asyncio.Event()
            self._room.clear()
            await self._room.wait()

    def put_nowait(self, packet: Packet | None) -> None:
        """Let a packet wait; None ends the transport. The bound is the caller's, see `fits`."""
        super().put_nowait(packet)
        if packet is not None:
            self._packets += 1
            self._bytes += _size(packet)

    def get_nowait(self) -> Packet | None:
        """Take a packet to write it. Raises QueueEmpty also when enough was taken at once."""
        if len(self._taken) >= _PACKETS_A_POLL:
            raise asyncio.QueueEmpty
        packet = super().get_nowait()
        if packet is not None:
            self._taken.append(_size(packet))
        return packet

    async def get(self) -> Packet | None:
        """Wait for a packet to write; whatever was taken before has been written."""
        while self._taken:
            self.written()
        return await super().get()

    def written(self) -> None:
        """The oldest packet taken was written."""
        if self._taken:
            self._packets -= 1
            self._bytes -= self._taken.popleft()
            if self._room is not None:
                self._room.set()


def _size(packet: Packet) -> int:
    # The engine's own packets are control packets of a few ASCII characters.
    return packet.size if isinstance(packet, Outgoing) else len(packet.encode())
