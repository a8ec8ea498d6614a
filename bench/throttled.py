"""One run in which sellers are throttled: what the others notice of it, and what becomes of theirs.

All sellers publish at a steady rate, first while nobody is throttled, then for a longer time while
some are. The instances retry and hand back at the times that they have by default.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle

import aiohttp

from assembly_service.domain.product import HalfKind
from bench.errors import BenchError
from bench.instances import SERVICE, running
from bench.local_aws import Account
from bench.posts import posts, publish
from bench.resources import Resources, resources
from bench.subscriber import Subscriber, subscriber
from bench.videos import Video, videos_of
from tests.harness.hot_sellers import Scenario, What
from tests.harness.throttling import Throttle, throttling
from tests.harness.valkey import Valkey

_LOOK_SECONDS = 0.5
_ANSWER_SECONDS = 5
_WARM_UP_SECONDS = 1.0
_LOUD_AFTERWARDS_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Course:
    """So many videos a second of all sellers, for `quiet` seconds and then `throttled` ones.

    Their second half comes `gap` seconds after the first. At most `waiting` of each hot seller
    come at once. At the end nobody waits for longer than `patience` seconds.
    """

    rate: float
    quiet: float
    throttled: float
    gap: float
    waiting: int
    patience: float


@dataclass(frozen=True, kw_only=True)
class Run:
    """Of the products of the sellers that nobody throttles: seconds from publishing the second half
    to the event at a client, before and while others are throttled.

    `unready` says why an instance was not ready, for each of the `looks` at which that was so, from
    the beginning of the throttling until all was there, `recovery` seconds after its end. `left`
    are messages and staged halves that lie there still; `load` is the machine's, at that end.
    """

    quiet: list[float]
    delays: list[float]
    throttled: int
    looks: int
    unready: list[str]
    recovery: float
    lost: int
    doubled: int
    dead_lettered: int
    left: int
    load: float


async def run(
    account: Account, scenario: Scenario, course: Course, *, instances: int, loud: asyncio.Lock
) -> Run:
    """Publish, throttle, and wait until all is there.

    `loud` is held until all is there, but not long after the throttling ended: another run at the
    same time would be measured wrong.
    Raises BenchError if a hot seller was not throttled, or a product is missing before any was.
    """
    throttle = Throttle()
    async with AsyncExitStack() as opened:
        async with loud:
            stage = await _open(opened, account, scenario, course, throttle, instances)
            quiet = await stage.quietly()
            looks = await opened.enter_async_context(_looking(stage.urls))
            sent = await stage.throttled()
            ended, load = time.monotonic(), os.getloadavg()[0]
            if not throttle.items.keys() >= set(scenario.hot_sellers):
                raise BenchError(f"Not every hot seller was throttled: {scenario.name}.")
            await stage.until_all_is_there(_LOUD_AFTERWARDS_SECONDS)
        await stage.until_all_is_there(course.patience)
        return await stage.books(quiet, sent, ended=ended, looks=looks, load=load)


@dataclass(kw_only=True)
class _Stage:
    """Running instances; `sent` are all videos so far, `published` the times of second halves."""

    scenario: Scenario
    course: Course
    throttle: Throttle
    aws: Resources
    client: Subscriber
    urls: Sequence[str]
    sent: list[Video] = field(default_factory=list)
    published: dict[str, float] = field(default_factory=dict)

    async def quietly(self) -> list[Video]:
        """Publish while nobody is throttled; returns the other sellers' videos."""
        warming = round(self.course.rate * _WARM_UP_SECONDS)
        sent = await self._publish(_WARM_UP_SECONDS + self.course.quiet)
        await self.client.until_heard(len(self.sent))
        return self._of_others(sent[warming:])

    async def throttled(self) -> list[Video]:
        """Publish while the hot sellers are throttled; returns the other sellers' videos."""
        environment = self.aws.account.environment
        self.throttle.rule = self.scenario.rule(
            products=environment["DYNAMODB_PRODUCTS_TABLE"],
            staging=environment["DYNAMODB_STAGING_TABLE"],
        )
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._send_waiting())
            sent = await self._publish(self.course.throttled)
        self.throttle.rule = None
        return self._of_others(sent)

    async def until_all_is_there(self, seconds: float) -> None:
        """Wait, no longer than that, until the client was told of all and the queues are empty."""
        with suppress(TimeoutError, BenchError):
            async with asyncio.timeout(seconds):
                await self.client.until(lambda: len(self.client.heard) == len(self.sent), seconds)
                while await self.aws.waiting():
                    await asyncio.sleep(_LOOK_SECONDS)

    async def books(
        self,
        quiet: list[Video],
        sent: list[Video],
        *,
        ended: float,
        looks: list[str],
        load: float,
    ) -> Run:
        """What was seen; whatever is missing counts as told now."""
        expected = {each.video_id for each in self.sent}
        there = await self.aws.video_ids("DYNAMODB_PRODUCTS_TABLE")
        staged = await self.aws.rows("DYNAMODB_STAGING_TABLE")
        heard = self.client.heard
        now = time.monotonic()
        return Run(
            quiet=self._delays(quiet, now),
            delays=self._delays(sent, now),
            throttled=self.throttle.items.total(),
            looks=len(looks),
            unready=[each for each in looks if each],
            recovery=max(0.0, *(heard.get(each, now) - ended for each in expected)),
            lost=len(expected - (heard.keys() & there)),
            doubled=len(there) - len(expected & set(there)),
            dead_lettered=await self.aws.dead_letters(),
            left=staged + await self.aws.waiting(),
            load=load,
        )

    async def _publish(self, seconds: float) -> list[Video]:
        handles = self._handles(round(self.course.rate * seconds))
        sent = videos_of(handles)
        self.sent += sent
        due = posts(sent, rate=self.course.rate, gap=self.course.gap, caption_first=False)
        await publish(self.aws, due, self.published)
        return sent

    def _handles(self, count: int) -> list[str]:
        """The sellers of so many videos; the hot ones have their share, spread evenly."""
        hot, others = cycle(self.scenario.hot_sellers), cycle(self.scenario.other_sellers)
        share = self.scenario.share
        return [
            next(hot) if int((number + 1) * share) > int(number * share) else next(others)
            for number in range(count)
        ]

    async def _send_waiting(self) -> None:
        """Both halves at once; where staging is throttled the second ones come much later."""
        many = min(self.scenario.waiting, self.course.waiting)
        waiting = videos_of([each for each in self.scenario.hot_sellers for _ in range(many)])
        self.sent += waiting
        await self.aws.fill(HalfKind.CAPTION, [each.bodies[HalfKind.CAPTION] for each in waiting])
        if self.scenario.what is What.STAGING:
            await asyncio.sleep(self.course.throttled / 2)
        bodies = [each.bodies[HalfKind.THUMBNAIL] for each in waiting]
        await self.aws.fill(HalfKind.THUMBNAIL, bodies)

    def _of_others(self, sent: Sequence[Video]) -> list[Video]:
        return [each for each in sent if each.seller_handle in self.scenario.other_sellers]

    def _delays(self, sent: Sequence[Video], now: float) -> list[float]:
        heard = self.client.heard
        return sorted(
            heard.get(each.video_id, now) - self.published[each.video_id] for each in sent
        )


