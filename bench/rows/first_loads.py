"""A thousand browsers that open one shop within a second: CPU a load, and queries a second."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median

import aiohttp
import orjson

from assembly_service.domain.timestamps import format_milliseconds
from bench.errors import BenchFailed
from bench.figure import Figure
from bench.instances import SERVICE, Instance, running
from bench.loads.processes import (
    DrivenProgram,
    cpu_seconds,
    python,
    raise_file_limit,
    running_program,
)
from bench.loads.shelf import Row, put
from bench.loads.work import calls
from bench.local_aws import Account, local_aws
from bench.peers.programs import listings

_SHOP = "home256"
_PRODUCTS = 100
_PATH = f"/api/v1/shop/{_SHOP}/products"
_LIMITS = (20, 50)
_COMPRESSED, _PLAIN = "gzip, deflate, br, zstd", "identity"
_TARGETS = {"kept": 0.2, "new": 0.3}
_LOADS_A_KEPT_CONNECTION = 20
_SETTINGS = {
    "SERVICE_ROLE": "web",
    "LOG_LEVEL": "INFO",
    "CORS_ORIGINS": "https://shop.example",
}
_PEER = "bare aiohttp, ready body"
_HOUR = 3_600_000
_DAY = 86_400_000


@dataclass(frozen=True, kw_only=True)
class _Stage:
    """The running programs, and how many loads are made."""

    service: Instance
    peer: DrivenProgram
    load: DrivenProgram
    loads: int
    rounds: int
    pause: float
    seconds: float


async def measure(quick: bool) -> list[Figure]:
    """Measure lists of 20 and of 50 on kept and on new connections; then the queries."""
    raise_file_limit()
    async with AsyncExitStack() as opened:
        account = opened.enter_context(local_aws()).fresh_account()
        await put(account, _rows())
        service = running(SERVICE, account, **_SETTINGS)
        stage = _Stage(
            service=await opened.enter_async_context(service),
            peer=await opened.enter_async_context(
                running_program(*python("bench.peers.ready_body"))
            ),
            load=await opened.enter_async_context(running_program(*python("bench.loads.loaders"))),
            loads=100 if quick else 1000,
            rounds=1 if quick else 5,
            pause=0.0 if quick else 1.0,
            seconds=0.5 if quick else 10.0,
        )
        figures = [
            await _cost(stage, limit, connections) for limit in _LIMITS for connections in _TARGETS
        ]
        figures.append(await _queries(stage))
        if not quick:
            await _measure_peers(stage, account, figures)
    return figures


def _rows() -> list[Row]:
    now = time.time_ns() // 1_000_000
    return [
        Row(_SHOP, f"video-{number:04}", now - _DAY - number, sample=number)
        for number in range(_PRODUCTS)
    ]


async def _cost(stage: _Stage, limit: int, connections: str) -> Figure:
    path = f"{_PATH}?limit={limit}"
    compressed = await _medians(stage, path, limit, coding=_COMPRESSED, connections=connections)
    plain = await _medians(stage, path, limit, coding=_PLAIN, connections=connections)
    return Figure(
        row=f"{stage.loads:,} first loads of one shop, list of {limit}, {connections} connections",
        measured=compressed.own,
        unit="ms CPU each",
        target=_TARGETS[connections],
        peers={_PEER: compressed.peer},
        details={
            "bytes": compressed.bytes,
            "not_compressed": {"own": plain.own, _PEER: plain.peer, "bytes": plain.bytes},
        },
    )


@dataclass(frozen=True, kw_only=True)
class _Cost:
    """CPU milliseconds a load, and the size of an answer."""

    own: float
    peer: float
    bytes: int


async def _medians(stage: _Stage, path: str, limit: int, *, coding: str, connections: str) -> _Cost:
    """Measure the service and the peer in turn."""
    await _hand_over(stage, path, coding, limit)
    own: list[float] = []
    peer: list[float] = []
    answer: dict[str, float] = {}
    kept = _LOADS_A_KEPT_CONNECTION if connections == "kept" else 1
    for _ in range(stage.rounds):
        # A second, so that the service reads the table in each round.
        pause = asyncio.create_task(asyncio.sleep(stage.pause))
        for costs, pid, port in (
            (peer, stage.peer.pid, stage.peer.greeting["port"]),
            (own, stage.service.process.pid, int(stage.service.url.rpartition(":")[2])),
        ):
            before = cpu_seconds(pid)
            answer = await stage.load.ask(
                port=port, path=path, coding=coding, connections=stage.loads // kept, loads=kept
            )
            costs.append((cpu_seconds(pid) - before) / stage.loads * 1000)
        await pause
    return _Cost(own=round(median(own), 3), peer=round(median(peer), 3), bytes=int(answer["bytes"]))


async def _hand_over(stage: _Stage, path: str, coding: str, limit: int) -> None:
    """Have the peer repeat the service's answer. Raises BenchFailed if that is not whole."""
    url = f"{stage.service.url}{path}"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        body = await answer.read()
    if answer.status != 200 or len(orjson.loads(body)["products"]) != limit:
        raise BenchFailed(f"The list of {limit} is not whole: {body[:200]!r}")
    await stage.peer.ask(url=url, coding=coding)


async def _measure_peers(stage: _Stage, account: Account, figures: Sequence[Figure]) -> None:
    """Add those who read the table for each load to the figures of kept connections."""
    programs, skipped = listings()
    for program in programs:
        async with running(program, account) as instance:
            for limit, figure in zip(_LIMITS, figures[:: len(_TARGETS)], strict=False):
                before = cpu_seconds(instance.process.pid)
                await stage.load.ask(
                    port=int(instance.url.rpartition(":")[2]),
                    path=f"{_PATH}?limit={limit}",
                    coding=_COMPRESSED,
                    connections=5,
                    loads=stage.loads // 50,
                )
                spent = cpu_seconds(instance.process.pid) - before
                figure.peers[program.name] = round(spent / (stage.loads // 10) * 1000, 2)
    for figure in figures:
        figure.skipped.update(skipped)


async def _queries(stage: _Stage) -> Figure:
    """Count the queries while everyone lists and polls the shop."""
    since = format_milliseconds(time.time_ns() // 1_000_000 - _HOUR)
    paths = [f"{_PATH}?limit={limit}" for limit in _LIMITS] + [f"{_PATH}?since={since}"]
    port = int(stage.service.url.rpartition(":")[2])

    async def ask_each(connections: int) -> int:
        for path in paths:
            await stage.load.ask(
                port=port, path=path, coding=_COMPRESSED, connections=connections, loads=10
            )
        return len(paths) * connections * 10

    # Until it knows how many products and how old changes are asked for.
    await ask_each(1)
    before, start, loads = calls(await stage.service.metrics(), "Query"), time.monotonic(), 0
    while time.monotonic() < start + stage.seconds:
        loads += await ask_each(10)
    seconds = time.monotonic() - start
    queries = calls(await stage.service.metrics(), "Query") - before
    return Figure(
        row="DynamoDB queries while everyone lists and polls one shop",
        measured=round(queries / seconds, 2),
        unit="a second",
        target=2.0,
        details={"loads_a_second": round(loads / seconds), "queries": queries},
    )
