"""What it costs to list 20 products of a shop for the first time."""

import time

import aiohttp

from bench.errors import BenchFailed
from bench.figure import Figure
from bench.instances import SERVICE, Instance, running
from bench.loads.processes import cpu_seconds
from bench.loads.shelf import Row, put
from bench.loads.work import calls
from bench.local_aws import Account, local_aws
from bench.peers.programs import listings

_PRODUCTS = 20
_TARGET_MILLISECONDS = 1.8


async def measure(quick: bool) -> list[Figure]:
    """Measure the service's CPU a list; every request is for another shop."""
    warm_up, requests = (5, 10) if quick else (30, 200)
    with local_aws() as aws:
        account = aws.fresh_account()
        await put(account, _rows(warm_up + requests))
        plain, queries = await _of_service(account, warm_up, requests, coding="identity")
        compressed, _ = await _of_service(account, warm_up, requests, coding="gzip")
        peers, skipped = listings()
        cpu = {}
        for program in peers:
            async with running(program, account) as instance:
                cpu[program.name] = await _cpu_milliseconds(
                    instance, warm_up, requests, coding="identity"
                )
    return [
        Figure(
            row="listing 20 products, nothing cached",
            measured=plain,
            unit="ms CPU",
            target=_TARGET_MILLISECONDS,
            peers=cpu,
            skipped=skipped,
            details={
                "requests": requests,
                "queries": queries,
                "cpu_milliseconds_with_gzip": compressed,
            },
        )
    ]


def _shop(number: int) -> str:
    return f"shop-{number}"


def _rows(shops: int) -> list[Row]:
    now = time.time_ns() // 1_000_000
    return [
        Row(_shop(shop), f"video-{number}", now - 86_400_000)
        for shop in range(shops)
        for number in range(_PRODUCTS)
    ]


async def _of_service(
    account: Account, warm_up: int, requests: int, *, coding: str
) -> tuple[float, float]:
    """CPU milliseconds a request, and the number of queries in total."""
    async with running(SERVICE, account, SERVICE_ROLE="web", LOG_LEVEL="INFO") as instance:
        cpu = await _cpu_milliseconds(instance, warm_up, requests, coding=coding)
        queries = calls(await instance.metrics(), "Query")
    if queries < warm_up + requests:
        raise BenchFailed(
            f"{queries:.0f} queries answered {warm_up + requests} requests: some were cached, "
            "and the figure would be one of less work."
        )
    return cpu, queries - warm_up


async def _cpu_milliseconds(
    instance: Instance, warm_up: int, requests: int, *, coding: str
) -> float:
    headers = {"Accept-Encoding": coding}
    async with aiohttp.ClientSession(instance.url, headers=headers) as session:
        for shop in range(warm_up):
            await _list(session, _shop(shop))
        before = cpu_seconds(instance.process.pid)
        for shop in range(warm_up, warm_up + requests):
            await _list(session, _shop(shop))
        spent = cpu_seconds(instance.process.pid) - before
    return round(spent / requests * 1000, 2)


async def _list(session: aiohttp.ClientSession, shop: str) -> None:
    async with session.get(f"/api/v1/shop/{shop}/products") as answer:
        body = await answer.text()
    if answer.status != 200 or body.count(f'"{shop}"') < _PRODUCTS:
        raise BenchFailed(f"The list of {shop} is not whole: {body[:200]}")
