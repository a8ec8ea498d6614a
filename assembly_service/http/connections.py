"""HTTP connections with timeouts for slow clients."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import web
from aiohttp.http import RawRequestMessage
from aiohttp.http_exceptions import LineTooLong
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader
from aiohttp.web_protocol import RequestHandler, _ErrInfo

from assembly_service.http.problems import (
    EARLY_PROBLEM,
    UNEXPECTED_PROBLEM,
    Problem,
    problem_response,
)
from assembly_service.http.unreadable import END_OF_HEADERS, recovered
from assembly_service.runtime.metrics import HttpMetrics

KEEPS_CONNECTION = web.RequestKey("keeps_connection", bool)
"""Set for requests of clients that need their connections while the server stops."""
LONGEST_HEADER = 65_536
"""The longest header, in bytes, large enough for applications to refuse oversized tokens."""
# Of all headers of a request together.
_MOST_HEADER_BYTES = 98_304
# Of headers that are already refused; browsers do not send more.
_MOST_REFUSED_BYTES = 4 * LONGEST_HEADER
_REST_SECONDS = 1.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long a client may take, in seconds.

    `headers`: from the connection, or the first byte of a later request, to the end of the headers.
    `body_pause`: between two pieces of a body; `body`: for all of it. `idle`: between requests.
    """

    headers: float = 10
    body_pause: float = 10
    body: float = 60
    idle: float = 75


