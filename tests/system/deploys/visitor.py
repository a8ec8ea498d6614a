"""A client as cheap as a correct one can be: follows a seller with `since`, and comes back."""

import asyncio
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.loads.subscriber import Subscriber, Tally

_PRODUCT = re.compile(rb'42/products,\["(?:new_product|product_updated)",.*?"video_id": ?"(\d+)"')
_SUBSCRIBED = re.compile(rb'42/products,\["subscribed",.*?"timestamp": ?"([^"]+)"')
_RESYNC = b'42/products,["resync"'
_ERROR = b'42/products,["error"'
_STOPPING = b'"service_stopping"'
_BEFORE_ALL = "2020-01-01T00:00:00.000Z"
_ASK_AGAIN_SECONDS = 1.0
# Those of socket.io-client.
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 5.0


@dataclass(eq=False, kw_only=True)
class Visitor:
    """Follows one seller at a port of this host until cancelled, with the stock client's pauses.

    `held` has the videos of which it was told, and when first; `told` is called with each. Times
    are milliseconds since 1970: `attempts` to connect, `goodbyes` of the service, and `absences`,
    each with its end, when the visitor had caught up, and its length. `live` is set while it is
    connected and has caught up.
    """

    port: int
    seller: str
    told: Callable[[int], object] = bool
    held: dict[int, float] = field(default_factory=dict)
    attempts: list[float] = field(default_factory=list)
    goodbyes: list[float] = field(default_factory=list)
    absences: list[tuple[float, float]] = field(default_factory=list)
    resyncs: int = 0
    refusals: int = 0
    since: str | None = None
    live: asyncio.Event = field(default_factory=asyncio.Event)
    _left_at: float | None = None

    async def follow(self) -> None:
        """Connect, and connect again whenever the connection ends."""
        failed = 0
        while True:
            self.attempts.append(now())
            try:
                await self._stay(_Socket(self))
                failed = 0
            except OSError:
                failed += 1
            await asyncio.sleep(_pause(failed))

    async def _stay(self, socket: "_Socket") -> None:
        """Connect and catch up; return when the connection ends. Raises OSError."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(lambda: socket, "127.0.0.1", self.port)
        try:
            await socket.subscribed
            if self._left_at is not None:
                self.absences.append((now(), now() - self._left_at))
            self.live.set()
            # Nothing else is news to a visitor whose products are taken here.
            await socket.tally.news.wait()
            self._left_at = now()
            self.live.clear()
        finally:
            transport.close()


class _Socket(Subscriber):
    """One connection of a visitor."""

    def __init__(self, visitor: Visitor) -> None:
        self.tally = Tally()
        super().__init__(self.tally, visitor.seller, since=visitor.since)
        self._visitor = visitor

    def _take_packet(self, packet: bytes, size: int) -> None:
        visitor = self._visitor
        if product := _PRODUCT.match(packet):
            number = int(product[1])
            visitor.held.setdefault(number, now())
            visitor.told(number)
        elif subscribed := _SUBSCRIBED.match(packet):
            visitor.since = subscribed[1].decode()
            if not self.subscribed.done():
                self.subscribed.set_result(True)
        elif packet.startswith(_RESYNC):
            # Whoever shows no page reads everything again.
            visitor.resyncs += 1
            self._send(self._subscription(_BEFORE_ALL))
        elif packet.startswith(_ERROR):
            self._take_error(packet)
        else:
            super()._take_packet(packet, size)

    def _take_error(self, packet: bytes) -> None:
        if _STOPPING in packet:
            self._visitor.goodbyes.append(now())
            return
        self._visitor.refusals += 1
        loop = asyncio.get_running_loop()
        loop.call_later(_ASK_AGAIN_SECONDS, self._subscribe)

    def _subscription(self, since: str) -> bytes:
        request = f'{{"seller_handle":"{self._visitor.seller}","since":"{since}"}}'
        return f'42/products,["subscribe_to_seller",{request}]'.encode()


def now() -> float:
    """The time in milliseconds since 1970."""
    return time.time() * 1000


def _pause(failed: int) -> float:
    """How long socket.io-client waits after so many attempts that failed."""
    pause: float = _FIRST_PAUSE_SECONDS * 2**failed * random.uniform(0.5, 1.5)
    return min(pause, _LONGEST_PAUSE_SECONDS)
