"""Runs HTTP servers: on the public port, and on the operators' port if there is one."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import hdrs, web
from aiohttp.http import RawRequestMessage
from multidict import CIMultiDict, CIMultiDictProxy

from assembly_service.aws.start_errors import CannotStart
from assembly_service.domain.addresses import url_of
from assembly_service.http.connections import (
    KEEPS_CONNECTION,
    LONGEST_HEADER,
    Connection,
    Timeouts,
)
from assembly_service.http.forwarded import is_proxy
from assembly_service.http.listener import Listener
from assembly_service.http.request_metrics import count_requests
from assembly_service.runtime.metrics import HttpMetrics
from assembly_service.runtime.os_errors import reason_of
from assembly_service.settings.service import Settings
from assembly_service.settings.values import TrustedProxies

SPARE_DESCRIPTORS = 64
"""File descriptors reserved for everything but public connections."""
_MOST_OF_OPERATORS = 32
_CLOSE_CONNECTIONS_SECONDS = 1.0
_BACKLOG = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where to listen, which `settings` (host and port) say so, and the limits there."""

    host: str
    port: int
    settings: tuple[str, str]
    most: int
    most_of_an_address: int | None = None
    trusted_proxies: TrustedProxies = 0
    spare_descriptors: int = 0


def public_endpoint(settings: Settings) -> Endpoint:
    """Return the endpoint for clients."""
    return Endpoint(
        host=settings.host,
        port=settings.port,
        settings=("HOST", "PORT"),
        most=settings.max_connections,
        most_of_an_address=settings.most_of_an_address,
        trusted_proxies=settings.trusted_proxies,
        spare_descriptors=SPARE_DESCRIPTORS,
    )


def operations_endpoint(settings: Settings) -> Endpoint:
    """Return the endpoint for operators, which works even when the public one is full."""
    return Endpoint(
        host=settings.operations_host,
        port=settings.operations_port,
        settings=("OPERATIONS_HOST", "OPERATIONS_PORT"),
        most=_MOST_OF_OPERATORS,
    )


async def _do_nothing() -> None:
    pass


@asynccontextmanager
async def http_server(
    application: web.Application,
    endpoint: Endpoint,
    *,
    metrics: HttpMetrics,
    before_close: Callable[[], Awaitable[None]] = _do_nothing,
    stop: asyncio.Event | None = None,
    timeouts: Timeouts | None = None,
) -> AsyncIterator[str]:
    """Serve the application at an endpoint, and yield its URL.

    Its connections and requests are counted in `metrics`.

    At the stop, or else at the end, the server stops accepting and awaits `before_close`, which may
    end long-lived connections. Each connection closes with its next response, unless the request
    says that it keeps it. At the end the server closes the rest. Raises CannotStart.
    """
    stop = stop or asyncio.Event()
    application.on_response_prepare.append(partial(_close_after_stop, stop))
    count_requests(application, metrics)
    runner = web.AppRunner(
        application, access_log=None, shutdown_timeout=_CLOSE_CONNECTIONS_SECONDS
    )
    await runner.setup()
    try:
        with ExitStack() as opened:
            sockets = [opened.enter_context(each) for each in await _bound(endpoint)]
            listener = Listener(
                sockets,
                serve=_connection_factory(runner, timeouts or Timeouts(), metrics),
                metrics=metrics,
                most=endpoint.most,
                most_of_an_address=endpoint.most_of_an_address,
                is_proxy=partial(is_proxy, trusted=endpoint.trusted_proxies),
                spare_descriptors=endpoint.spare_descriptors,
            )
            listener.open()
            opened.callback(listener.close)
            closing = asyncio.create_task(_close_at(stop, opened, before_close), name="close port")
            try:
                yield url_of(endpoint.host, sockets[0].getsockname()[1])
                stop.set()
                await closing
            finally:
                closing.cancel()
    finally:
        await runner.cleanup()


async def _close_after_stop(
    stop: asyncio.Event, request: web.Request, response: web.StreamResponse
) -> None:
    """Say that the connection ends, so that no proxy sends a request just when it is cut."""
    if stop.is_set() and KEEPS_CONNECTION not in request:
        response.force_close()
        # aiohttp has already written what it meant to do.
        response.headers[hdrs.CONNECTION] = "close"


async def _close_at(
    stop: asyncio.Event, opened: ExitStack, before_close: Callable[[], Awaitable[None]]
) -> None:
    await stop.wait()
    # New connections go elsewhere, and another process may listen at the port.
    opened.close()
    await before_close()


def _connection_factory(
    runner: web.AppRunner, timeouts: Timeouts, metrics: HttpMetrics
) -> Callable[[Callable[[], None]], Connection]:
    server, loop = runner.server, asyncio.get_running_loop()
    if server is None:
        raise RuntimeError("the application is not set up")
    server.request_factory = partial(_make_request, server.request_factory)

    def serve(on_lost: Callable[[], None]) -> Connection:
        return Connection(
            server,
            loop=loop,
            timeouts=timeouts,
            metrics=metrics,
            on_lost=on_lost,
            access_log=None,
            max_line_size=LONGEST_HEADER,
            max_field_size=LONGEST_HEADER,
            # aiohttp would pass a truncated body off as complete. Whatever reads bodies
            # decompresses them itself.
            auto_decompress=False,
        )

    return serve


def _make_request(make: Any, message: RawRequestMessage, *details: Any) -> web.BaseRequest:
    """Make a request, ignoring unknown expectations, as RFC 9110, 10.1.1 allows.

    aiohttp would refuse it before the application sees it, in a sentence that quotes the header.
    """
    if message.headers.get(hdrs.EXPECT, "100-continue").lower() != "100-continue":
        headers = CIMultiDict(message.headers)
        del headers[hdrs.EXPECT]
        message = message._replace(headers=CIMultiDictProxy(headers))
    request: web.BaseRequest = make(message, *details)
    return request


async def _bound(endpoint: Endpoint) -> list[socket.socket]:
    """Bind a socket for each address of the host. Raises CannotStart."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            endpoint.host, endpoint.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        return [_listening_socket(family, address) for family, _, _, _, address in found]
    except OSError as error:
        raise CannotStart(_cannot_listen(error, endpoint)) from error


def _listening_socket(family: int, address: tuple[object, ...]) -> socket.socket:
    host, port = str(address[0]), int(str(address[1]))
    listening = socket.create_server(
        (host, port),
        family=family,
        backlog=_BACKLOG,
        dualstack_ipv6=host == "::" and socket.has_dualstack_ipv6(),
    )
    listening.setblocking(False)
    return listening


def _cannot_listen(error: OSError, endpoint: Endpoint) -> str:
    host, port = endpoint.settings
    if error.errno == errno.EADDRINUSE:
        return f"Port {endpoint.port} is in use: stop what listens there, or set another {port}."
    return f"Cannot listen on {endpoint.host}:{endpoint.port} ({reason_of(error)}): correct {host}."
