"""What an idle connection costs: CPU of a ping and its pong, beside a bare WebSocket's."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from bench.errors import BenchFailed
from bench.figure import Figure
from bench.loads.processes import allow_connections
from bench.loads.socket_servers import (
    BARE,
    SELF,
    SocketServer,
    bare_server,
    running_servers,
    skipped_peers,
    socket_servers,
)

_CONNECTIONS = 4_000
_WINDOWS, _WINDOW_SECONDS = 5, 5.0
_LOOK_SECONDS = 0.2
_TARGET_TIMES = 1.4
_COMPRESSING = f"{SELF}, compression offered"
_LEAST_SHARE = 0.8
"""Of the pings that are due in a window."""


@dataclass(frozen=True, kw_only=True)
class _Window:
    """A server's ping cycles in some seconds."""

    microseconds: float
    pings_a_second: float


async def measure(quick: bool) -> list[Figure]:
    """Measure ping cycles of all servers at once, so that all have the same luck.

    The service's ping interval sets the pace at which clients connect, so that the pings of every
    server are spread evenly.
    """
    connections = 20 if quick else _CONNECTIONS
    allow_connections(connections)
    ours = socket_servers(peers=not quick)
    commands = {**ours, _COMPRESSING: ours[SELF], **bare_server()}
    async with running_servers(commands) as servers:
        versions = {name: server.version for name, server in servers.items()}
        interval = await _connect(servers, connections, hurry=quick)
        windows: dict[str, list[_Window]] = {name: [] for name in servers}
        # The first ping comes after an interval, which a quick run does not wait for.
        if not quick:
            await _until_pinged(servers)
        for _ in range(1 if quick else _WINDOWS):
            window = await _window(servers, 0.5 if quick else _WINDOW_SECONDS)
            for name, each in window.items():
                windows[name].append(each)
    if not quick:
        _check_rates(windows, wanted=connections / interval)
    return [_figure(connections, windows, versions)]


async def _connect(servers: Mapping[str, SocketServer], connections: int, *, hurry: bool) -> float:
    """Connect all, within an interval between pings unless in a `hurry`. Returns the interval."""
    await servers[SELF].audience.connect(1)
    interval = servers[SELF].audience.ping_interval
    await servers[BARE].program.ask(act="turn", seconds=interval)
    async with asyncio.TaskGroup() as tasks:
        for name, server in servers.items():
            tasks.create_task(
                server.audience.connect(
                    connections - server.audience.subscribers,
                    offers_compression=name == _COMPRESSING,
                    per_second=None if hurry else connections / interval,
                )
            )
    return interval


async def _until_pinged(servers: Mapping[str, SocketServer]) -> None:
    """Wait until every server has begun to ping."""
    for server in servers.values():
        while not await server.audience.pings():
            await asyncio.sleep(_LOOK_SECONDS)


async def _window(servers: Mapping[str, SocketServer], seconds: float) -> dict[str, _Window]:
    before = {name: await _work(server) for name, server in servers.items()}
    await asyncio.sleep(seconds)
    found = {}
    for name, server in servers.items():
        cpu, pings = await _work(server)
        found[name] = _Window(
            microseconds=(cpu - before[name][0]) / max(1, pings - before[name][1]) * 1e6,
            pings_a_second=(pings - before[name][1]) / seconds,
        )
    return found


async def _work(server: SocketServer) -> tuple[float, int]:
    """The CPU seconds and the answered pings so far."""
    pings = await server.audience.pings()
    return server.cpu_seconds(), pings


def _check_rates(windows: Mapping[str, list[_Window]], *, wanted: float) -> None:
    """Raise BenchFailed if a server pinged too seldom: its figure would be one of less work."""
    for name, measured in windows.items():
        rate = median(each.pings_a_second for each in measured)
        if rate < wanted * _LEAST_SHARE:
            raise BenchFailed(f"{name} pinged {rate:.0f} times a second instead of {wanted:.0f}.")


def _figure(
    connections: int, windows: Mapping[str, list[_Window]], versions: Mapping[str, str]
) -> Figure:
    ratios = {
        name: round(
            median(
                each.microseconds / bare.microseconds
                for each, bare in zip(measured, windows[BARE], strict=True)
            ),
            2,
        )
        for name, measured in windows.items()
    }
    del ratios[BARE]
    own = ratios.pop(SELF)
    return Figure(
        row=f"ping cycle of an idle connection, {connections:,} connected, beside {BARE}",
        measured=own,
        unit="times",
        target=_TARGET_TIMES,
        peers=ratios,
        skipped=skipped_peers(),
        details={
            name: {
                "version": versions[name],
                "microseconds": [round(each.microseconds) for each in measured],
                "pings_a_second": [round(each.pings_a_second) for each in measured],
            }
            for name, measured in windows.items()
        },
    )
