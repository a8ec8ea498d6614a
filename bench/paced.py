"""One run at a steady rate: how long a product takes to the browser, and the AWS calls it takes.

Every video is published as two messages, the second half a fixed time after the first.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bench.errors import BenchFailed
from bench.front import front
from bench.instances import Instance, Program, running
from bench.local_aws import Account
from bench.posts import posts, publish
from bench.resources import resources
from bench.subscriber import Subscriber, subscriber
from bench.videos import sellers, videos
from bench.waypoints import Waypoints

_SETTLE_SECONDS = 1.0
_LEAST_SHARE = 0.95


@dataclass(frozen=True, kw_only=True)
class Pace:
    """A rate of videos a second and how long it lasts; `gap` seconds lie between two halves.

    `watched`: a proxy in front of the local AWS sees all calls, which adds a millisecond or two to
    each. `strict`: a program that falls behind is an error.
    """

    rate: float
    seconds: float
    gap: float
    caption_first: bool
    watched: bool
    strict: bool


@dataclass(frozen=True, kw_only=True)
class Run:
    """What was measured while both halves came at the full rate. Delays are sorted milliseconds.

    `aws_calls` is per product, empty receives included. `delays` are from publishing the second
    half to the event at the client. `handling`, if watched, is the part of a delay after the queue
    handed that half out, without the local AWS's time for calls that name the video.
    """

    products: int
    aws_calls: float
    delays: list[float]
    handling: list[float]


async def run(program: Program, account: Account, pace: Pace) -> Run:
    """Run one pace. Raises BenchFailed if a product does not arrive, or the pace was not kept.

    With a backlog, messages come in fuller batches, and too few calls would be counted.
    """
    waypoints = Waypoints()
    async with (
        _endpoint(account, pace, waypoints) as url,
        running(program, account, AWS_ENDPOINT_URL=url) as instance,
        resources(account) as aws,
        subscriber(instance.url, sellers()) as client,
    ):
        sent = videos(round(pace.rate * (pace.gap + pace.seconds)))
        due = posts(sent, rate=pace.rate, gap=pace.gap, caption_first=pace.caption_first)
        publishing = asyncio.create_task(publish(aws, due, waypoints.published))
        calls, products = await _steady(instance, client, pace)
        await publishing
        await client.until_heard(len(sent))
        await aws.until_settled()
    wanted = pace.rate * (pace.seconds - _SETTLE_SECONDS)
    if pace.strict and products < _LEAST_SHARE * wanted:
        raise BenchFailed(
            f"{program.name} made {products} products where {wanted:g} were due: "
            "measure again when the machine has nothing else to do."
        )
    # The first second opens connections and fills caches.
    steady = [each.video_id for each in sent[round(pace.rate * _SETTLE_SECONDS) :]]
    return Run(
        products=products,
        aws_calls=calls / products,
        delays=_milliseconds(client.heard[each] - waypoints.published[each] for each in steady),
        handling=_milliseconds(
            waypoints.handling(each, until=client.heard[each]) for each in steady if pace.watched
        ),
    )


@asynccontextmanager
async def _endpoint(account: Account, pace: Pace, waypoints: Waypoints) -> AsyncIterator[str]:
    direct = account.environment["AWS_ENDPOINT_URL"]
    if not pace.watched:
        yield direct
        return
    async with front(direct, waypoints.watch) as url:
        yield url


async def _steady(instance: Instance, client: Subscriber, pace: Pace) -> tuple[int, int]:
    """Count answered calls and products while both halves arrive, at least one product."""
    await asyncio.sleep(pace.gap + _SETTLE_SECONDS)
    calls, products = await instance.aws_calls(), len(client.heard)
    await asyncio.sleep(pace.seconds - _SETTLE_SECONDS)
    await client.until_heard(products + 1)
    return await instance.aws_calls() - calls, len(client.heard) - products


def _milliseconds(seconds: Iterable[float]) -> list[float]:
    return sorted(each * 1000 for each in seconds)
