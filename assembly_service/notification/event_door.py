"""The door for server-sent events: a client joins, is sent what it missed, and goes on live."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from uuid import uuid4

import structlog
from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter

from assembly_service.access.reader_calls import admit, ticket_in
from assembly_service.access.readers import EVERYTHING, Reader, Readers
from assembly_service.aws.errors import AWS_ERRORS, code_of
from assembly_service.domain import exact_json
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.http.connections import client_gone
from assembly_service.http.event_streams import (
    EventStreamResponse,
    event_frame,
    overload_frame,
    overload_response,
    retry_frame,
)
from assembly_service.http.middleware import CORS_HEADERS
from assembly_service.http.problems import Problem
from assembly_service.notification.door_parts import DoorParts
from assembly_service.notification.drain import goodbyes
from assembly_service.notification.event_calls import (
    FOLLOW_SELLER,
    StreamRequest,
    read_stream_request,
)
from assembly_service.notification.event_stream import EventStream
from assembly_service.notification.event_tickets import ticket_route
from assembly_service.notification.replay import ReplayResult
from assembly_service.notification.requests import EXPIRED, RefusalCode, error_payload
from assembly_service.notification.rooms import EncodedPush, ResyncReason, encode, resync
from assembly_service.notification.subscriptions import subscribed
from assembly_service.runtime.metrics import StreamOutcome
from assembly_service.settings.drain import CLOSE_SECONDS
from assembly_service.shop.first_pages import FirstProductTooLarge
from assembly_service.shop.pages import page_body
from assembly_service.storage.catalogue import CatalogueBusy

_RETRY_SECONDS = 1.0, 3.0
"""Spreads those who come back after a crash."""
_DEPLOY_RETRY_SECONDS = 0.5, 1.5
"""Like socket.io-client: the goodbyes are spread already."""

_LATE_SECONDS = 5.0
"""As long as the objective of products allows."""

log = structlog.get_logger()


class EventDoor:
    """Serves event streams, each for one seller. Without `readers` everybody may follow."""

    def __init__(self, parts: DoorParts, *, readers: Readers | None) -> None:
        self._parts = parts
        self._readers = readers
        self._open: set[EventStream] = set()
        parts.metrics.by_transport.labels("event_stream").set_function(self._open.__len__)
        self._closing_reason: str | None = None

    def routes(self) -> list[web.RouteDef]:
        """Return the routes: that of streams and, where readers need them, that of tickets."""
        of_tickets = [] if self._readers is None else [ticket_route(self._readers)]
        return [FOLLOW_SELLER.route(self.follow), *of_tickets]

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Answer with a stream that ends with the client, or with the service."""
        asked = read_stream_request(request)
        allowed = request.get(CORS_HEADERS, {})
        if hdrs.ORIGIN in request.headers and not allowed:
            raise Problem(
                HTTPStatus.FORBIDDEN,
                "Pages of this origin may not follow sellers: list it in WEBSOCKET_CORS_ORIGINS.",
            )
        if self._closing_reason is not None:
            return overload_response(self._closing_reason)
        try:
            reader = await self._reader(request, asked.seller_handle)
        except Problem as problem:
            if problem.status is not HTTPStatus.SERVICE_UNAVAILABLE:
                raise
            self._parts.metrics.stream_requests[StreamOutcome.REFUSED].inc()
            return overload_response(problem.detail)
        response = EventStreamResponse()
        response.headers.update(allowed)
        try:
            writer = await response.prepare(request)
        except ConnectionError:
            # The client has left already.
            return response
        if writer is not None and request.method != hdrs.METH_HEAD:
            await self._serve(request, writer, asked, reader)
        return response

    async def close(self, reason: str, *, seconds: float = 0) -> None:
        """Refuse new streams, and end all others with a reason, spread over so many seconds.

        Whoever does not read to the end is cut CLOSE_SECONDS later.
        """
        self._closing_reason = reason
        async for some in goodbyes(tuple(self._open), seconds):
            for stream in some:
                _dismiss(stream, reason)
        if self._open:
            await asyncio.wait({stream.closed for stream in self._open})

    async def _reader(self, request: web.Request, seller_handle: str) -> Reader:
        """Return who asks. Raises Problem."""
        if self._readers is None:
            return EVERYTHING
        return await admit(request, self._readers, seller_handle, ticket=ticket_in(request))

    async def _serve(
        self,
        request: web.Request,
        writer: AbstractStreamWriter,
        asked: StreamRequest,
        reader: Reader,
    ) -> None:
        if request.transport is None:
            return
        stream = EventStream(
            client_id=uuid4().hex,
            writer=writer,
            transport=request.transport,
            metrics=self._parts.metrics,
        )
        client_gone(request).add_done_callback(lambda _: stream.end())
        self._open.add(stream)
        if self._closing_reason is not None:
            # It began while the token was verified, and the goodbyes are for earlier streams.
            _dismiss(stream, self._closing_reason)
        forget = self._parts.expiries.add(reader.expires_at, partial(self._expire, stream))
        try:
            stream.send(retry_frame(*_RETRY_SECONDS))
            await self._follow(stream, asked)
            await stream.drain()
        except (*AWS_ERRORS, CatalogueBusy) as error:
            log.warning("replay_failed", code=code_of(error))
            stream.count(StreamOutcome.FAILED)
            stream.send(overload_frame("The products cannot be read at the moment."))
        except Exception:
            log.exception("request_failed", method=request.method, path=FOLLOW_SELLER.path)
            stream.count(StreamOutcome.FAILED)
            stream.send(overload_frame("The service failed."))
        finally:
            forget()
            self._open.discard(stream)
            stream.closed.set_result(None)

    async def _follow(self, stream: EventStream, asked: StreamRequest) -> None:
        timestamp = self._now()
        # Join first, then read: a product committed in between is sent twice, never missed.
        self._join(stream, asked.seller_handle, timestamp)
        try:
            await stream.unless_ended(self._catch_up(stream, asked, timestamp))
            await stream.stay_open()
        finally:
            self._leave(stream, asked.seller_handle)

    async def _catch_up(self, stream: EventStream, asked: StreamRequest, timestamp: str) -> None:
        if asked.has_unknown_mark:
            self._parts.metrics.replays.labels(ReplayResult.RESYNC.value).inc()
            self._ask_to_reload(stream, asked.seller_handle, ResyncReason.UNKNOWN_MARK)
        payload = subscribed(asked.seller_handle, timestamp)
        missed: Sequence[EncodedPush] = ()
        with _reading(stream):
            if asked.since is not None:
                missed = (await self._parts.replay.of(asked.seller_handle, asked.since)).pushes
            if asked.snapshot is not None:
                try:
                    page = await self._parts.first_pages.of(
                        asked.seller_handle, limit=asked.snapshot
                    )
                    payload["snapshot"] = page_body(page, timestamp=timestamp)
                except FirstProductTooLarge:
                    self._ask_to_reload(stream, asked.seller_handle, ResyncReason.PRODUCT_TOO_LARGE)
        for push in missed:
            await stream.send_when_read(push.frame)
        await stream.send_when_read(
            event_frame("subscribed", exact_json.dumps(payload), event_id=timestamp)
        )
        if not stream.has_ended:
            stream.count(StreamOutcome.SERVED)

    def _expire(self, stream: EventStream) -> None:
        payload = error_payload(RefusalCode.TOKEN_EXPIRED, EXPIRED, self._now())
        stream.send(event_frame(RefusalCode.TOKEN_EXPIRED, exact_json.dumps(payload)))
        stream.end()

    def _ask_to_reload(self, stream: EventStream, seller_handle: str, reason: ResyncReason) -> None:
        stream.send(encode(resync(seller_handle, reason, self._now())).frame)

    def _join(self, stream: EventStream, seller_handle: str, timestamp: str) -> None:
        self._parts.rooms.add_stream(seller_handle, stream)
        self._parts.subscriptions.add_client(stream.client_id)
        self._parts.subscriptions.add(stream.client_id, seller_handle, joined_at=timestamp)
        self._parts.metrics.event_streams.inc()

    def _leave(self, stream: EventStream, seller_handle: str) -> None:
        self._parts.rooms.remove_stream(seller_handle, stream)
        self._parts.subscriptions.remove_client(stream.client_id)
        self._parts.metrics.event_streams.dec()

    def _now(self) -> str:
        return format_milliseconds(self._parts.clock())


def _dismiss(stream: EventStream, reason: str) -> None:
    """Say goodbye. A client that does not read to the end is cut CLOSE_SECONDS later."""
    stream.send(retry_frame(*_DEPLOY_RETRY_SECONDS, why=reason))
    stream.end()
    asyncio.get_running_loop().call_later(CLOSE_SECONDS, stream.abort)


@contextmanager
def _reading(stream: EventStream) -> Iterator[None]:
    """Count the stream as failed if the reads in the block fail, or as late if they take long.

    They are late even if the client leaves while it waits for them.
    """
    began = time.monotonic()
    try:
        yield
    except Exception:
        stream.count(StreamOutcome.FAILED)
        raise
    finally:
        if time.monotonic() - began >= _LATE_SECONDS:
            stream.count(StreamOutcome.LATE)
