"""Four thousand clients return in a row: CPU of a connection and its subscription, and memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median

from bench.figure import Figure
from bench.loads.processes import allow_connections
from bench.loads.socket_servers import (
    SELF,
    SocketServer,
    bare_server,
    running_servers,
    skipped_peers,
    socket_servers,
)

_CLIENTS, _WARM_UP = 4_000, 100
_ROUNDS = 5
_TARGET_MILLISECONDS = 0.7
_TARGET_KILOBYTES = 19.0


@dataclass(kw_only=True)
class _Arrivals:
    """What a server needed for each client: a value for each round, and memory at the end.

    `bytes_idle` is before any event was delivered to them, `bytes_served` after one; a bare server
    delivers none.
    """

    version: str
    milliseconds: list[float] = field(default_factory=list)
    bytes_idle: float = 0.0
    bytes_served: float = 0.0

    @property
    def cpu(self) -> float:
        """CPU milliseconds a client."""
        return round(median(self.milliseconds), 2)

    @property
    def kilobytes(self) -> float:
        """Resident KB a connection."""
        return round(max(self.bytes_idle, self.bytes_served) / 1024, 1)

    def details(self) -> dict[str, object]:
        """All of it, as plain JSON."""
        return {
            "version": self.version,
            "milliseconds": [round(each, 3) for each in self.milliseconds],
            "kilobytes_before_an_event": round(self.bytes_idle / 1024, 1),
            "kilobytes_after_an_event": round(self.bytes_served / 1024, 1),
        }


async def measure(quick: bool) -> list[Figure]:
    """Measure clients that connect over WebSocket and subscribe since an instant, to no change."""
    clients, warm_up = (50, 10) if quick else (_CLIENTS, _WARM_UP)
    allow_connections(clients + warm_up)
    plain, compressing = [
        await _measure(clients, warm_up, offers_compression=offers) for offers in (False, True)
    ]
    connected = f"memory a connection, {clients:,} connected and subscribed"
    return [
        _figure(
            f"connect over WebSocket, then subscribe since an instant, {clients:,} in a row",
            {name: each.cpu for name, each in plain.items()},
            unit="ms CPU",
            target=_TARGET_MILLISECONDS,
            details=plain,
        ),
        _figure(
            connected,
            {name: each.kilobytes for name, each in plain.items()},
            unit="KB",
            target=_TARGET_KILOBYTES,
            details=plain,
        ),
        _figure(
            f"{connected}, compression offered",
            {name: each.kilobytes for name, each in compressing.items()},
            unit="KB",
            target=_TARGET_KILOBYTES,
            details=compressing,
        ),
    ]


async def _measure(clients: int, warm_up: int, *, offers_compression: bool) -> dict[str, _Arrivals]:
    commands = {
        **socket_servers(compress=offers_compression),
        **bare_server(compresses=offers_compression),
    }
    found = {}
    before = {}
    async with running_servers(commands) as servers:
        for name, server in servers.items():
            # They stay connected, so that what they need is not used again.
            await _connect(server, warm_up, offers_compression)
            await _serve(server)
            before[name] = await server.memory_bytes()
            found[name] = _Arrivals(version=server.version)
        for _ in range(_ROUNDS):
            for name, server in servers.items():
                cpu = await _connect(server, clients // _ROUNDS, offers_compression)
                found[name].milliseconds.append(cpu / (clients // _ROUNDS) * 1000)
        for name, server in servers.items():
            found[name].bytes_idle = (await server.memory_bytes() - before[name]) / clients
            await _serve(server)
            found[name].bytes_served = (await server.memory_bytes() - before[name]) / clients
    return found


async def _connect(server: SocketServer, clients: int, offers_compression: bool) -> float:
    """Connect and subscribe so many more. Returns the CPU seconds of it."""
    before = server.cpu_seconds()
    await server.audience.connect(clients, offers_compression=offers_compression, returning=True)
    return server.cpu_seconds() - before


async def _serve(server: SocketServer) -> None:
    """Deliver one event to all subscribers, unless the server is bare."""
    if server.audience.seller is not None:
        await server.announce(1)
        await server.audience.received(1)


def _figure(
    row: str,
    values: Mapping[str, float],
    *,
    unit: str,
    target: float,
    details: Mapping[str, _Arrivals],
) -> Figure:
    return Figure(
        row=row,
        measured=values[SELF],
        unit=unit,
        target=target,
        peers={name: value for name, value in values.items() if name != SELF},
        skipped=skipped_peers(),
        details={name: each.details() for name, each in details.items()},
    )
