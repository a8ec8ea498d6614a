"""Five thousand browsers on one seller: when the last is served."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from bench.figure import Figure
from bench.loads.processes import allow_connections
from bench.loads.socket_servers import SELF, SocketServer, running_servers, socket_servers

_SUBSCRIBERS = 5000
_PROCESSES = 4
"""Of subscribers, so that they do not wait for each other."""
_EVENTS = 5
_TARGET_MILLISECONDS = 400.0


@dataclass(frozen=True, kw_only=True)
class _Served:
    """How long one event took to reach the subscribers, in milliseconds."""

    last_percent: float
    median: float
    last: float


async def measure(quick: bool) -> list[Figure]:
    """Measure the delivery of one event to all, without compression."""
    subscribers = 200 if quick else _SUBSCRIBERS
    allow_connections(subscribers)
    commands = socket_servers(peers=False)
    async with running_servers(commands, processes=_PROCESSES) as servers:
        server = servers[SELF]
        await server.audience.connect(subscribers)
        served = [await _serve(server) for _ in range(_EVENTS)]
    return [_figure(subscribers, served)]


async def _serve(server: SocketServer) -> _Served:
    """Announce one event. Raises BenchFailed if not all are served."""
    [announced] = await server.announce(1)
    received = await server.audience.received(1, with_instants=True)
    milliseconds = [(each - announced) / 1e6 for each in received.instants]
    return _Served(
        last_percent=round(quantiles(milliseconds, n=100)[98], 1),
        median=round(median(milliseconds), 1),
        last=round(max(milliseconds), 1),
    )


def _figure(subscribers: int, served: Sequence[_Served]) -> Figure:
    return Figure(
        row=f"one event to {subscribers:,} subscribers of one seller: 99th percentile",
        measured=median(each.last_percent for each in served),
        unit="ms",
        target=_TARGET_MILLISECONDS,
        details={
            "events": [
                {"median": each.median, "last_percent": each.last_percent, "last": each.last}
                for each in served
            ]
        },
    )
