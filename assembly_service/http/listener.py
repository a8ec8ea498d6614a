"""Accepts connections, but no more than there is room for."""

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

from assembly_service.aws.start_errors import StartError
from assembly_service.runtime.metrics import HttpMetrics

_ACCEPTED_IN_A_TURN = 64
_LOOK_AGAIN_SECONDS = 0.25
_SAY_AGAIN_SECONDS = 60.0
_FEWEST_CONNECTIONS = 16
"""Descriptors that have to be free for connections at the start."""
_NO_ROOM = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}

log = structlog.get_logger()

Serve = Callable[[Callable[[], None]], asyncio.BaseProtocol]
"""Makes the protocol of a connection, which calls what it is given when the connection is lost."""


class Listener:
    """Accepts at `sockets` until `most` connections are open, or descriptors run short.

    What waits to be accepted then stays in the system's queue. `most_of_an_address`, where it is
    given, are the connections that one address may have; more are closed at once. A proxy may have
    any number, because they belong to many clients. `spare_descriptors` of those that the process
    may have are left to everything else. Raises StartError if hardly any are left then.
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
        self._said_at = float("-inf")
        self._is_pause_said = False
        self._check_descriptors()

    def open(self) -> None:
        """Accept from now on."""
        self._metrics.accepting.set(1)
        for each in self._sockets:
            self._loop.add_reader(each, self._accept, each)

    def close(self) -> None:
        """Accept nothing more; connections stay open."""
        self._stop_accepting()
        if self._pause is not None:
            self._pause.cancel()

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(_ACCEPTED_IN_A_TURN):
            if self._count >= self._most:
                self._rest("connections")
                return
            try:
                connection, address = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in _NO_ROOM:
                    raise
                self._rest("descriptors")
                return
            self._take(connection, str(address[0]))
            # The system gives the lowest number that is free: all below are in use.
            if connection.fileno() >= self._highest_descriptor:
                self._rest("descriptors")
                return

    def _take(self, connection: socket.socket, address: str) -> None:
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
            # It was gone already.
            self._lost(address)
            connection.close()

    def _lost(self, address: str) -> None:
        self._count -= 1
        self._open[address] -= 1
        if not self._open[address]:
            del self._open[address]

    def _rest(self, limit: str) -> None:
        """Accept nothing until there is room again."""
        self._stop_accepting()
        self._metrics.accepting_paused.labels(limit).inc()
        self._wait_for_room(limit)

    def _wait_for_room(self, limit: str) -> None:
        if not self._is_pause_said and time.monotonic() - self._said_at > _SAY_AGAIN_SECONDS:
            self._said_at = time.monotonic()
            self._is_pause_said = True
            log.warning("accepting_paused", port=self._port, limit=limit, connections=self._count)
        self._pause = self._loop.call_later(_LOOK_AGAIN_SECONDS, self._look_for_room, limit)

    def _look_for_room(self, limit: str) -> None:
        if self._count >= self._most or self._lowest_descriptor() >= self._highest_descriptor:
            self._wait_for_room(limit)
            return
        self._pause = None
        if self._is_pause_said:
            self._is_pause_said = False
            log.info("accepting_resumed", port=self._port, connections=self._count)
        self.open()

    @property
    def _port(self) -> int:
        port: int = self._sockets[0].getsockname()[1]
        return port

    def _check_descriptors(self) -> None:
        if self._highest_descriptor - self._lowest_descriptor() < _FEWEST_CONNECTIONS:
            raise StartError(
                "The limit of open files (ulimit -n) leaves no room for connections: "
                "raise it to 1024 or more."
            )

    def _lowest_descriptor(self) -> float:
        """The lowest number that is free."""
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
