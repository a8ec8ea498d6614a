"""One run in which some sellers are throttled: what the others notice, and what happens to theirs.

All sellers publish at a steady rate, first without throttling, then for a longer time with it. The
instances retry and hand back with their default times.
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
from bench.errors import BenchFailed
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
    """A rate of videos a second of all sellers, for `quiet` seconds and then `throttled` seconds.

    The second half of a video comes `gap` seconds after the first. At most `waiting` videos of each
    hot seller come at once. `patience` is how many seconds the run waits at the end.
    """

    rate: float
    quiet: float
    throttled: float
    gap: float
    waiting: int
    patience: float


@dataclass(frozen=True, kw_only=True)
class Run:
    """Delays of products of sellers that are not throttled, before and while others are.

    A delay is the seconds from publishing the second half to the event at a client. `unready` has a
    reason for each of the `probes` at which an instance was not ready, from the beginning of the
    throttling until all products existed, `recovery` seconds after its end. `left` counts messages
    and staged halves that remain; `load` is the machine's load at the end of the throttling.
    """

    quiet: list[float]
    delays: list[float]
    throttled: int
    probes: int
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
    """Publish, throttle, and wait until all products exist.

    `loud` is held until then, but not long after the throttling ended: another run at the same time
    would be measured wrong.
    Raises BenchFailed if a hot seller was not throttled, or a product is missing before that.
    """
    throttle = Throttle()
    async with AsyncExitStack() as opened:
        async with loud:
            stage = await _open(opened, account, scenario, course, throttle, instances)
            quiet = await stage.quietly()
            probes = await opened.enter_async_context(_probing(stage.urls))
            sent = await stage.throttled()
            ended, load = time.monotonic(), os.getloadavg()[0]
            await stage.until_all_exist(_LOUD_AFTERWARDS_SECONDS)
        await stage.until_all_exist(course.patience)
        return await stage.outcome(quiet, sent, ended=ended, probes=probes, load=load)


@dataclass(kw_only=True)
class _Stage:
    """Running instances. `sent` has all videos so far, `published` the times of second halves."""

    scenario: Scenario
    course: Course
    throttle: Throttle
    aws: Resources
    client: Subscriber
    urls: Sequence[str]
    sent: list[Video] = field(default_factory=list)
    published: dict[str, float] = field(default_factory=dict)

    async def quietly(self) -> list[Video]:
        """Publish without throttling. Returns the other sellers' videos."""
        warming = round(self.course.rate * _WARM_UP_SECONDS)
        sent = await self._publish(_WARM_UP_SECONDS + self.course.quiet)
        await self.client.until_heard(len(self.sent))
        return self._of_others(sent[warming:])

    async def throttled(self) -> list[Video]:
        """Publish while the hot sellers are throttled. Returns the other sellers' videos."""
        environment = self.aws.account.environment
        self.throttle.rule = self.scenario.rule(
            products=environment["DYNAMODB_PRODUCTS_TABLE"],
            staging=environment["DYNAMODB_STAGING_TABLE"],
        )
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._send_waiting())
            sent = await self._publish(self.course.throttled)
        try:
            async with asyncio.timeout(self.course.patience):
                await self.throttle.until_felt(self.scenario.hot_sellers)
        except TimeoutError:
            name = self.scenario.name
            raise BenchFailed(f"Not every hot seller was throttled: {name}.") from None
        self.throttle.rule = None
        return self._of_others(sent)

    async def until_all_exist(self, seconds: float) -> None:
        """Wait up to `seconds` until the client has all products and the queues are empty."""
        with suppress(TimeoutError, BenchFailed):
            async with asyncio.timeout(seconds):
                await self.client.until(lambda: len(self.client.heard) == len(self.sent), seconds)
                while await self.aws.waiting():
                    await asyncio.sleep(_LOOK_SECONDS)

    async def outcome(
        self,
        quiet: list[Video],
        sent: list[Video],
        *,
        ended: float,
        probes: list[str],
        load: float,
    ) -> Run:
        """Sum up the run; a missing product counts as arriving now."""
        expected = {each.video_id for each in self.sent}
        there = await self.aws.video_ids("DYNAMODB_PRODUCTS_TABLE")
        staged = await self.aws.rows("DYNAMODB_STAGING_TABLE")
        heard = self.client.heard
        now = time.monotonic()
        return Run(
            quiet=self._delays(quiet, now),
            delays=self._delays(sent, now),
            throttled=self.throttle.items.total(),
            probes=len(probes),
            unready=[each for each in probes if each],
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
        """The sellers of so many videos, with the hot ones' share spread evenly."""
        hot, others = cycle(self.scenario.hot_sellers), cycle(self.scenario.other_sellers)
        share = self.scenario.share
        return [
            next(hot) if int((number + 1) * share) > int(number * share) else next(others)
            for number in range(count)
        ]

    async def _send_waiting(self) -> None:
        """Send both halves at once, or the second one much later if staging is throttled."""
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
    """Start instances, without throttling yet; several of them share a Valkey."""
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
async def _probing(urls: Sequence[str]) -> AsyncIterator[list[str]]:
    """Probe the readiness of all instances repeatedly; collect why each is not ready, or ''."""
    probes: list[str] = []
    timeout = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as http:

        async def probe() -> None:
            while True:
                probes.extend([await _why_unready(http, url) for url in urls])
                await asyncio.sleep(_LOOK_SECONDS)

        task = asyncio.create_task(probe())
        try:
            yield probes
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _why_unready(http: aiohttp.ClientSession, url: str) -> str:
    """Why an instance is not ready; empty if it is."""
    try:
        async with http.get(f"{url}/health/ready") as answer:
            if answer.status == 200:
                return ""
            checks: dict[str, dict[str, str]] = (await answer.json())["checks"]
    except (aiohttp.ClientError, TimeoutError) as error:
        return f"no answer: {type(error).__name__}"
    return " ".join(each["detail"] for each in checks.values() if each["status"] == "failing")
