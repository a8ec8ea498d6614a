"""What a connection takes of the server's memory, with and without compression."""

from collections.abc import Mapping

from bench.figure import Figure
from bench.loads.processes import allow_connections
from bench.loads.socket_servers import (
    SELF,
    Command,
    SocketServer,
    bare_server,
    running_servers,
    skipped_peers,
    socket_servers,
)

_CONNECTIONS, _WARM_UP = 4_000, 100
_AT_ONCE = 500
_TARGET_KILOBYTES = 19.0


async def measure(quick: bool) -> list[Figure]:
    """Measure clients that do not offer compression, and clients that compress all they send."""
    connections, warm_up = (50, 10) if quick else (_CONNECTIONS, _WARM_UP)
    allow_connections(connections + warm_up)
    row = f"memory a connection, {connections:,} connected and subscribed"
    plain = {**socket_servers(peers=not quick), **bare_server()}
    compressing = {
        **socket_servers(compress=True, peers=not quick),
        **bare_server(compresses=True),
    }
    return [
        await _figure(row, plain, connections, warm_up, offers_compression=False),
        await _figure(
            f"{row}, compression offered",
            compressing,
            connections,
            warm_up,
            offers_compression=True,
        ),
    ]


async def _figure(
    row: str,
    commands: Mapping[str, Command],
    connections: int,
    warm_up: int,
    *,
    offers_compression: bool,
) -> Figure:
    details: dict[str, object] = {}
    kilobytes = {}
    async with running_servers(commands) as servers:
        for name, server in servers.items():
            # They stay, so that what they take is not taken again.
            await _connect(server, warm_up, offers_compression)
            await _serve(server)
            before = await server.memory_bytes()
            await _connect(server, connections, offers_compression)
            idle = await server.memory_bytes() - before
            await _serve(server)
            served = await server.memory_bytes() - before
            idle_kilobytes, served_kilobytes = (
                round(each / connections / 1024, 1) for each in (idle, served)
            )
            kilobytes[name] = max(idle_kilobytes, served_kilobytes)
            details[name] = {
                "version": server.version,
                "kilobytes_before_and_after_an_event": [idle_kilobytes, served_kilobytes],
            }
    return Figure(
        row=row,
        measured=kilobytes.pop(SELF),
        unit="KB",
        target=_TARGET_KILOBYTES,
        peers=kilobytes,
        skipped=skipped_peers(),
        details=details,
    )


async def _connect(server: SocketServer, connections: int, offers_compression: bool) -> None:
    """Connect and subscribe so many more, all to one seller, so that an event reaches all."""
    await server.audience.connect(
        connections, offers_compression=offers_compression, returning=True, at_once=_AT_ONCE
    )


async def _serve(server: SocketServer) -> None:
    """Deliver one event to all subscribers, unless the server is bare."""
    if server.audience.seller is not None:
        await server.announce(1)
        await server.audience.received(1)
