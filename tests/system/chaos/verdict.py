"""The check after the killing: exactly the expected products, all delivered, nothing left over."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import aiohttp

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value
from assembly_service.domain.product import HalfKind, Product, ProductKey
from tests.harness.follower import Follower, pages
from tests.harness.pipeline import Pipeline, assert_equal_by_value
from tests.system.chaos.traffic import Traffic

_FOLLOWERS_SECONDS = 60
_NAMED = 10


@dataclass(kw_only=True)
class Verdict:
    """What went wrong, as sentences; `losses` and `doubles` are the affected videos."""

    products: int = 0
    losses: set[str] = field(default_factory=set)
    doubles: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def complain(self, what: str, cases: Iterable[object]) -> set[str]:
        """Record wrong cases, naming the first of them; return all."""
        found = [str(case) for case in cases]
        if found:
            self.complaints.append(f"{len(found)} {what}: {', '.join(found[:_NAMED])}")
        return set(found)


async def judge(account: Pipeline, traffic: Traffic, followers: Sequence[Follower]) -> Verdict:
    """Compare tables, queues, REST and followers with the traffic, once queues are empty."""
    verdict = await judge_stores(account, traffic, followers[0].url)
    shown = {
        key.video_id: exact_json.loads(exact_json.dumps(product.shown()).decode())
        for key, product in (await account.products()).items()
    }
    for follower in followers:
        await _judge_follower(verdict, follower, shown)
    return verdict


async def judge_stores(account: Pipeline, traffic: Traffic, url: str) -> Verdict:
    """Compare tables, queues and REST at `url` with the traffic, once queues are empty."""
    verdict = Verdict()
    products = await account.products()
    verdict.products = len(products)
    _judge_products(verdict, products, traffic)
    await _judge_leftovers(verdict, account)
    await _judge_shops(verdict, url, traffic)
    return verdict


def _judge_products(
    verdict: Verdict, products: dict[ProductKey, Product], traffic: Traffic
) -> None:
    expected = traffic.expected
    missing = [key.video_id for key in expected.keys() - products.keys()]
    verdict.losses |= verdict.complain("products missing", missing)
    unasked = [key.video_id for key in products.keys() - expected.keys()]
    verdict.doubles |= verdict.complain("products of no event", unasked)
    wrong = [
        key.video_id
        for key in expected.keys() & products.keys()
        if not _is_equal(products[key], *expected[key])
    ]
    verdict.losses |= verdict.complain("products with other values than their events", wrong)


def _is_equal(product: Product, *events: dict[str, Value]) -> bool:
    try:
        assert_equal_by_value(product, *events)
    except AssertionError:
        return False
    return True


async def _judge_leftovers(verdict: Verdict, account: Pipeline) -> None:
    left = [half.half.key.video_id for half in await account.staged()]
    verdict.doubles |= verdict.complain("halves still staged", left)
    for kind in HalfKind:
        dead = [message["Body"][:100] for message in await account.dead_letters(kind)]
        verdict.losses |= verdict.complain(f"{kind.value} events in the dead-letter queue", dead)


async def _judge_shops(verdict: Verdict, url: str, traffic: Traffic) -> None:
    listed: Counter[str] = Counter()
    async with aiohttp.ClientSession() as http:
        for seller in traffic.sellers:
            async for page in pages(http, url, seller):
                listed.update(product["video_id"] for product in page["products"])
    twice = [video for video, times in listed.items() if times > 1]
    verdict.doubles |= verdict.complain("products listed twice over REST", twice)
    unlisted = {key.video_id for key in traffic.expected} - listed.keys()
    verdict.losses |= verdict.complain("products not listed over REST", unlisted)


async def _judge_follower(
    verdict: Verdict, follower: Follower, shown: dict[str, dict[str, Value]]
) -> None:
    try:
        await follower.until(lambda: follower.catalogue == shown, seconds=_FOLLOWERS_SECONDS)
    except TimeoutError:
        behind = [video for video in shown if follower.catalogue.get(video) != shown[video]]
        behind += follower.catalogue.keys() - shown.keys()
        verdict.losses |= verdict.complain(f"products unheard of at {follower.url}", behind)


async def until_empty(account: Pipeline, seconds: float) -> bool:
    """Wait until both queues are empty; False if that takes too long."""
    try:
        async with asyncio.timeout(seconds):
            while await account.messages_left():  # noqa: ASYNC110 - the engine sends no events
                await asyncio.sleep(0.2)
    except TimeoutError:
        return False
    return True
