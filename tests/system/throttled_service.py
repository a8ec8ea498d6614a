"""Instances of the service behind a proxy that throttles sellers."""

import random
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import aiohttp

from assembly_service.domain import exact_json
from assembly_service.domain.product import HalfKind, ProductKey
from assembly_service.runtime.retry import RetryPolicy
from assembly_service.service import Service, running_service
from assembly_service.settings.service import Settings
from tests.harness.follower import Follower, following
from tests.harness.hot_sellers import Scenario, What
from tests.harness.pipeline import Pipeline, eventually, open_pipeline, sample_events
from tests.harness.throttling import Throttle, throttling
from tests.system.chaos.traffic import Event, SentMessage, Traffic, send
from tests.system.chaos.verdict import judge, until_empty

_SAMPLES = 300
_DONE_SECONDS = 240
_POLICY = RetryPolicy(
    first_pause=0.02,
    longest_pause=0.2,
    # Nothing that waits in flight is given up: a test that waits for it fails.
    window=3_600,
    first_hand_back=1,
    # Messages come back less and less often, so 800 of them do not overload a slow machine.
    longest_hand_back=30,
)


@dataclass(kw_only=True)
class ThrottledService:
    """`account` accesses queues and tables without the proxy; each instance has a follower.

    `_expected` are the halves of every video that was sent.
    """

    scenario: Scenario
    account: Pipeline
    throttle: Throttle
    instances: list[Service] = field(default_factory=list)
    followers: list[Follower] = field(default_factory=list)
    _expected: dict[ProductKey, tuple[Event, ...]] = field(default_factory=dict)
    _chance: random.Random = field(default_factory=lambda: random.Random(11))

    def begin(self) -> None:
        """Throttle the hot sellers of the scenario."""
        settings = self.account.settings
        self.throttle.rule = self.scenario.rule(
            products=settings.dynamodb_products_table, staging=settings.dynamodb_staging_table
        )

    def end(self) -> None:
        """Stop throttling."""
        self.throttle.rule = None

    async def fill(self) -> set[ProductKey]:
        """Send the first products of the hot sellers; return once each was throttled.

        If staging is throttled only captions are sent until then: a pair need not be staged.
        """
        hot = self.scenario.hot_sellers
        captions, thumbnails = self._new_halves(dict.fromkeys(hot, self.scenario.waiting))
        if self.scenario.what is What.STAGING:
            await self._send(captions)
            await self.throttle.until_felt(hot)
            await self._send(thumbnails)
        else:
            await self._send(captions + thumbnails)
            await self.throttle.until_felt(hot)
        return set(self._expected)

    async def send(self, products: Mapping[str, int]) -> set[ProductKey]:
        """Send new products of each seller, all halves shuffled."""
        before = set(self._expected)
        captions, thumbnails = self._new_halves(products)
        await self._send(captions + thumbnails)
        return self._expected.keys() - before

    async def until_shown(self, products: Iterable[ProductKey]) -> None:
        """Wait until the followers of all instances got these products."""
        videos = {key.video_id for key in products}
        for follower in self.followers:
            await follower.until(partial(_knows, follower, videos))

    def shown(self, products: Iterable[ProductKey]) -> set[ProductKey]:
        """The products that any follower got."""
        told = {video for follower in self.followers for video in follower.catalogue}
        return {key for key in products if key.video_id in told}

    async def readiness(self) -> list[int]:
        """The current answer of `/health` of each instance."""
        return [await _readiness(each.url) for each in self.instances]

    async def until_all_pollers_received(self) -> None:
        """Wait until SQS has answered every poller of every instance again."""
        now = time.monotonic()

        async def received() -> bool:
            return all(
                now < time.monotonic() - _seconds_since_last_receive(instance, kind)
                for instance in self.instances
                for kind in HalfKind
            )

        await eventually(received)

    async def complaints(self) -> list[str]:
        """Wait until the queues are empty; report what is lost, duplicated, wrong or left over."""
        if not await until_empty(self.account, _DONE_SECONDS):
            return ["the queues are not empty"]
        traffic = Traffic(bursts=[], expected=self._expected)
        return (await judge(self.account, traffic, self.followers)).complaints

    async def _send(self, halves: list[SentMessage]) -> None:
        self._chance.shuffle(halves)
        await send(self.account, halves)

    def _new_halves(self, products: Mapping[str, int]) -> tuple[list[SentMessage], ...]:
        """Captions and thumbnails of new products of each seller."""
        pairs = [self._new_pair(seller) for seller in products for _ in range(products[seller])]
        return tuple([_message(kind, pair[kind]) for pair in pairs] for kind in HalfKind)

    def _new_pair(self, seller: str) -> dict[HalfKind, Event]:
        number = len(self._expected)
        key = {"seller_handle": seller, "video_id": f"75{number:017}"}
        samples = {kind: sample_events(kind, _SAMPLES)[number % _SAMPLES] for kind in HalfKind}
        pair = {kind: sample | key for kind, sample in samples.items()}
        self._expected[ProductKey(**key)] = tuple(pair.values())
        return pair


@asynccontextmanager
async def throttled_service(
    settings: Settings, scenario: Scenario, *, instances: int, bus: str
) -> AsyncIterator[ThrottledService]:
    """Ready instances, with nobody throttled yet; `bus` connects them."""
    throttle = Throttle()
    sellers = scenario.hot_sellers + scenario.other_sellers
    async with AsyncExitStack() as opened:
        account = await opened.enter_async_context(open_pipeline(settings))
        target = settings.aws_endpoint_url or ""
        front = await opened.enter_async_context(throttling(target, throttle))
        changes = {"aws_endpoint_url_dynamodb": front.url, "socketio_redis_url": bus}
        service = ThrottledService(scenario=scenario, account=account, throttle=throttle)
        for _ in range(instances):
            instance = await opened.enter_async_context(
                running_service(settings.model_copy(update=changes), retry_policy=_POLICY)
            )
            service.instances.append(instance)
            follower = await opened.enter_async_context(following(instance.url, sellers))
            service.followers.append(follower)
        await service.until_all_pollers_received()
        yield service


def _knows(follower: Follower, videos: set[str]) -> bool:
    return videos <= follower.catalogue.keys()


def _message(kind: HalfKind, event: Event) -> SentMessage:
    return SentMessage(kind=kind, body=exact_json.dumps(event).decode())


def _seconds_since_last_receive(instance: Service, kind: HalfKind) -> float:
    """The wait of the poller of the queue that has waited longest."""
    name = "assembly_seconds_since_last_receive"
    seconds = instance.metrics.registry.get_sample_value(name, {"queue": kind.value})
    return float("inf") if seconds is None else seconds


async def _readiness(url: str) -> int:
    async with aiohttp.ClientSession(url) as http, http.get("/health") as answer:
        return answer.status
