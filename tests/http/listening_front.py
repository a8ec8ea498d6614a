"""A small application behind the service's listener, and clients that write single bytes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from assembly_service.http.connections import Timeouts
from assembly_service.http.middleware import answer_errors
from assembly_service.http.server import http_server, public_endpoint
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import Settings

LONG = 20.0
PATIENT = Timeouts(headers=LONG, body_pause=LONG, body=LONG)
SHORT = Timeouts(headers=1.0, body_pause=1.0, body=1.5)
"""For those that are to be exceeded: a busy machine may take half of them."""
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
        began = asyncio.get_running_loop().time()
        reader, writer = await self.connect()
        writer.write(sent)
        await closed(reader)
        writer.close()
        return asyncio.get_running_loop().time() - began


@asynccontextmanager
async def front(
    settings: Settings, timeouts: Timeouts = PATIENT, **changes: Any
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


async def closed(reader: asyncio.StreamReader) -> None:
    """Wait until the connection is closed without an answer."""
    # A reset: bytes have arrived that the service did not read any more.
    async with asyncio.timeout(LONG):
        with suppress(ConnectionResetError):
            assert await reader.read() == b""


async def answered(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Return the status and the body of the next answer."""
    async with asyncio.timeout(LONG):
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0] or 0)
        return int(head.split()[1]), await reader.readexactly(length)
