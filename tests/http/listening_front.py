"""A small application behind the service's listener, and clients that write single bytes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from assembly_service.http.connections import Timeouts
from assembly_service.http.middleware import answer_errors
from assembly_service.http.server import http_server, public_endpoint
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import Settings

SHORT = Timeouts(headers=0.3, body_pause=0.3, body=0.8, idle=1.5)
LONG = 20.0
GET = b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 100\r\n\r\n"


@dataclass
class Front:
    """An application that echoes bodies; `reads` lets it read them, `stop` stops the listener."""

    host: str
    port: int
    metrics: Metrics
    reads: asyncio.Event
    stop: asyncio.Event

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(self.host, self.port)

    def figure(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"assembly_http_{name}", labels)

    async def closes_after(self, sent: bytes) -> float:
        """Return the seconds until the connection is closed without an answer to these bytes."""
        reader, writer = await self.connect()
        writer.write(sent)
        began = asyncio.get_running_loop().time()
        async with asyncio.timeout(LONG):
            assert await reader.read() == b""
        writer.close()
        return asyncio.get_running_loop().time() - began


@asynccontextmanager
async def front(
    settings: Settings, timeouts: Timeouts = SHORT, **changes: Any
) -> AsyncIterator[Front]:
    metrics, reads, stop = Metrics(), asyncio.Event(), asyncio.Event()
    reads.set()

    async def echo(request: web.Request) -> web.Response:
        await reads.wait()
        return web.Response(body=await request.read())

    application = web.Application(middlewares=[answer_errors])
    application.router.add_route("*", "/{path:.*}", echo)

    changed = settings.model_copy(update={"port": 0, **changes})
    async with http_server(
        application, public_endpoint(changed), metrics=metrics.http, stop=stop, timeouts=timeouts
    ) as url:
        where = urlsplit(url)
        assert where.hostname is not None
        assert where.port is not None
        yield Front(where.hostname, where.port, metrics, reads, stop)


async def answered(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Return the status and the body of the next answer."""
    async with asyncio.timeout(LONG):
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0] or 0)
        return int(head.split()[1]), await reader.readexactly(length)
