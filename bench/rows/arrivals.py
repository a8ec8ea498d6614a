"""Thousands of clients return in a row: CPU of a connection and its subscription."""

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


async def measure(quick: bool) -> list[Figure]:
    """Measure clients that connect over WebSocket and subscribe since an instant, to no change.

    Those of the bare server only connect.
    """
    clients, warm_up = (50, 10) if quick else (_CLIENTS, _WARM_UP)
    allow_connections(clients + warm_up)
    commands = {**socket_servers(peers=not quick), **bare_server()}
    async with running_servers(commands) as servers:
        for server in servers.values():
            await _connect(server, warm_up)
        milliseconds: dict[str, list[float]] = {name: [] for name in servers}
        for _ in range(_ROUNDS):
            for name, server in servers.items():
                milliseconds[name].append(await _connect(server, clients // _ROUNDS))
    medians = {name: round(median(each), 2) for name, each in milliseconds.items()}
    return [
        Figure(
            row=f"connect over WebSocket, then subscribe since an instant, {clients:,} in a row",
            measured=medians.pop(SELF),
            unit="ms CPU",
            target=_TARGET_MILLISECONDS,
            peers=medians,
            skipped=skipped_peers(),
            details={
                name: {"version": server.version, "milliseconds": milliseconds[name]}
                for name, server in servers.items()
            },
        )
    ]


async def _connect(server: SocketServer, clients: int) -> float:
    """Connect and subscribe so many more. Returns the CPU milliseconds a client."""
    before = server.cpu_seconds()
    await server.audience.connect(clients, returning=True, apart=True)
    return round((server.cpu_seconds() - before) / clients * 1000, 3)
