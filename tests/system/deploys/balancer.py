"""A load balancer for TCP: new connections go to ready instances in turn."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus

import aiohttp

_PROBE_SECONDS = 0.25
_BACKLOG = 4_096


@dataclass(kw_only=True)
class Balancer:
    """Forwards the connections made to `port`.

    An instance gets new ones from when it was registered and its readiness succeeds until it is
    deregistered; those that are open stay open. `ready` has the ports of such instances.
    """

    port: int = 0
    ready: list[int] = field(default_factory=list)
    _registered: set[int] = field(default_factory=set)
    _turn: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def register(self, port: int) -> None:
        """Add an instance; return when it is ready."""
        self._registered.add(port)
        while port not in self.ready:
            self._news.clear()
            await self._news.wait()

    def deregister(self, port: int) -> None:
        """Send no more connections to an instance."""
        self._registered.discard(port)
        self.ready = [each for each in self.ready if each != port]

    def next(self) -> int | None:
        """The port of the instance whose turn it is, or None if none is ready."""
        self._turn += 1
        return self.ready[self._turn % len(self.ready)] if self.ready else None

    async def probe(self) -> None:
        """Ask the instances for their readiness, for ever."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as http:
            while True:
                for port in tuple(self._registered):
                    await self._probe(http, port)
                self._news.set()
                await asyncio.sleep(_PROBE_SECONDS)

    async def _probe(self, http: aiohttp.ClientSession, port: int) -> None:
        is_ready = False
        with suppress(aiohttp.ClientError, TimeoutError):
            async with http.get(f"http://127.0.0.1:{port}/health/ready") as answer:
                is_ready = answer.status == HTTPStatus.OK
        if not is_ready:
            self.ready = [each for each in self.ready if each != port]
        elif port in self._registered and port not in self.ready:
            self.ready.append(port)


class _End(asyncio.Protocol):
    """One end of a forwarded connection; `other` is the transport of its other end."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.other: asyncio.Transport | None = None
        self._early = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        if self.other is None:
            self._early += data
        else:
            self.other.write(data)

    def connection_lost(self, _: Exception | None) -> None:
        if self.other is not None:
            self.other.close()

    def pause_writing(self) -> None:
        if self.other is not None:
            self.other.pause_reading()

    def resume_writing(self) -> None:
        if self.other is not None and not self.other.is_closing():
            self.other.resume_reading()


class _NearEnd(_End):
    """The client's end, which finds its other end."""

    def __init__(self, balancer: Balancer, opening: set[asyncio.Task[None]]) -> None:
        super().__init__()
        self._balancer = balancer
        self._opening = opening

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        task = asyncio.create_task(self._connect())
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _connect(self) -> None:
        port = self._balancer.next()
        if port is None:
            self.transport.close()
            return
        try:
            _, far = await asyncio.get_running_loop().create_connection(_End, "127.0.0.1", port)
        except OSError:
            self.transport.close()
            return
        far.other, self.other = self.transport, far.transport
        self.other.write(bytes(self._early))
        if self.transport.is_closing():
            self.other.close()


@asynccontextmanager
async def running_balancer() -> AsyncIterator[Balancer]:
    """A balancer on a free port, with no instances yet."""
    balancer = Balancer()
    opening: set[asyncio.Task[None]] = set()
    server = await asyncio.get_running_loop().create_server(
        lambda: _NearEnd(balancer, opening), "127.0.0.1", 0, backlog=_BACKLOG
    )
    balancer.port = server.sockets[0].getsockname()[1]
    probing = asyncio.create_task(balancer.probe())
    try:
        yield balancer
    finally:
        probing.cancel()
        await asyncio.gather(probing, return_exceptions=True)
        server.close()
