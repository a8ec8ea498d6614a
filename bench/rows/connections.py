"""Five thousand browsers on one seller: when the last is served, and how much memory each takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from bench.errors import BenchError
from bench.figure import Figure
from bench.loads.audience import Audience, audience
from bench.loads.processes import (
    DrivenProgram,
    memory_bytes,
    python,
    raise_file_limit,
    running_program,
)

_SERVICE = python("bench.loads.notification_server")
_SELLER = "home256"
_SUBSCRIBERS = 5000
_EVENTS = 5
_WARM_UP = 100
_FILES_OF_ITS_OWN = 200
_TARGET_MILLISECONDS = 400.0
_TARGET_KILOBYTES = 40.0


@dataclass(frozen=True, kw_only=True)
class _Served:
    """How long one event took to reach the subscribers, in milliseconds."""

    last_percent: float
    median: float
    last: float


async def measure(quick: bool) -> list[Figure]:
    """Measure the delivery of one event to all, and memory a connection, without compression."""
    subscribers = 200 if quick else _SUBSCRIBERS
    if (files := raise_file_limit()) < subscribers + _FILES_OF_ITS_OWN:
        raise BenchError(
            f"A process may open {files} files here, which is too few for {subscribers} "
            "connections: raise the hard limit (ulimit -Hn) and try again."
        )
    async with running_program(*_SERVICE) as program:
        port = program.greeting["port"]
        async with audience(port, _SELLER, subscribers=_WARM_UP, offers_compression=False) as crowd:
            await _serve(program, crowd)
        before = memory_bytes(program.pid)
        async with audience(
            port, _SELLER, subscribers=subscribers, offers_compression=False
        ) as crowd:
            idle = memory_bytes(program.pid)
            served = [await _serve(program, crowd) for _ in range(_EVENTS)]
            after = memory_bytes(program.pid)
    kilobytes = [round((each - before) / subscribers / 1024, 1) for each in (idle, after)]
    return _figures(subscribers, served, kilobytes)


async def _serve(program: DrivenProgram, crowd: Audience) -> _Served:
    """Announce one event. Raises BenchError if not all are served."""
    answer = await program.ask(seller=_SELLER, count=1, pause=0)
    received = await crowd.received(1, with_instants=True)
    if received.events != crowd.subscribers:
        raise BenchError(f"Of {crowd.subscribers} subscribers {received.events} were served.")
    announced = answer["announced_at"][0]
    milliseconds = [(each - announced) / 1e6 for each in received.instants]
    return _Served(
        last_percent=round(quantiles(milliseconds, n=100)[98], 1),
        median=round(median(milliseconds), 1),
        last=round(max(milliseconds), 1),
    )


def _figures(
    subscribers: int, served: Sequence[_Served], kilobytes: Sequence[float]
) -> list[Figure]:
    return [
        Figure(
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
        ),
        Figure(
            row=f"memory a connection, {subscribers:,} connected",
            measured=max(kilobytes),
            unit="KB",
            target=_TARGET_KILOBYTES,
            details={"kilobytes_before_and_after_events": list(kilobytes)},
        ),
    ]
