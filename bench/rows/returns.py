"""A thousand clients that return to one seller at once: reads of the table, and CPU a client."""

import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median

from assembly_service.domain.timestamps import format_milliseconds
from bench.errors import BenchFailed
from bench.figure import Figure
from bench.instances import SERVICE, Instance, running
from bench.loads.processes import cpu_seconds, python, raise_file_limit, running_program
from bench.loads.shelf import Row, put
from bench.loads.work import calls
from bench.local_aws import local_aws

_SHOP = "home256"
_PRODUCTS = 500
_MISSED = 10
_MINUTE, _DAY = 60_000, 86_400_000
_MOST_READS = 4
_TARGET_MILLISECONDS = 0.15


@dataclass(frozen=True, kw_only=True)
class _Return:
    """What one return of all cost: CPU milliseconds a client, and queries in total."""

    cpu: float
    queries: float
    events: int
    bytes: int


async def measure(quick: bool) -> list[Figure]:
    """Measure the return of clients that missed nothing, and of those that missed ten products."""
    raise_file_limit()
    clients, rounds = (100, 1) if quick else (1000, 5)
    async with AsyncExitStack() as opened:
        account = opened.enter_context(local_aws()).fresh_account()
        now = time.time_ns() // 1_000_000
        await put(account, _rows(now))
        service = running(SERVICE, account, SERVICE_ROLE="web", LOG_LEVEL="INFO")
        instance = await opened.enter_async_context(service)
        nothing, some = [], []
        for _ in range(rounds):
            nothing.append(await _return(instance, clients, since=now + _MINUTE, missed=0))
            some.append(await _return(instance, clients, since=now - _DAY // 2, missed=_MISSED))
    name = f"{clients:,} clients return to one seller at once"
    details: dict[str, object] = {
        "queries": [each.queries for each in (*nothing, *some)],
        "missed": _MISSED,
        "cpu_milliseconds_with_those": round(median(each.cpu for each in some), 3),
        "bytes_a_client_with_those": some[0].bytes // clients,
    }
    return [
        Figure(
            row=f"{name}: reads of the table",
            measured=median(each.queries for each in (*nothing, *some)),
            unit="queries",
            target=_MOST_READS,
            details=details,
        ),
        Figure(
            row=f"{name}: CPU, nothing missed",
            measured=round(median(each.cpu for each in nothing), 3),
            unit="ms CPU each",
            target=_TARGET_MILLISECONDS,
            details=details,
        ),
    ]


async def _return(instance: Instance, clients: int, *, since: int, missed: int) -> _Return:
    """Connect all, then have them subscribe. Raises BenchFailed unless all get what they missed."""
    async with running_program(*python("bench.loads.returners")) as crowd:
        port = int(instance.url.rpartition(":")[2])
        await crowd.ask(act="connect", seller=_SHOP, port=port, count=clients)
        queries = calls(await instance.metrics(), "Query")
        cpu = cpu_seconds(instance.process.pid)
        got = await crowd.ask(act="subscribe", since=format_milliseconds(since))
        cpu = cpu_seconds(instance.process.pid) - cpu
        queries = calls(await instance.metrics(), "Query") - queries
    if got["lost"] or got["events"] != clients * missed:
        raise BenchFailed(f"{clients} clients missed {missed} products each, and got: {got}.")
    return _Return(
        cpu=cpu / clients * 1000, queries=queries, events=got["events"], bytes=got["bytes"]
    )


def _rows(now: int) -> list[Row]:
    """Old products, and the few that changed lately."""
    return [
        Row(
            _SHOP,
            f"video-{number:04}",
            now - (_MINUTE if number < _MISSED else _DAY),
            sample=number % 100,
        )
        for number in range(_PRODUCTS)
    ]
