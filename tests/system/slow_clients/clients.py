"""Healthy clients that record when products arrive, and silent ones that never read."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

from tests.notification.raw import SOCKET_PATH, SilentReader, silent_reader
from tests.system.slow_clients.server import SELLER

_SENT_AT = re.compile(r'"video_id":"(\d+)"')
_SUBSCRIBE = f'42/products,["subscribe_to_seller",{{"seller_handle":"{SELLER}"}}]'


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where the measured server listens."""

    port: int


@dataclass(kw_only=True)
class Healthy:
    """Clients that always read. `delays` is in seconds, one per received product."""

    delays: list[float] = field(default_factory=list)
    subscribed: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def connect(self, session: aiohttp.ClientSession, server: Server) -> None:
        """Connect a client, subscribe it and read forever."""
        url = f"http://127.0.0.1:{server.port}{SOCKET_PATH}websocket"
        async with session.ws_connect(url, max_msg_size=0) as websocket:
            await websocket.send_str("40/products,")
            await websocket.send_str(_SUBSCRIBE)
            async for message in websocket:
                await self._take(websocket, message.data)

    async def until(self, *, subscribed: int = 0, delays: int = 0) -> None:
        """Wait until enough clients are subscribed and enough products received."""
        async with asyncio.timeout(60):
            while self.subscribed < subscribed or len(self.delays) < delays:
                self._news.clear()
                await self._news.wait()

    async def _take(self, websocket: aiohttp.ClientWebSocketResponse, text: str) -> None:
        sent_at = _SENT_AT.search(text)
        if sent_at is not None:
            self.delays.append((time.time_ns() - int(sent_at[1])) / 1e9)
        elif text == "2":
            await websocket.send_str("3")
        elif '"subscribed"' in text:
            self.subscribed += 1
        self._news.set()


@asynccontextmanager
async def healthy_clients(server: Server, count: int) -> AsyncIterator[Healthy]:
    """Healthy clients, all subscribed."""
    healthy = Healthy()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        tasks = [asyncio.create_task(healthy.connect(session, server)) for _ in range(count)]
        await healthy.until(subscribed=count)
        try:
            yield healthy
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def silent_clients(server: Server, count: int) -> AsyncIterator[list[SilentReader]]:
    """Clients that have sent their subscription and never read an answer."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(silent_reader(server, SELLER)) for _ in range(count)]
