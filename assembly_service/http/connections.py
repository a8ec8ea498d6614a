"""One connection of a client: it is closed when it keeps the service waiting."""

import asyncio
import math
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import hdrs, web
from aiohttp.http import RawRequestMessage
from aiohttp.http_exceptions import LineTooLong
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader
from aiohttp.web_protocol import RequestHandler, _ErrInfo
from yarl import URL

from assembly_service.http.problems import REFUSED, Problem, problem_response
from assembly_service.runtime.metrics import HttpMetrics

LONGEST_HEADER = 65_536
"""The longest header, in bytes: whoever is asked can refuse a token in words, however long."""
_MOST_HEADER_BYTES = 98_304
"""Of all headers of a request together."""
_MOST_REFUSED_BYTES = 4 * LONGEST_HEADER
"""Of headers that have been refused already: browsers send no more."""
_REST_SECONDS = 1.0
_END = b"\r\n\r\n"
_REQUEST_LINE = re.compile(rb"([A-Z]{3,20}) (/[!\x22\x24-\x3e\x40-~]{0,1023})[ ?#]")
_ORIGIN = re.compile(rb"^origin:[ \t]*([!-~]{1,255})[ \t]*\r$", re.IGNORECASE | re.MULTILINE)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """For how many seconds a client may keep the service waiting.

    `headers`: from the connection, or from the first byte of a later request, to the end of its
    headers. `body_pause`: without a byte of a body; `body`: for all of it. `idle`: between two
    requests.
    """

    headers: float = 10
    body_pause: float = 10
    body: float = 60
    idle: float = 75


class Connection(RequestHandler):
    """An HTTP connection that is closed when the client lets the service wait for too long.

    Overrides what aiohttp 3 calls when bytes come; what follows an upgrade passes untouched.
    """

    __slots__ = (
        "_began_at",
        "_body",
        "_close_at",
        "_head",
        "_metrics",
        "_on_lost",
        "_patience",
        "_rest",
        "_timer",
        "_waits_for",
    )

    def __init__(
        self,
        server: web.Server,
        *,
        patience: Patience,
        metrics: HttpMetrics,
        on_lost: Callable[[], None],
        **options: Any,
    ) -> None:
        super().__init__(server, keepalive_timeout=patience.idle, **options)
        self._patience = patience
        self._metrics = metrics
        self._on_lost = on_lost
        self._waits_for = "headers"
        self._began_at = 0.0
        self._close_at = math.inf
        self._timer: asyncio.TimerHandle | None = None
        self._body = EMPTY_PAYLOAD
        self._head = bytearray()
        self._rest: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the first request."""
        super().connection_made(transport)
        self._metrics.connections.inc()
        self._wait_for_headers()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Nothing is waited for any more."""
        super().connection_lost(exc)
        if self._timer is not None:
            self._timer.cancel()
        self._metrics.connections.dec()
        self._on_lost()

    def data_received(self, data: bytes) -> None:
        """Read on, and see what is still missing."""
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
        """Nothing more of a body can be read: who waits for it would wait for ever."""
        if self._current_request is None:
            # It has been answered already.
            self.force_close()
        else:
            body.set_exception(web.RequestPayloadError("the body is broken"))
            # The rest is not waited for either, once there is an answer.
            body.feed_eof()
            self.close()

    def _make_error_handler(
        self, err_info: _ErrInfo
    ) -> Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]:
        """Let the application answer for what is no request: in its form, to whom it admits."""
        application: Any = self._request_handler

        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            log.info("request_unreadable", why=type(err_info.exc).__name__)
            if self._rest is not None and isinstance(err_info.exc, LineTooLong):
                # The page that asks may be named behind the header that is too long.
                await asyncio.wait({self._rest}, timeout=_REST_SECONDS)
            read = _as_far_as_read(request, bytes(self._head))
            read[REFUSED] = _problem(err_info.status, err_info.exc)
            response: web.StreamResponse = await application(read)
            response.force_close()
            return response

        return answer

    def _read_rest(self, data: bytes) -> None:
        """Read on to the end of headers that have been refused, for a while."""
        if self._rest is None or self._rest.done():
            return
        self._head += data
        if _END in self._head or len(self._head) > _MOST_REFUSED_BYTES:
            self._rest.set_result(None)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - it may repeat what was sent
    ) -> web.StreamResponse:
        """A problem for what the application failed at; what was sent may be secret."""
        if request.writer.output_size > 0:
            raise ConnectionError("a part of the answer has been sent already")
        log.error("request_failed", method=request.method, exc_info=exc)
        response = problem_response(request, _problem(status, exc))
        response.force_close()
        return response

    def _more_headers(self) -> None:
        """The headers of a request have begun, or go on."""
        if self._waits_for != "headers":
            self._wait_for_headers()
        if len(self._head) > _MOST_HEADER_BYTES:
            self._refuse(LineTooLong(b"", _MOST_HEADER_BYTES))

    def _refuse(self, error: LineTooLong) -> None:
        """Let what has come so far be answered as if the parser had refused it."""
        self._messages.append((_ErrInfo(status=400, exc=error, message=""), EMPTY_PAYLOAD))
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
        self._note_refused()
        self._wait_for_body()

    def _note_refused(self) -> None:
        self._rest = self._loop.create_future()
        self._read_rest(b"")

    def _wait_for_headers(self) -> None:
        self._wait_for("headers", until=self._loop.time() + self._patience.headers)

    def _wait_for_body(self) -> None:
        if self._body.is_eof():
            self._waits_for, self._close_at = "nothing", math.inf
            return
        ends_at = self._began_at + self._patience.body
        self._wait_for("body", until=min(self._loop.time() + self._patience.body_pause, ends_at))

    def _wait_for(self, what: str, *, until: float) -> None:
        """Instants only ever move on, so one timer is enough; it looks how late it has become."""
        self._waits_for, self._close_at = what, until
        if self._timer is None:
            self._timer = self._loop.call_at(until, self._look_at_the_clock)

    def _look_at_the_clock(self) -> None:
        self._timer, now = None, self._loop.time()
        if math.isinf(self._close_at):
            return
        if self._reading_paused:
            # It is the client that waits: the service has read nothing of this body lately.
            self._began_at, self._close_at = now, now + self._patience.body_pause
        if now < self._close_at:
            self._timer = self._loop.call_at(self._close_at, self._look_at_the_clock)
        else:
            self._give_up()

    def _give_up(self) -> None:
        self._metrics.connections_closed.labels(self._waits_for).inc()
        self.force_close()


def _as_far_as_read(request: web.BaseRequest, head: bytes) -> web.BaseRequest:
    """What an unreadable request stands for: its method, its path without a query, its origin."""
    lines, end, _ = head.partition(_END)
    lines += end[:2]
    if (line := _REQUEST_LINE.match(lines)) is None:
        return request
    origin = _ORIGIN.search(lines)
    return request.clone(
        method=line[1].decode(),
        rel_url=URL.build(path=line[2].decode(), encoded=True),
        headers={} if origin is None else {hdrs.ORIGIN: origin[1].decode()},
    )


def _problem(status: int, error: BaseException | None) -> Problem:
    if isinstance(error, LineTooLong):
        return Problem(
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
            f"The address or a header is too long: send at most {LONGEST_HEADER:,} bytes, "
            f"{_MOST_HEADER_BYTES:,} in all.",
        )
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return Problem(HTTPStatus(status), "This is not a request of HTTP/1.1: correct its form.")
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong here: it was logged.")
