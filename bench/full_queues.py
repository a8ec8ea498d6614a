"""One run over two full queues: what a program consumes to empty them.

The program is already running and has handled some videos, so its start is not counted. It is
frozen while the queues are filled: when the clock starts it has handled none of the messages, and
both queues have their half of every video. Each queue is shuffled separately, so most halves are
received long before their other half.
"""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from assembly_service.domain.product import HalfKind
from bench.errors import BenchFailed
from bench.instances import Instance, Program, running
from bench.local_aws import Account
from bench.resources import Resources, resources
from bench.subscriber import Subscriber, subscriber
from bench.videos import Video, sellers, videos


@dataclass(frozen=True, kw_only=True)
class Run:
    """The cost of a product: the program's CPU, and answered AWS calls of every kind."""

    cpu_ms: float
    aws_calls: float
    products_per_second: float


async def run(program: Program, account: Account, *, products: int, warm_up: int) -> Run:
    """Have the program make so many products. Raises BenchFailed if one is missing at the end.

    The clock stops when all were received by the client; CPU is counted until both queues are empty
    and nothing is staged.
    """
    async with (
        running(program, account) as instance,
        resources(account) as aws,
        subscriber(instance.url, sellers()) as client,
    ):
        await _handle(instance, aws, client, videos(warm_up))
        calls = await instance.aws_calls()
        cpu, seconds = await _handle(instance, aws, client, videos(products))
        calls = await instance.aws_calls() - calls
        found = await aws.rows("DYNAMODB_PRODUCTS_TABLE")
    if found != warm_up + products:
        raise BenchFailed(f"{program.name} made {found} products of {warm_up + products}.")
    return Run(
        cpu_ms=cpu / products * 1000,
        aws_calls=calls / products,
        products_per_second=products / seconds,
    )


async def _handle(
    instance: Instance, aws: Resources, client: Subscriber, sent: Sequence[Video]
) -> tuple[float, float]:
    """Fill both queues and wait until all is done. Returns CPU seconds and wall-clock seconds."""
    before = len(client.heard)
    instance.freeze()
    for kind in HalfKind:
        await aws.fill(kind, random.sample([each.bodies[kind] for each in sent], len(sent)))
    cpu, started = instance.cpu_seconds(), time.monotonic()
    instance.thaw()
    await client.until_heard(before + len(sent))
    seconds = time.monotonic() - started
    await aws.until_settled()
    return instance.cpu_seconds() - cpu, seconds