async def _open(
    opened: AsyncExitStack,
    account: Account,
    scenario: Scenario,
    course: Course,
    throttle: Throttle,
    instances: int,
) -> _Stage:
    """Start instances that nobody is throttled in yet; several of them share a Valkey."""
    target = account.environment["AWS_ENDPOINT_URL"]
    front = await opened.enter_async_context(throttling(target, throttle))
    settings = {"AWS_ENDPOINT_URL_DYNAMODB": front.url}
    if instances > 1:
        valkey = Valkey.on_a_free_port()
        opened.callback(valkey.stop)
        valkey.start()
        settings["SOCKETIO_REDIS_URL"] = valkey.url
    started = [
        await opened.enter_async_context(running(SERVICE, account, **settings))
        for _ in range(instances)
    ]
    urls = [instance.url for instance in started]
    sellers = scenario.hot_sellers + scenario.other_sellers
    return _Stage(
        scenario=scenario,
        course=course,
        throttle=throttle,
        aws=await opened.enter_async_context(resources(account)),
        client=await opened.enter_async_context(subscriber(urls[0], sellers)),
        urls=urls,
    )


@asynccontextmanager
async def _looking(urls: Sequence[str]) -> AsyncIterator[list[str]]:
    """Look at the readiness of all instances again and again: what each lacks, each time."""
    looks: list[str] = []
    timeout = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as http:

        async def look() -> None:
            while True:
                looks.extend([await _lacks(http, url) for url in urls])
                await asyncio.sleep(_LOOK_SECONDS)

        task = asyncio.create_task(look())
        try:
            yield looks
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _lacks(http: aiohttp.ClientSession, url: str) -> str:
    """Why an instance is not ready; empty if it is."""
    try:
        async with http.get(f"{url}/health/ready") as answer:
            if answer.status == 200:
                return ""
            checks: dict[str, dict[str, str]] = (await answer.json())["checks"]
    except (aiohttp.ClientError, TimeoutError) as error:
        return f"no answer: {type(error).__name__}"
    return " ".join(each["detail"] for each in checks.values() if each["status"] == "failing")
