"""One client's event stream: what is written to it, and what happens if it is not read."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog
from aiohttp.abc import AbstractStreamWriter

from assembly_service.http.event_streams import HEARTBEAT
from assembly_service.notification.socketio.websocket import MOST_UNREAD_BYTES, STALL_SECONDS
from assembly_service.runtime.metrics import ClientMetrics, StreamOutcome

HEARTBEAT_SECONDS = 15.0

log = structlog.get_logger()


class EventStream:
    """Writes frames to one connection, whole and at once.

    The connection's own buffer is the send queue, with the bound that sockets have: a client that
    leaves more unread is dropped. So is one that reads nothing at all for a while. `writer` is that
    of the prepared response. `closed` is set by whoever serves the stream.
    """

    def __init__(
        self,
        *,
        client_id: str,
        writer: AbstractStreamWriter,
        transport: asyncio.Transport,
        metrics: ClientMetrics,
    ) -> None:
        self.client_id = client_id
        loop = asyncio.get_running_loop()
        self.closed: asyncio.Future[None] = loop.create_future()
        self._ended: asyncio.Future[None] = loop.create_future()
        self._writer = writer
        self._transport = transport
        self._metrics = metrics
        self._has_counted = False
        self._written = 0
        self._read = -1

    @property
    def has_ended(self) -> bool:
        """Whether nothing more is written."""
        return self._ended.done()

    def count(self, outcome: StreamOutcome) -> None:
        """Count what has become of the stream. Its first outcome is the one that counts."""
        if not self._has_counted:
            self._has_counted = True
            self._metrics.stream_requests[outcome].inc()

    def send(self, frame: bytes) -> None:
        """Write a frame without waiting. Does nothing after the end."""
        if self.has_ended or self._transport.is_closing():
            return
        if self._transport.get_write_buffer_size() + len(frame) > MOST_UNREAD_BYTES:
            self._drop_slow()
            return
        self._transport.write(frame)
        self._written += len(frame)

    async def send_when_read(self, frame: bytes) -> None:
        """Write a frame once the client has read most of what was written before.

        A client that stops reading is dropped.
        """
        await self.drain()
        self.send(frame)

    async def unless_ended(self, work: Coroutine[Any, Any, None]) -> None:
        """Do some work, and cancel it at the end of the stream. Raises what it raises."""
        task = asyncio.create_task(work, name="event-stream")
        try:
            await asyncio.wait({task, self._ended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            task.result()

    async def stay_open(self) -> None:
        """Write a comment every now and then until the end."""
        while not self.has_ended:
            await asyncio.wait({self._ended}, timeout=HEARTBEAT_SECONDS)
            if self._is_stalled():
                self._drop_slow()
            self.send(HEARTBEAT)

    async def drain(self) -> None:
        """Wait until the client has read most of what was written, or is dropped."""
        try:
            async with asyncio.timeout(STALL_SECONDS):
                await self._writer.drain()
        except ConnectionError:
            self.end()
        except TimeoutError:
            self._drop_slow()

    def end(self) -> None:
        """Write nothing more."""
        if not self.has_ended:
            self._ended.set_result(None)

    def abort(self) -> None:
        """Cut the connection without waiting for the client to read."""
        self.end()
        self._transport.abort()

    def _is_stalled(self) -> bool:
        """Whether the client has read nothing since the last heartbeat, itself included."""
        before, self._read = self._read, self._written - self._transport.get_write_buffer_size()
        return self._read == before

    def _drop_slow(self) -> None:
        if not self._transport.is_closing():
            self._metrics.slow_clients.inc()
            log.info("slow_client_dropped", client_id=self.client_id)
            self.abort()
