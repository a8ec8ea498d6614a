"""Runs clients that load a path as a process: on connections that are kept, or on new ones."""

import asyncio
import re
import time
from typing import Any

import uvloop

from bench.loads.lines import requests, say
from bench.loads.processes import raise_file_limit

_AT_ONCE = 50
_HEADERS_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
# What Chrome sends from a page of another origin.
_REQUEST = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/142.0.0.0 Safari/537.36\r\nAccept: */*\r\nOrigin: https://shop.example\r\n"
    "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n"
    "Referer: https://shop.example/\r\nAccept-Encoding: {coding}\r\n"
    "Accept-Language: en-US,en;q=0.9\r\n\r\n"
)


class _Loader(asyncio.Protocol):
    """Loads so many times on one connection. `done` becomes the bytes of the last answer."""

    def __init__(self, request: bytes, times: int) -> None:
        self.done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._request = request
        self._left = times
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._transport.write(self._request)

    def connection_lost(self, _: Exception | None) -> None:
        """Handle a connection that the server has closed."""
        if not self.done.done():
            self.done.set_exception(ConnectionError("The server closed a connection."))

    def data_received(self, data: bytes) -> None:
        """Send the next request after a complete answer."""
        self._buffer += data
        end = self._buffer.find(_HEADERS_END)
        if end < 0:
            return
        head = bytes(self._buffer[: end + 2])
        length = _LENGTH.search(head)
        if length is None or not head.startswith(b"HTTP/1.1 200 "):
            self._transport.abort()
            return
        size = end + len(_HEADERS_END) + int(length[1])
        if len(self._buffer) < size:
            return
        self._buffer.clear()
        self._left -= 1
        if self._left:
            self._transport.write(self._request)
        else:
            self.done.set_result(size)
            self._transport.close()


async def _load(request: dict[str, Any]) -> dict[str, object]:
    """Load so many times on each of so many connections. Raises ConnectionError."""
    turns = asyncio.Semaphore(_AT_ONCE)
    loop = asyncio.get_running_loop()
    text = _REQUEST.format(path=request["path"], coding=request["coding"]).encode()

    async def one() -> int:
        async with turns:
            loader = _Loader(text, request["loads"])
            await loop.create_connection(lambda: loader, "127.0.0.1", request["port"])
            return await loader.done

    start = time.monotonic()
    sizes = await asyncio.gather(*(one() for _ in range(request["connections"])))
    return {"seconds": time.monotonic() - start, "bytes": max(sizes)}


async def main() -> None:
    """Serve requests until the parent closes the input."""
    raise_file_limit()
    say(ready=True)
    async for request in requests():
        say(**await _load(request))


if __name__ == "__main__":
    uvloop.run(main())
