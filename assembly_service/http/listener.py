"""Accepts connections within limits."""

import asyncio
import errno
import os
import resource
import socket
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

import structlog

from assembly_service.aws.start_errors import CannotStart
from assembly_service.runtime.metrics import HttpMetrics

_MOST_ACCEPTED_AT_ONCE = 64
_RETRY_SECONDS = 0.25
_LOG_SECONDS = 60.0
# There have to be descriptors for so many at the start.
_FEWEST_CONNECTIONS = 16
_NO_ROOM = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}

log = structlog.get_logger()

Serve = Callable[[Callable[[], None]], asyncio.BaseProtocol]
"""Creates the protocol of a connection. It calls its argument when the connection is lost."""


class Listener:
    """Accepts connections at `sockets` until `most` are open or file descriptors run out.

    Further connections wait in the system's backlog. An address may have `most_of_an_address`
    connections, if that is given; more are closed at once. Proxies are exempt, because their
    connections belong to many clients. `spare_descriptors` are reserved for everything else.
    Raises CannotStart if that leaves too few for connections.
    """

    def __init__(
        self,
        sockets: Sequence[socket.socket],
        *,
        serve: Serve,
        metrics: HttpMetrics,
        most: int,
        most_of_an_address: int | None,
        spare_descriptors: int,
        is_proxy: Callable[[str], bool],
    ) -> None:
        self._sockets = sockets
        self._serve = serve
        self._metrics = metrics
        self._most = most
        self._most_of_an_address = most_of_an_address
        self._highest_descriptor = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - spare_descriptors
        self._is_proxy = is_proxy
        self._open: Counter[str] = Counter()
        self._count = 0
        self._loop = asyncio.get_running_loop()
        self._opening: set[asyncio.Task[None]] = set()
        self._pause: asyncio.TimerHandle | None = None
        self._logged_at = float("-inf")
        self._is_pause_logged = False
        self._check_descriptors()

    def open(self) -> None:
        """Start accepting."""
        self._metrics.accepting.set(1)
        for each in self._sockets:
            self._loop.add_reader(each, self._accept, each)

    def close(self) -> None:
        """Stop accepting. Connections stay open."""
        self._stop_accepting()
        if self._pause is not None:
            self._pause.cancel()

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(_MOST_ACCEPTED_AT_ONCE):
            if self._count >= self._most:
                self._pause_accepting("connections")
                return
            try:
                connection, address = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in _NO_ROOM:
                    raise
                self._pause_accepting("descriptors")
                return
            self._open_connection(connection, str(address[0]))
            # The system assigns the lowest free number, so all below are in use.
            if connection.fileno() >= self._highest_descriptor:
                self._pause_accepting("descriptors")
                return

    def _open_connection(self, connection: socket.socket, address: str) -> None:
        most = self._most_of_an_address
        if most is not None and self._open[address] >= most and not self._is_proxy(address):
            self._metrics.connections_refused.inc()
            connection.close()
            return
        connection.setblocking(False)
        self._open[address] += 1
        self._count += 1
        task = self._loop.create_task(self._connect(connection, address))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _connect(self, connection: socket.socket, address: str) -> None:
        serve = partial(self._serve, partial(self._lost, address))
        try:
            await self._loop.connect_accepted_socket(serve, connection)
        except OSError:
            # The client is already gone.
            self._lost(address)
            connection.close()

    def _lost(self, address: str) -> None:
        self._count -= 1
        self._open[address] -= 1
        if not self._open[address]:
            del self._open[address]

    def _pause_accepting(self, limit: str) -> None:
        """Accept nothing until there is room again."""
        self._stop_accepting()
        self._metrics.accepting_paused.labels(limit).inc()
        self._wait_for_room(limit)

    def _wait_for_room(self, limit: str) -> None:
        if not self._is_pause_logged and time.monotonic() - self._logged_at > _LOG_SECONDS:
            self._logged_at = time.monotonic()
            self._is_pause_logged = True
            log.warning("accepting_paused", port=self._port, limit=limit, connections=self._count)
        self._pause = self._loop.call_later(_RETRY_SECONDS, self._look_for_room, limit)

    def _look_for_room(self, limit: str) -> None:
        if self._count >= self._most or self._lowest_descriptor() >= self._highest_descriptor:
            self._wait_for_room(limit)
            return
        self._pause = None
        if self._is_pause_logged:
            self._is_pause_logged = False
            log.info("accepting_resumed", port=self._port, connections=self._count)
        self.open()

    @property
    def _port(self) -> int:
        port: int = self._sockets[0].getsockname()[1]
        return port

    def _check_descriptors(self) -> None:
        if self._highest_descriptor - self._lowest_descriptor() < _FEWEST_CONNECTIONS:
            raise CannotStart(
                "The limit of open files (ulimit -n) leaves no room for connections: "
                "raise it to 1024 or more."
            )

    def _lowest_descriptor(self) -> float:
        """Return the lowest free descriptor."""
        try:
            descriptor = os.dup(self._sockets[0].fileno())
        except OSError:
            return float("inf")
        os.close(descriptor)
        return descriptor

    def _stop_accepting(self) -> None:
        self._metrics.accepting.set(0)
        for each in self._sockets:
            self._loop.remove_reader(each)
