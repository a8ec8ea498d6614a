"""Stops and outages of the bus and of pollers, under load, with real processes."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, MutableMapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from structlog.testing import capture_logs

from assembly_service.domain.product import HalfKind
from assembly_service.operations import service_health
from assembly_service.pipeline import pollers
from assembly_service.service import running_service
from assembly_service.settings.service import Settings
from tests.cli.runs import bare_environment
from tests.harness.engine import Account
from tests.harness.follower import Follower, following
from tests.harness.pipeline import Pipeline, eventually
from tests.harness.service_process import ServiceProcess
from tests.harness.valkey import Valkey
from tests.harness.warm_processes import start_warm
from tests.notification.proxy import proxy_to
from tests.system.chaos.traffic import Traffic, make_traffic, send
from tests.system.chaos.verdict import judge, until_empty

DRAIN_SECONDS = 60
EMPTY_SECONDS = 300


@pytest.fixture
def traffic() -> Traffic:
    """300 videos with duplicates and newer halves, in two bursts."""
    return make_traffic(videos=300, bursts=2, chance=random.Random(3))


@pytest.fixture
def environment(aws: Account) -> dict[str, str]:
    """The environment of a process on the fresh account."""
    return bare_environment(
        **aws.environment,
        **aws.credentials,
        SQS_WAIT_SECONDS="1",
        DRAIN_DEADLINE_SECONDS=str(DRAIN_SECONDS),
    )


@pytest.fixture
async def instances(environment: dict[str, str]) -> AsyncIterator[AsyncExitStack]:
    """Stops what a failed test leaves running."""
    async with AsyncExitStack() as stack:
        yield stack


async def started(instances: AsyncExitStack, environment: dict[str, str]) -> ServiceProcess:
    """A running instance, stopped with the test."""
    process = ServiceProcess(environment=environment, create=start_warm)

    async def end() -> None:
        if process.running:
            await process.kill()

    instances.push_async_callback(end)
    await process.start()
    return process


@pytest.mark.parametrize("handled", [0, 1, 100, 300])
async def test_a_stop_under_load_ends_in_time_repeats_nothing_and_hides_nothing(
    account: Pipeline,
    environment: dict[str, str],
    instances: AsyncExitStack,
    traffic: Traffic,
    handled: int,
    tell: Callable[[str], None],
) -> None:
    service = await started(instances, environment)
    async with following(service.url, traffic.sellers) as follower:
        sending = asyncio.create_task(send_all(account, traffic))
        await service.until(lambda: len(service.journal.handled) >= handled)
        began = time.monotonic()
        assert await service.stop() == 0
        seconds = time.monotonic() - began
        assert seconds < DRAIN_SECONDS
        # Messages forgotten by the stop would be invisible for the visibility timeout, a minute.
        assert await invisible(account) == 0
        done = set(service.journal.handled)
        assert handled <= len(done)
        sent = await sending
        assert await waiting(account) == sent - done
        await service.start()
        assert await until_empty(account, EMPTY_SECONDS)
        assert (await judge(account, traffic, [follower])).complaints == []
        assert await service.stop() == 0
        tell(f"stopped in {seconds:.1f} s, {len(done)} of {len(sent)} messages handled by then")
    assert service.journal.errors == []


async def send_all(account: Pipeline, traffic: Traffic) -> set[str]:
    """Send everything without a pause, so that polls at the stop return messages too."""
    return await send(account, list(chain.from_iterable(traffic.bursts)))


async def invisible(account: Pipeline) -> int:
    name = "ApproximateNumberOfMessagesNotVisible"
    answers = [
        await account.clients.sqs.get_queue_attributes(
            QueueUrl=account.url(kind), AttributeNames=[name]
        )
        for kind in HalfKind
    ]
    return sum(int(answer["Attributes"][name]) for answer in answers)


async def waiting(account: Pipeline) -> set[str]:
    """The ids of all messages in the queues, which stay visible."""
    ids = set()
    for kind in HalfKind:
        queue = await account.queue(kind)
        received = []
        while some := await queue.receive(wait=False):
            received += some
        for start in range(0, len(received), 10):
            await queue.change_visibility([(each, 0) for each in received[start : start + 10]])
        ids |= {each.message_id for each in received}
    return ids


async def test_no_client_misses_products_assembled_while_valkey_is_down(
    account: Pipeline, traffic: Traffic, own_valkey: Valkey, two: list[ServiceProcess]
) -> None:
    async with two_followers(two, traffic) as followers:
        before, during = traffic.bursts
        await send(account, before)
        await asyncio.to_thread(own_valkey.kill)
        await send(account, during)
        assert await until_empty(account, EMPTY_SECONDS)
        products = len(await account.products())
        # Whichever instance assembled something, the follower of the other one misses it.
        assert any(len(each.catalogue) < products for each in followers)
        await asyncio.to_thread(own_valkey.start)
        assert (await judge(account, traffic, followers)).complaints == []
        assert all(each.resyncs for each in followers)
        assert all(each.connections == 1 for each in followers)


async def test_no_client_misses_products_assembled_before_every_instance_is_back_at_valkey(
    account: Pipeline,
    environment: dict[str, str],
    instances: AsyncExitStack,
    traffic: Traffic,
    own_valkey: Valkey,
) -> None:
    """The publisher is never cut off: only an instance that was can tell its clients to reload."""
    async with proxy_to(own_valkey.url) as proxy:
        worker = await started(instances, environment | {"SOCKETIO_REDIS_URL": own_valkey.url})
        cut = {"SOCKETIO_REDIS_URL": proxy.url, "SERVICE_ROLE": "web"}
        front = await started(instances, environment | cut)
        async with two_followers([worker, front], traffic) as followers:
            before, after = traffic.bursts
            await send(account, before)
            assert await until_empty(account, EMPTY_SECONDS)
            proxy.cut()
            await front.until(lambda: "subscribe" in front.journal.cut_off)
            await send(account, after)
            assert await until_empty(account, EMPTY_SECONDS)
            products = len(await account.products())
            assert len(followers[1].catalogue) < products
            proxy.restore()
            assert (await judge(account, traffic, followers)).complaints == []
            assert followers[1].resyncs > 0
            assert all(each.connections == 1 for each in followers)
        assert [await each.stop() for each in (worker, front)] == [0, 0]
        assert [each.journal.errors for each in (worker, front)] == [[], []]


@pytest.fixture
async def two(
    environment: dict[str, str], instances: AsyncExitStack, own_valkey: Valkey
) -> AsyncIterator[list[ServiceProcess]]:
    """Two instances connected by Valkey, which exit with 0 in the end."""
    environment["SOCKETIO_REDIS_URL"] = own_valkey.url
    both = [await started(instances, environment) for _ in range(2)]
    yield both
    assert [await each.stop() for each in both] == [0, 0]
    assert [each.journal.errors for each in both] == [[], []]


@asynccontextmanager
async def two_followers(
    two: list[ServiceProcess], traffic: Traffic
) -> AsyncIterator[list[Follower]]:
    """A follower of each instance."""
    async with (
        following(two[0].url, traffic.sellers) as one,
        following(two[1].url, traffic.sellers, transports="websocket") as other,
    ):
        yield [one, other]


async def test_a_stalled_poller_fails_the_worker_check_is_logged_and_recovers(
    account: Pipeline, settings: Settings, traffic: Traffic, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (service_health, pollers):
        monkeypatch.setattr(module, "STALLED_SECONDS", 2)
    monkeypatch.setattr(pollers, "_STALL_CHECK_SECONDS", 0.1)
    async with proxy_to(str(settings.aws_endpoint_url)) as proxy:
        there = {"aws_endpoint_url_sqs": f"http://{urlsplit(proxy.url).netloc}"}
        with capture_logs() as logs:
            async with (
                running_service(settings.model_copy(update=there)) as service,
                aiohttp.ClientSession(service.url) as http,
                following(service.url, traffic.sellers) as follower,
            ):
                await until_worker_answers(http, 200)
                proxy.freeze()
                await send(account, traffic.bursts[0])
                await until_worker_answers(http, 503)
                assert await status(http, "/health/live") == 200
                assert await status(http, "/health/ready") == 200
                assert await status(http, "/api/v1/shop/home256/products") == 200
                await eventually_logged(logs, "poller_stalled", times=4)
                proxy.restore()
                await send(account, traffic.bursts[1])
                await until_worker_answers(http, 200)
                await eventually_logged(logs, "poller_recovered", times=4)
                assert await until_empty(account, EMPTY_SECONDS)
                assert (await judge(account, traffic, [follower])).complaints == []
    stalled = [line for line in logs if line["event"] == "poller_stalled"]
    assert len({line["queue"] for line in stalled}) == 2
    assert all(line["log_level"] == "error" for line in stalled)


async def status(http: aiohttp.ClientSession, path: str) -> int:
    async with http.get(path) as answer:
        return answer.status


async def until_worker_answers(http: aiohttp.ClientSession, expected: int) -> None:
    async def is_so() -> bool:
        return (await status(http, "/health/worker")) == expected

    await eventually(is_so)


async def eventually_logged(
    logs: Sequence[MutableMapping[str, Any]], event: str, *, times: int
) -> None:
    async def is_so() -> bool:
        return [line["event"] for line in logs].count(event) >= times

    await eventually(is_so)
