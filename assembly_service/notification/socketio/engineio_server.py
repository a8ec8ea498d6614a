"""The Engine.IO server: connections and their send queues."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import engineio
import structlog
from aiohttp import web
from engineio.async_drivers import aiohttp as driver

from assembly_service.notification.socketio.packets import LARGEST_INCOMING_BYTES, Outgoing
from assembly_service.notification.socketio.send_queue import SendQueue
from assembly_service.notification.socketio.transports import (
    CLOSE_SECONDS,
    WebSocket,
    make_response,
    translate_request,
)
from assembly_service.runtime.metrics import NotificationMetrics

log = structlog.get_logger()

Admits = Callable[[web.Request, str], bool]
"""Whether pages of the origin sent with a request may connect."""


class EngineIoServer(engineio.AsyncServer):  # type: ignore[misc]
    """python-engineio with bounded send queues, where nothing waits for a client to read."""

    def __init__(self, *, admits: Admits, metrics: NotificationMetrics, **options: Any) -> None:
        super().__init__(
            async_mode="aiohttp",
            max_http_buffer_size=LARGEST_INCOMING_BYTES,
            http_compression=False,
            cors_credentials=False,
            **options,
        )
        self._async: dict[str, Any] = {
            **driver._async,
            "websocket": WebSocket,
            "translate_request": translate_request,
            "make_response": make_response,
        }
        self.websockets: dict[str, WebSocket] = {}
        self.closing_reason: str | None = None
        self._admits = admits
        self._metrics = metrics
        self._tasks: set[asyncio.Task[Any]] = set()

    def create_queue(self, *_: Any, **__: Any) -> SendQueue:
        """Return the send queue of a new connection."""
        return SendQueue()

    def send_queue(self, sid: str) -> SendQueue | None:
        """Return the send queue of a connection, or None if it has ended."""
        socket = self.sockets.get(sid)
        return None if socket is None else socket.queue

    def deliver(self, sid: str, *packets: Outgoing) -> None:
        """Write or queue packets without waiting, and drop the client if its queue is full.

        Does nothing if the connection has ended.
        """
        send_queue = self.send_queue(sid)
        if send_queue is None:
            return
        websocket = self.websockets.get(sid)
        if websocket is not None and send_queue.is_empty and websocket.write_at_once(packets):
            return
        for packet in packets:
            if not send_queue.fits(packet.size):
                self.drop_slow(sid)
                return
            send_queue.put_nowait(packet)

    def drop_slow(self, sid: str) -> None:
        """Drop a client that reads too slowly."""
        if sid in self.sockets:
            self._metrics.slow_clients.inc()
            log.info("slow_client_dropped", client_id=sid)
            self.drop(sid)

    def drop(self, sid: str) -> None:
        """Abort a connection at once. Nothing more is written to it."""
        socket = self.sockets.pop(sid, None)
        if socket is None:
            return
        if websocket := self.websockets.get(sid):
            websocket.abort()
        self.start_background_task(self._end, socket)

    async def _end(self, socket: Any) -> None:
        await socket.close(wait=False, abort=True, reason=self.reason.TRANSPORT_ERROR)
        socket.queue.put_nowait(None)

    async def disconnect(self, sid: str | None = None) -> None:
        """Drop a connection. python-engineio would wait until the client has read everything."""
        if sid is not None:
            self.drop(sid)

    async def handle_request(self, request: web.Request) -> web.StreamResponse:
        """Answer an HTTP request. Refuses all requests while the service stops."""
        if self.closing_reason is not None:
            raise web.HTTPServiceUnavailable(text=self.closing_reason)
        if "j" in request.query:
            # JSONP would let pages of any origin read the answer.
            raise web.HTTPBadRequest(text="JSONP is not supported: use polling or WebSocket.")
        response: web.StreamResponse = await super().handle_request(request)
        return response

    def start_background_task(
        self, target: Callable[..., Coroutine[Any, Any, Any]], *args: Any, **kwargs: Any
    ) -> asyncio.Task[Any]:
        """Start a task that is cancelled when the server closes."""
        task = asyncio.create_task(target(*args, **kwargs), name=f"sockets: {target.__name__}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self, reason: str) -> None:
        """Close every connection with a reason, within seconds, and cancel all background tasks."""
        self.closing_reason = reason
        for socket in tuple(self.sockets.values()):
            await socket.close(wait=False, reason=self.reason.SERVER_DISCONNECT)
        await self._websockets_ended()
        for websocket in tuple(self.websockets.values()):
            websocket.abort()
        await self._websockets_ended()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _websockets_ended(self) -> None:
        if self.websockets:
            ending = [websocket.ended for websocket in self.websockets.values()]
            await asyncio.wait(ending, timeout=CLOSE_SECONDS)

    def _cors_allowed_origins(self, environ: dict[str, Any]) -> list[str]:
        """Return the origin sent with a request if it is admitted."""
        sent: str | None = environ.get("HTTP_ORIGIN")
        if sent is None or not self._admits(environ["aiohttp.request"], sent):
            return []
        return [sent]
