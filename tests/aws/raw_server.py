"""A server whose answers are bytes, so that it can break off wherever a test wants it to."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

Answer = Callable[["Connection"], Awaitable[None]]

FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Request(NamedTuple):
    """The first line, and the headers by their names in lower case."""

    line: str
    headers: dict[str, str]


class Connection(NamedTuple):
    """One connection of a client."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, answer: bytes = FINE) -> None:
        self.writer.write(answer)
        await self.writer.drain()

    async def close(self) -> None:
        self.writer.close()


@dataclass
class RawServer:
    """Gives the answers in turn, then repeats the last; records requests and connections."""

    answers: list[Answer] = field(default_factory=lambda: [Connection.send])
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        connection = Connection(reader, writer)
        try:
            while not writer.is_closing():
                self.requests.append(await _request(reader))
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                await answer(connection)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def _request(reader: asyncio.StreamReader) -> Request:
    line, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (each.partition(": ") for each in lines)}
    await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(line, headers)


@asynccontextmanager
async def running(
    *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[RawServer]:
    """Serve on a free port until the block ends."""
    raw = RawServer()
    tasks: set[asyncio.Task[None]] = set()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.ensure_future(raw.serve(reader, writer)))

    server = await asyncio.start_server(begin, host, 0, ssl=tls)
    raw.port = server.sockets[0].getsockname()[1]
    try:
        yield raw
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def through(port: int) -> Answer:
    """Answer CONNECT with a tunnel to a port of this machine, whatever was asked for."""

    async def tunnel(connection: Connection) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await connection.send(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            await asyncio.gather(
                _pass_on(connection.reader, writer), _pass_on(reader, connection.writer)
            )
        finally:
            writer.close()

    return tunnel


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
    writer.close()
