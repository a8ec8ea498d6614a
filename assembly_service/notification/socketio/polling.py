"""Long polling: a client's packets wait until its next request, and it answers by further ones."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from aiohttp import web

from assembly_service.notification.socketio.packets import (
    LARGEST_INCOMING_BYTES,
    NOOP_PACKET,
    SEPARATOR,
    Outgoing,
)
from assembly_service.notification.socketio.websocket import (
    LARGEST_PACKET,
    MOST_UNREAD_BYTES,
    STALL_SECONDS,
    Session,
)

MOST_PACKETS = 256
# Stock Python clients refuse polling responses with more packets.
_PACKETS_PER_POLL = 16
# Stock clients put all packets they have into one request, such as fifty subscriptions.
_MOST_PACKETS_IN = 256


class Polling:
    """The packets that wait for a client.

    A packet counts until the client asks for more, since it may not have got the last answer.
    """

    __slots__ = ("_asked", "_bytes", "_ended", "_packets", "_room", "_session", "_taken")

    def __init__(self, session: Session) -> None:
        self._session = session
        self._packets: deque[Outgoing] = deque()
        self._taken: Sequence[Outgoing] = ()
        self._bytes = 0
        self._asked: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self._ended = False

    @property
    def unread_bytes(self) -> int:
        """How much waits for the client to ask."""
        return self._bytes

    @property
    def unread(self) -> int:
        """How many packets wait for the client to ask."""
        return len(self._packets) + len(self._taken)

    @property
    def is_asked(self) -> bool:
        """Whether a request waits for packets."""
        return self._asked is not None

    def send(self, packets: Sequence[Outgoing], *, to_many: bool = False) -> None:  # noqa: ARG002
        """Let packets wait for the next request, or answer the one that waits."""
        for packet in packets:
            if self.unread >= MOST_PACKETS or self._bytes + packet.size > MOST_UNREAD_BYTES:
                self._session.on_slow()
                return
            self._packets.append(packet)
            self._bytes += packet.size
        self._wake()

    async def take(self) -> str:
        """Wait for packets, and return the body of an answer: empty at the end."""
        self._read()
        if not self._packets and not self._ended:
            self._asked = asyncio.get_running_loop().create_future()
            try:
                await self._asked
            finally:
                self._asked = None
        count = min(len(self._packets), _PACKETS_PER_POLL)
        self._taken = [self._packets.popleft() for _ in range(count)]
        if self._ended:
            self._clear()
        return SEPARATOR.join([packet.payload.decode() for packet in self._taken])

    def take_all(self) -> Sequence[Outgoing]:
        """Return all packets that no answer carried, for another transport."""
        packets = tuple(packet for packet in self._packets if packet is not NOOP_PACKET)
        self._packets.clear()
        self._read()
        return packets

    async def drain(self) -> None:
        """Wait until the client has read enough for the largest packet."""
        while not self._ended and (
            self.unread > MOST_PACKETS // 2 or self._bytes > MOST_UNREAD_BYTES - LARGEST_PACKET
        ):
            self._room = self._room or asyncio.get_running_loop().create_future()
            await asyncio.shield(self._room)

    def end(self) -> None:
        """Answer the request that waits; there is nothing more to send."""
        self._ended = True
        self._read()
        if self._asked is None:
            self._clear()
        self._wake()

    def _clear(self) -> None:
        self._packets.clear()
        self._bytes = 0

    def _wake(self) -> None:
        if self._asked is not None and not self._asked.done():
            self._asked.set_result(None)

    def _read(self) -> None:
        """Count what was taken as read."""
        self._bytes -= sum(packet.size for packet in self._taken)
        self._taken = ()
        if self._room is not None:
            self._room.set_result(None)
            self._room = None


async def packets_of(request: web.Request) -> list[str]:
    """Return the packets in the body of a request.

    Raises HTTPBadRequest, HTTPRequestEntityTooLarge.
    """
    try:
        body = await request.clone(client_max_size=LARGEST_INCOMING_BYTES).read()
        packets = body.decode().split(SEPARATOR)
    except (web.RequestPayloadError, ConnectionError):
        raise web.HTTPBadRequest(text="The body is incomplete or malformed.") from None
    except UnicodeDecodeError:
        raise web.HTTPBadRequest(text="The body is not UTF-8.") from None
    if len(packets) > _MOST_PACKETS_IN:
        raise web.HTTPBadRequest(text=f"Send at most {_MOST_PACKETS_IN} packets at once.")
    # These are attachments of events, and those are refused anyway.
    return [packet for packet in packets if not packet.startswith("b")]


class PollingResponse(web.Response):
    """An answer to a client that may not read it; `on_failure` is called if it does not."""

    def __init__(self, request: web.Request, body: str, *, on_failure: Callable[[], None]) -> None:
        super().__init__(text=body, content_type="text/plain")
        self._transport = request.transport
        self._on_failure = on_failure

    async def write_eof(self, data: bytes = b"") -> None:
        """Write the body. Raises ConnectionError, also if the client does not read it in time."""
        try:
            async with asyncio.timeout(STALL_SECONDS):
                await super().write_eof(data)
        except (ConnectionError, TimeoutError):
            self._on_failure()
            if self._transport is not None:
                self._transport.abort()
            raise ConnectionResetError("the client does not read its answer") from None