class Connection(RequestHandler):
    """An HTTP connection that is closed when the client takes too long.

    Overrides what aiohttp 3 calls when bytes arrive. After an upgrade it does nothing.
    """

    __slots__ = (
        "_began_at",
        "_body",
        "_close_at",
        "_gone",
        "_head",
        "_metrics",
        "_on_lost",
        "_phase",
        "_rest",
        "_timeouts",
        "_timer",
    )

    def __init__(
        self,
        server: web.Server,
        *,
        timeouts: Timeouts,
        metrics: HttpMetrics,
        on_lost: Callable[[], None],
        **options: Any,
    ) -> None:
        super().__init__(server, keepalive_timeout=timeouts.idle, **options)
        self._timeouts = timeouts
        self._metrics = metrics
        self._on_lost = on_lost
        self._phase = "headers"
        self._began_at = 0.0
        self._close_at = math.inf
        self._timer: asyncio.TimerHandle | None = None
        self._body = EMPTY_PAYLOAD
        self._head = bytearray()
        self._rest: asyncio.Future[None] | None = None
        self._gone: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the timeout for the first request."""
        super().connection_made(transport)
        self._metrics.connections.inc()
        self._wait_for_headers()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Stop the timeouts."""
        super().connection_lost(exc)
        if self._timer is not None:
            self._timer.cancel()
        _note_lost(self._metrics, self._on_lost)
        if self._gone is not None and not self._gone.done():
            self._gone.set_result(None)

    def let_go(self) -> tuple[asyncio.Transport, bytes, Callable[[], None]]:
        """Give the transport to another protocol; return it, the unread bytes, and a callback.

        The callback has to be called when the connection is lost. aiohttp is told that the client
        has left, so it frees what it holds. Raises ConnectionError if the client really has left,
        or has not read everything yet.
        """
        transport, unread = self.transport, self._message_tail
        if transport is None or transport.is_closing() or transport.get_write_buffer_size():
            raise ConnectionResetError("the client has left, or does not read")
        if self._buffer_paused:
            transport.resume_reading()
        # What aiohttp does not have it does not close.
        self.transport = None
        super().connection_lost(None)
        if self._timer is not None:
            self._timer.cancel()
        self._message_tail = b""
        return transport, unread, partial(_note_lost, self._metrics, self._on_lost)

    def gone(self) -> asyncio.Future[None]:
        """Return a future that is done once the connection is lost."""
        if self._gone is None:
            self._gone = self._loop.create_future()
            if self.transport is None:
                self._gone.set_result(None)
        return self._gone

    def data_received(self, data: bytes) -> None:
        """Parse what arrived, and set the timeout for what is still missing."""
        if self._payload_parser is not None:
            super().data_received(data)
            return
        if self._rest is not None:
            self._read_rest(data)
            return
        requests, body_has_ended = self._request_count, self._body.is_eof()
        if body_has_ended and not self._upgraded:
            self._head += data
        super().data_received(data)
        if self._request_count > requests:
            self._began_at = self._loop.time()
            ended = self._body
            message, self._body = self._messages[-1]
            if isinstance(message, RawRequestMessage):
                self._head.clear()
            elif not body_has_ended:
                self._break_off(ended)
            else:
                self._note_refused()
        elif body_has_ended:
            if data and not self._upgraded:
                self._more_headers()
            return
        self._wait_for_body()

    def _break_off(self, body: StreamReader) -> None:
        """End a body that cannot be parsed further, so that no handler waits for it forever."""
        if self._current_request is None:
            # The request is already answered.
            self.force_close()
        else:
            body.set_exception(web.RequestPayloadError("the body is broken"))
            # After the response, aiohttp is not to wait for the rest either.
            body.feed_eof()
            self.close()

    def _make_error_handler(
        self, err_info: _ErrInfo
    ) -> Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]:
        """Let the application answer a malformed request, in its own form and with CORS."""
        application: Any = self._request_handler

        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            log.info("request_unreadable", reason=type(err_info.exc).__name__)
            if self._rest is not None and isinstance(err_info.exc, LineTooLong):
                # The Origin header may come after the header that is too long.
                await asyncio.wait({self._rest}, timeout=_REST_SECONDS)
            read = recovered(request, bytes(self._head))
            read[EARLY_PROBLEM] = _problem_of(err_info.status, err_info.exc)
            response: web.StreamResponse = await application(read)
            response.force_close()
            return response

        return answer

    def _read_rest(self, data: bytes) -> None:
        """Read the rest of headers that are already refused, up to a limit."""
        if self._rest is None or self._rest.done():
            return
        self._head += data
        if END_OF_HEADERS in self._head or len(self._head) > _MOST_REFUSED_BYTES:
            self._rest.set_result(None)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - it may quote the request
    ) -> web.StreamResponse:
        """Answer with a problem when the application failed. Quotes nothing of the request."""
        if request.writer.output_size > 0:
            raise ConnectionError("part of the response has already been sent")
        log.error("request_failed", method=request.method, exc_info=exc)
        response = problem_response(request, _problem_of(status, exc))
        response.force_close()
        return response

    def _more_headers(self) -> None:
        """Handle a part of the headers of a request."""
        if self._phase != "headers":
            self._wait_for_headers()
        if len(self._head) > _MOST_HEADER_BYTES:
            self._refuse(LineTooLong(b"", _MOST_HEADER_BYTES))

    def _refuse(self, error: LineTooLong) -> None:
        """Answer what has arrived so far as if the parser had refused it."""
        self._messages.append((_ErrInfo(status=400, exc=error, message=""), EMPTY_PAYLOAD))
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
        self._note_refused()
        self._wait_for_body()

    def _note_refused(self) -> None:
        self._rest = self._loop.create_future()
        self._read_rest(b"")

    def _wait_for_headers(self) -> None:
        self._set_deadline("headers", until=self._loop.time() + self._timeouts.headers)

    def _wait_for_body(self) -> None:
        if self._body.is_eof():
            self._phase, self._close_at = "nothing", math.inf
            return
        ends_at = self._began_at + self._timeouts.body
        self._set_deadline(
            "body", until=min(self._loop.time() + self._timeouts.body_pause, ends_at)
        )

    def _set_deadline(self, phase: str, *, until: float) -> None:
        """Set a deadline. It is never earlier, so a running timer is renewed only when it fires."""
        self._phase, self._close_at = phase, until
        if self._timer is None:
            self._timer = self._loop.call_at(until, self._check_deadline)

    def _check_deadline(self) -> None:
        self._timer, now = None, self._loop.time()
        if math.isinf(self._close_at):
            return
        if self._reading_paused:
            # Not the client's fault: the service itself has paused reading.
            self._began_at, self._close_at = now, now + self._timeouts.body_pause
        if now < self._close_at:
            self._timer = self._loop.call_at(self._close_at, self._check_deadline)
        else:
            self._metrics.connections_closed.labels(self._phase).inc()
            self.force_close()


def _note_lost(metrics: HttpMetrics, on_lost: Callable[[], None]) -> None:
    metrics.connections.dec()
    on_lost()


def client_gone(request: web.BaseRequest) -> asyncio.Future[None]:
    """Return a future that is done once the client of a request has left.

    aiohttp does not cancel the handler.
    """
    connection = request.protocol
    if isinstance(connection, Connection):
        return connection.gone()
    return asyncio.get_running_loop().create_future()


def _problem_of(status: int, error: BaseException | None) -> Problem:
    if isinstance(error, LineTooLong):
        return Problem(
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
            f"The URL or a header is too long: send at most {LONGEST_HEADER:,} bytes each, "
            f"{_MOST_HEADER_BYTES:,} in all.",
        )
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return Problem(
            HTTPStatus(status), "This is not a valid HTTP/1.1 request: correct its syntax."
        )
    return UNEXPECTED_PROBLEM
