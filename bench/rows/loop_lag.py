"""How long everything waits for the event loop while both queues are full and 500 clients watch."""

import math
import random
from collections import Counter
from urllib.parse import urlsplit

from prometheus_client.parser import text_string_to_metric_families

from assembly_service.domain.product import HalfKind
from bench.figure import Figure
from bench.instances import SERVICE, Instance, running
from bench.loads.audience import audience
from bench.loads.processes import raise_file_limit
from bench.local_aws import Account, local_aws
from bench.resources import resources
from bench.subscriber import subscriber
from bench.videos import sellers, videos

_TARGET_MILLISECONDS = 20.0
_SERIES = "assembly_event_loop_lag_seconds_bucket"
_SHARE = 0.999


async def measure(quick: bool) -> list[Figure]:
    """Measure the lag while products of all sellers are made, by the service's own metric.

    The program is frozen while the queues are filled; what it observes of that does not count.
    """
    raise_file_limit()
    products, subscribers = (30, 20) if quick else (8_000, 500)
    with local_aws() as aws:
        account = aws.fresh_account()
        async with running(SERVICE, account, LOG_LEVEL="INFO") as instance:
            lags = await _lags(instance, account, products, subscribers)
    return [
        Figure(
            row=f"event loop lag, both queues full, {subscribers} subscribers: 99.9th percentile",
            measured=round(_quantile(lags) * 1000, 1),
            unit="ms",
            target=_TARGET_MILLISECONDS,
            details={
                "products": products,
                "samples_up_to_seconds": {str(k): v for k, v in sorted(lags.items())},
            },
        )
    ]


async def _lags(
    instance: Instance, account: Account, products: int, subscribers: int
) -> Counter[float]:
    sent = videos(products)
    port = urlsplit(instance.url).port or 0
    watched = sellers()[0]
    async with (
        resources(account) as aws,
        subscriber(instance.url, sellers()) as client,
        audience("this service", port, watched) as crowd,
    ):
        await crowd.connect(subscribers)
        instance.freeze()
        for kind in HalfKind:
            await aws.fill(kind, random.sample([each.bodies[kind] for each in sent], len(sent)))
        instance.thaw()
        before = await _observed(instance)
        await client.until_heard(products)
        # A product may be announced again: at least once is the promise.
        await crowd.received(sum(each.seller_handle == watched for each in sent), may_repeat=True)
        return await _observed(instance) - before


async def _observed(instance: Instance) -> Counter[float]:
    """How many samples were at most so many seconds, and above the next smaller number."""
    families = text_string_to_metric_families(await instance.metrics())
    up_to = sorted(
        (float(sample.labels["le"]), round(sample.value))
        for family in families
        for sample in family.samples
        if sample.name == _SERIES
    )
    smaller = [0, *(number for _, number in up_to)]
    return Counter(
        {limit: number - less for (limit, number), less in zip(up_to, smaller, strict=False)}
    )


def _quantile(lags: Counter[float]) -> float:
    """The percentile in seconds, interpolated within its bucket as Prometheus does."""
    left, start = _SHARE * lags.total(), 0.0
    for limit, number in sorted(lags.items()):
        if number >= left:
            return limit if math.isinf(limit) else start + (limit - start) * left / number
        left, start = left - number, limit
    return start
