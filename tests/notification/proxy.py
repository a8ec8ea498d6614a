"""A proxy in front of Valkey that a test can cut or freeze."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit


class Proxy:
    """Forwards every connection until it is cut or frozen."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._writers: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._refusing = False
        self.url = ""

    def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        task = asyncio.create_task(self._forward(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            writer.close()
            return
        try:
            there = await asyncio.open_connection("127.0.0.1", self._target_port)
        except ConnectionError:
            writer.close()
            return
        self._writers.add(there[1])
        if self._refusing:
            # It was cut meanwhile.
            there[1].close()
        await asyncio.gather(self._pump(reader, there[1]), self._pump(there[0], writer))

    async def end(self) -> None:
        """End every connection, and wait until nothing of it is left."""
        self.restore()
        self._refusing = True
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self._serving)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                await self._flowing.wait()
                writer.write(data)
        writer.close()

    def cut(self) -> None:
        """Abort every connection and refuse new ones."""
        self._refusing = True
        for writer in self._writers:
            writer.close()

    def move_to(self, url: str) -> None:
        """Forward new connections elsewhere; open ones stay, as they do when a host name moves."""
        self._target_port = _port_of(url)

    def freeze(self) -> None:
        """Forward nothing, with all connections open."""
        self._flowing.clear()

    def restore(self) -> None:
        """Forward again."""
        self._refusing = False
        self._flowing.set()


@asynccontextmanager
async def proxy_to(url: str) -> AsyncIterator[Proxy]:
    """A proxy on a free port."""
    proxy = Proxy(_port_of(url))
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        await proxy.end()


def _port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port
