"""A server that answers every call with the same 1 KB, so that a caller's own cost shows."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

BODY = b'{"Attributes":{"key":{"S":"' + b"x" * 990 + b'"}}}'
_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
    b"Content-Length: %d\r\nx-amzn-RequestId: %s\r\n\r\n%s" % (len(BODY), b"A" * 52, BODY)
)
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_END = b"\r\n\r\n"


class _Answering(asyncio.Protocol):
    """Reads requests and answers each."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker
        self._transport = transport
        self._read = b""

    def data_received(self, data: bytes) -> None:
        self._read += data
        while (start := self._read.find(_END)) >= 0:
            length = _LENGTH.search(self._read[: start + 2])
            end = start + len(_END) + (int(length[1]) if length else 0)
            if len(self._read) < end:
                return
            self._read = self._read[end:]
            self._transport.write(_ANSWER)


@asynccontextmanager
async def canned_aws(tls: ssl.SSLContext | None) -> AsyncIterator[str]:
    """Serve until the block ends, yield the URL."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Answering, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"{'http' if tls is None else 'https'}://127.0.0.1:{port}"
    finally:
        server.close()
