"""The Engine.IO server: the requests that begin, carry, and upgrade connections."""

import secrets
from collections.abc import Callable

from aiohttp import hdrs, web

from assembly_service.http.connections import KEEPS_CONNECTION, client_gone
from assembly_service.http.handover import HandedOver, Handover, hand_over
from assembly_service.notification.socketio.connection import Connection, Owner, Upgrade
from assembly_service.notification.socketio.handshake import handshake, is_websocket
from assembly_service.notification.socketio.heartbeats import Heartbeats
from assembly_service.notification.socketio.packets import Outgoing, open_packet
from assembly_service.notification.socketio.polling import Polling, PollingResponse, packets_of
from assembly_service.notification.socketio.websocket import Session, WebSocket
from assembly_service.runtime.metrics import Limit, LimitMetrics

Admits = Callable[[web.Request, str], bool]
"""Whether pages of the origin sent with a request may connect."""

_VERSION = "4"
_PATHS = "/socket.io", "/socket.io/"
_METHODS = hdrs.METH_GET, hdrs.METH_POST, hdrs.METH_OPTIONS
_ID_BYTES = 15


class Engine:
    """Answers requests. `connections` are those that are open, by their ids, at most `most`.

    Whoever polls has no connection of the system's between two requests, so these are counted here.
    """

    def __init__(self, *, admits: Admits, most: int, owner: Owner, limits: LimitMetrics) -> None:
        self.connections: dict[str, Connection] = {}
        self.closing_reason: str | None = None
        self._heartbeats = Heartbeats()
        self._admits = admits
        self._most = most
        self._owner = owner
        self._limits = limits

    def serve(self, app: web.Application) -> None:
        """Serve at `/socket.io`, with or without a trailing slash."""
        for path in _PATHS:
            for method in _METHODS:
                app.router.add_route(method, path, self.answer)

    def forget(self, connection: Connection) -> None:
        """Forget a connection that has ended."""
        del self.connections[connection.connection_id]
        self._heartbeats.remove(connection)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer a request. Refuses new connections while the service stops."""
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is not None and not self._admits(request, origin):
            return web.Response(
                status=400,
                text="Pages of this origin may not connect: list it in WEBSOCKET_CORS_ORIGINS.",
            )
        try:
            response = await self._answer(request)
        except web.HTTPException as refusal:
            response = web.Response(
                status=refusal.status, text=refusal.text, headers=refusal.headers
            )
        except ConnectionError:
            # Most likely nobody reads this any more.
            response = web.Response(status=400, text="The connection cannot be upgraded.")
        if request.query.get("sid") in self.connections:
            # It could not open another one, and its turn to leave has not come.
            request[KEEPS_CONNECTION] = True
        if origin is not None and not response.prepared:
            # The page may read the answer, refusals too.
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
            response.headers[hdrs.VARY] = hdrs.ORIGIN
        return response

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if request.method == hdrs.METH_OPTIONS:
            return _preflight(request)
        if "j" in request.query:
            # JSONP would let pages of any origin read the answer.
            raise web.HTTPBadRequest(text="JSONP is not supported: use polling or WebSocket.")
        transport, sid = request.query.get("transport", "polling"), request.query.get("sid")
        if transport not in {"polling", "websocket"}:
            raise web.HTTPBadRequest(text="Use the transport polling or websocket.")
        if sid is not None:
            connection = self.connections.get(sid)
            if connection is None:
                raise web.HTTPBadRequest(text="This session has ended: connect again.")
            return await self._go_on(request, connection, transport)
        if self.closing_reason is not None:
            raise web.HTTPServiceUnavailable(text=self.closing_reason)
        if len(self.connections) >= self._most:
            self._limits.reached(Limit.CLIENTS)
            raise web.HTTPServiceUnavailable(text="Too many clients are connected: try later.")
        if request.method == hdrs.METH_POST or request.query.get("EIO") != _VERSION:
            raise web.HTTPBadRequest(
                text=f"Connect by GET with version {_VERSION} of Engine.IO: Socket.IO 3 or later."
            )
        if transport == "websocket":
            return self._open_websocket(request)
        return await self._open_polling(request)

    async def _go_on(
        self, request: web.Request, connection: Connection, transport: str
    ) -> web.StreamResponse:
        polling = connection.polling
        if polling is None:
            raise web.HTTPBadRequest(text="This session goes on over its WebSocket.")
        if request.method == hdrs.METH_POST:
            for packet in await packets_of(request):
                connection.on_packet(packet)
            return web.Response(text="ok")
        if transport == "websocket" or is_websocket(request):
            return _upgrade(request, connection)
        if polling.is_asked:
            connection.end()
            raise web.HTTPBadRequest(text="Wait for the answer to one request before the next.")
        return await _poll(request, connection, polling)

    def _open_websocket(self, request: web.Request) -> web.StreamResponse:
        connection = self._new_connection(request)
        handover, websocket = _take_over(request, connection, self._opening(connection))
        connection.use(websocket)
        self._add(connection)
        websocket.data_received(handover.unread)
        return HandedOver(handover)

    async def _open_polling(self, request: web.Request) -> web.StreamResponse:
        connection = self._new_connection(request)
        polling = Polling(connection)
        connection.use(polling)
        self._add(connection)
        polling.send([self._opening(connection, "websocket")])
        return await _poll(request, connection, polling)

    def _new_connection(self, request: web.Request) -> Connection:
        return Connection(
            new_id(),
            owner=self._owner,
            authorization=request.headers.getall(hdrs.AUTHORIZATION, ()),
        )

    def _add(self, connection: Connection) -> None:
        self.connections[connection.connection_id] = connection
        self._heartbeats.add(connection)

    def _opening(self, connection: Connection, *upgrades: str) -> Outgoing:
        return open_packet(
            connection.connection_id,
            upgrades=upgrades,
            ping_interval=self._heartbeats.interval_seconds,
            ping_timeout=self._heartbeats.timeout_seconds,
        )


def new_id() -> str:
    """Return an id that nobody can guess, for a connection or a client."""
    return secrets.token_urlsafe(_ID_BYTES)


async def _poll(request: web.Request, connection: Connection, polling: Polling) -> web.Response:
    """Answer with what waits for the client. A client that leaves before has missed it: it ends."""

    def end(_: object = None) -> None:
        connection.end()

    gone = client_gone(request)
    gone.add_done_callback(end)
    try:
        return PollingResponse(request, await polling.take(), on_failure=end)
    finally:
        gone.remove_done_callback(end)


def _take_over(
    request: web.Request, session: Session, *first: Outgoing
) -> tuple[Handover, WebSocket]:
    """Open a WebSocket, and write the first packets with its handshake. Raises HTTPBadRequest."""
    opening = handshake(request)
    handover = hand_over(request)
    websocket = WebSocket(
        session,
        handover.transport,
        window_bits=opening.window_bits,
        ended=handover.ended,
    )
    handover.transport.set_protocol(websocket)
    frames = [packet.frame_for(window_bits=0) for packet in first]
    handover.transport.write(b"".join([opening.answer, *frames]))
    return handover, websocket


def _upgrade(request: web.Request, connection: Connection) -> web.StreamResponse:
    """Let the client of a session try a WebSocket. Raises HTTPBadRequest."""
    if connection.upgrade is not None:
        raise web.HTTPBadRequest(text="This session is already trying a WebSocket.")
    upgrade = Upgrade(connection)
    handover, upgrade.websocket = _take_over(request, upgrade)
    connection.upgrade = upgrade
    upgrade.websocket.data_received(handover.unread)
    return HandedOver(handover)


def _preflight(request: web.Request) -> web.Response:
    headers = {hdrs.ACCESS_CONTROL_ALLOW_METHODS: ", ".join(_METHODS)}
    if asked := request.headers.get(hdrs.ACCESS_CONTROL_REQUEST_HEADERS):
        headers[hdrs.ACCESS_CONTROL_ALLOW_HEADERS] = asked
    return web.Response(headers=headers)
