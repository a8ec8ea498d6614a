"""A Socket.IO client that subscribes to sellers and notes when each video arrives."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

from bench.errors import BenchFailed

_PRODUCT = re.compile(r'42/products,\["(?:new_product|product_updated)",.*?"video_id": ?"([^"]+)"')
_PATIENCE_SECONDS = 120


@dataclass(kw_only=True)
class Subscriber:
    """`heard` maps each video to the monotonic time of its first event."""

    heard: dict[str, float] = field(default_factory=dict)
    connected: bool = False
    subscribed: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def until_heard(self, videos: int) -> None:
        """Wait until so many videos have arrived. Raises BenchFailed on a timeout."""
        await self.until(lambda: len(self.heard) >= videos)

    async def until(self, done: Callable[[], bool], seconds: float = _PATIENCE_SECONDS) -> None:
        """Wait for something from the socket. Raises BenchFailed on a timeout."""
        try:
            async with asyncio.timeout(seconds):
                while not done():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise BenchFailed(
                f"After {seconds:g} seconds the client was subscribed to "
                f"{self.subscribed} sellers and had heard of {len(self.heard)} products."
            ) from None

    async def read(self, websocket: aiohttp.ClientWebSocketResponse) -> None:
        """Read messages until the connection ends."""
        async for message in websocket:
            text = message.data
            if product := _PRODUCT.match(text):
                self.heard.setdefault(product[1], time.monotonic())
            elif text == "2":
                await websocket.send_str("3")
            elif text.startswith('42/products,["subscribed"'):
                self.subscribed += 1
            elif text.startswith("40/products,"):
                self.connected = True
            self._news.set()


@asynccontextmanager
async def subscriber(url: str, sellers: Sequence[str]) -> AsyncIterator[Subscriber]:
    """Connect one client over WebSocket and subscribe it to all the sellers."""
    client = Subscriber()
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{url}/socket.io/?EIO=4&transport=websocket") as websocket,
    ):
        reading = asyncio.create_task(client.read(websocket))
        try:
            await websocket.send_str("40/products,")
            await client.until(lambda: client.connected)
            for seller in sellers:
                packet = json.dumps(["subscribe_to_seller", {"seller_handle": seller}])
                await websocket.send_str(f"42/products,{packet}")
            await client.until(lambda: client.subscribed == len(sellers))
            yield client
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
