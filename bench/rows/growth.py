"""How the cost of a list and a poll with `since` grows with a seller's products."""

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median

import aiohttp

from assembly_service.domain.timestamps import format_milliseconds
from bench.errors import BenchFailed
from bench.figure import Figure
from bench.instances import SERVICE, Instance, running
from bench.loads.shelf import Row, put
from bench.loads.work import Work
from bench.local_aws import LocalAws, local_aws

_TARGET_RATIO = 1.2
_SHOP, _OTHER_SHOP = "home256", "amani_beads"
_WARM_UP = 50
_RECENT = 5
_DAY, _HOUR = 86_400_000, 3_600_000
_READ_BY_LISTS = 25
_MOST_SEEDING_SECONDS = 60.0
# How often each size is requested. The local AWS gets slower with the size of the table, so the
# largest ones only take part in a few polls.
_PASSES = (({100, 10_000}, 100), ({100, 1_000, 10_000, 100_000}, 20))
_QUICK_PASSES = (({10, 100}, 5), ({10, 100}, 2))


@dataclass(frozen=True, kw_only=True)
class _Shop:
    """An instance with one seller, five of whose products changed within the hour."""

    products: int
    instance: Instance
    session: aiohttp.ClientSession

    async def warm_up(self) -> None:
        """Request something small in every table first, to warm up instance and local AWS."""
        for _ in range(_WARM_UP):
            await self._get(_OTHER_SHOP)
        await self.get(since=_since(-1))

    async def get(self, **parameters: str) -> float:
        """Request a list, or a poll if `since` is given. Returns the seconds it took."""
        start = time.perf_counter()
        products = await self._get(_SHOP, **parameters)
        if products != (_RECENT if parameters else min(20, self.products)):
            raise BenchFailed(f"{products} products were listed, which is not what was put there.")
        return time.perf_counter() - start

    async def _get(self, seller: str, **parameters: str) -> int:
        path = f"/api/v1/shop/{seller}/products"
        async with self.session.get(path, params=parameters) as answer:
            count: int = (await answer.json())["pagination"]["count"]
        return count


async def measure(quick: bool) -> list[Figure]:
    """Measure the cost of a poll with many products divided by its cost with few.

    The larger of two ratios: CPU of the service, and read units as the engine reports them, which
    bills one for any call. The time until the answer is no ratio of the service's: the local AWS
    walks through all rows.
    """
    (pair, pair_polls), (sizes, polls) = _QUICK_PASSES if quick else _PASSES
    async with AsyncExitStack() as opened:
        shops = await _shops(opened, opened.enter_context(local_aws()), sorted(sizes))
        for shop in shops:
            await shop.warm_up()
        since = await _compare([s for s in shops if s.products in pair], pair_polls, since=True)
        growth = {
            "since": await _compare(shops, polls, since=True),
            "listing": await _compare(shops, polls, since=False),
        }
    few, many = (since[str(products)] for products in sorted(pair))
    ratios = {name: round(many[name] / few[name], 2) for name in few if few[name]}
    return [
        Figure(
            row="one since poll, seller with 100 against 10,000 products",
            measured=max(ratios["cpu_milliseconds"], ratios.get("read_units", 0)),
            unit="times",
            target=_TARGET_RATIO,
            details={
                "ratios": ratios,
                "polls": since,
                "growth": growth,
                "left_out": _left_out(sizes, shops),
            },
        )
    ]


async def _compare(
    shops: Sequence[_Shop], polls: int, *, since: bool
) -> dict[str, dict[str, float]]:
    """Measure the cost of one request at each shop, by its number of products.

    The shops take turns at every single request, so that each has waited equally long before it.
    """
    before = [await Work.of(shop.instance) for shop in shops]
    seconds: dict[_Shop, list[float]] = {shop: [] for shop in shops}
    for number in range(polls):
        for shop in shops:
            # No two polls are the same.
            parameters = {"since": _since(number)} if since else {}
            seconds[shop].append(await shop.get(**parameters))
    after = [await Work.of(shop.instance) for shop in shops]
    return {
        str(shop.products): end.since(start, polls)
        | {"median_milliseconds": _median(seconds[shop])}
        for shop, start, end in zip(shops, before, after, strict=True)
    }


def _since(number: int) -> str:
    return format_milliseconds(_now() - _HOUR - number)


def _median(seconds: Sequence[float]) -> float:
    return round(median(seconds) * 1000, 1)


async def _shops(opened: AsyncExitStack, aws: LocalAws, sizes: Sequence[int]) -> list[_Shop]:
    """Open a shop of each size, unless filling it would take longer than a minute."""
    shops: list[_Shop] = []
    seconds_a_row = 0.0
    for products in sizes:
        if products * seconds_a_row > _MOST_SEEDING_SECONDS:
            break
        account = aws.fresh_account()
        start = time.perf_counter()
        await put(account, _rows(products))
        seconds_a_row = (time.perf_counter() - start) / products
        instance = await opened.enter_async_context(running(SERVICE, account, SERVICE_ROLE="web"))
        session = await opened.enter_async_context(
            aiohttp.ClientSession(instance.url, headers={"Accept-Encoding": "identity"})
        )
        shops.append(_Shop(products=products, instance=instance, session=session))
    return shops


def _rows(products: int) -> Iterator[Row]:
    now = _now()
    for number in range(_READ_BY_LISTS):
        yield Row(_OTHER_SHOP, f"video-{number:06}", now - _DAY)
    for number in range(products):
        recent, listed = number < _RECENT, number >= products - _READ_BY_LISTS
        ago = _HOUR // 2 if recent else _DAY + number
        yield Row(_SHOP, f"video-{number:06}", now - ago, bare=not (recent or listed))


def _left_out(sizes: Collection[int], shops: Sequence[_Shop]) -> dict[str, str]:
    measured = {shop.products for shop in shops}
    reason = f"Filling the table would take longer than {_MOST_SEEDING_SECONDS:.0f} seconds."
    return {str(products): reason for products in sizes if products not in measured}


def _now() -> int:
    return time.time_ns() // 1_000_000
