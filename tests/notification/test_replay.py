"""Subscribing with `since`: nothing is missed, whatever happens around the join."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from assembly_service.aws.clients import open_clients
from assembly_service.domain.product import Product
from assembly_service.domain.timestamps import format_milliseconds, to_milliseconds
from assembly_service.notification.socketio.heartbeats import PING_INTERVAL_SECONDS
from assembly_service.runtime.clock import Clock, wall_clock
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import Settings
from assembly_service.storage.catalogue import Catalogue, CatalogueBusy
from assembly_service.storage.rows import product_to_item
from tests.notification.clients import PythonClient, python_client
from tests.notification.support import (
    Instance,
    Table,
    product,
    running_instance,
    video_ids,
)

THEN = 1_795_000_000_000
ALLOWANCE = 10_000
LONG_AGO = "2026-01-01T00:00:00Z"


@asynccontextmanager
async def connected(
    table: Table, *, clock: Clock = wall_clock
) -> AsyncIterator[tuple[Instance, PythonClient]]:
    """An instance that reads the table, and a client of it."""
    async with (
        running_instance(changed_since=table.changed_since, clock=clock) as instance,
        python_client(instance) as client,
    ):
        yield instance, client


@asynccontextmanager
async def subscribing(client: PythonClient, table: Table) -> AsyncIterator[asyncio.Task[Any]]:
    """What happens in the block happens while the replay reads; then the subscription is made."""
    table.go_on.clear()
    task = asyncio.create_task(client.subscribe("amani", since=LONG_AGO))
    await table.reading.wait()
    yield task
    table.go_on.set()
    await task


def replayed(client: PythonClient) -> list[str]:
    pushes = [
        values[0]
        for name, *values in client.record.happenings
        if name in {"new_product", "product_updated"}
    ]
    return video_ids(pushes)


async def test_the_replay_starts_both_allowances_early_and_goes_oldest_first() -> None:
    table = Table(
        product("too-old", updated_at=THEN - ALLOWANCE),
        product("newest", updated_at=THEN + 5),
        product("just-in", updated_at=THEN - ALLOWANCE + 1),
        product("updated", updated_at=THEN, created_at=THEN - 1),
    )
    async with connected(table) as (_, client):
        await client.subscribe("amani", since=format_milliseconds(THEN))
        assert replayed(client) == ["just-in", "updated", "newest"]
        assert [name for name, *_ in client.record.happenings] == [
            "connected",
            "new_product",
            "product_updated",
            "new_product",
            "subscribed",
        ]


@pytest.mark.parametrize("since", ["2026-11-18T06:46:40+02:00", "0001-01-01T00:00:00Z"])
async def test_since_may_be_any_instant(since: str) -> None:
    table = Table(product("v1", updated_at=THEN))
    async with connected(table) as (_, client):
        assert "code" not in await client.subscribe("amani", since=since)
        assert replayed(client) == ["v1"]


@pytest.mark.parametrize(("ahead", "shown"), [(ALLOWANCE, []), (ALLOWANCE + 1, ["v1"])])
async def test_a_mark_of_a_clock_that_was_ahead_replays_everything(
    ahead: int, shown: list[str]
) -> None:
    table = Table(product("v1", updated_at=THEN - 60_000))
    async with connected(table, clock=lambda: THEN) as (_, client):
        await client.subscribe("amani", since=format_milliseconds(THEN + ahead))
        assert replayed(client) == shown


@pytest.mark.parametrize(("count", "resyncs"), [(200, 0), (201, 1)])
async def test_up_to_200_products_are_replayed_and_more_are_one_resync(
    count: int, resyncs: int
) -> None:
    table = Table(*(product(f"v{number}", updated_at=THEN + number) for number in range(count)))
    async with connected(table) as (_, client):
        await client.subscribe("amani", since=format_milliseconds(THEN))
        assert len(client.record.of("resync")) == resyncs
        assert len(replayed(client)) == (0 if resyncs else count)


async def test_a_replay_larger_than_all_that_may_wait_arrives_whole() -> None:
    table = Table(
        *(product(f"v{n}", updated_at=THEN + n, padding=300_000) for n in range(20)),
        *(product(f"v{n}", updated_at=THEN + n, seller_handle="baraka") for n in range(200)),
    )
    async with connected(table) as (instance, client):
        since = format_milliseconds(THEN)
        await asyncio.gather(
            client.subscribe("amani", since=since), client.subscribe("baraka", since=since)
        )
        assert len(replayed(client)) == 220
        assert instance.metric("websocket_slow_clients_total") == 0


async def test_the_timestamp_of_a_subscription_is_the_clock_before_the_join() -> None:
    table, now = Table(), THEN
    async with connected(table, clock=lambda: now) as (_, client):
        async with subscribing(client, table) as answer:
            now += 60_000
        assert answer.result()["timestamp"] == format_milliseconds(THEN)


async def test_what_is_announced_during_the_replay_is_shown() -> None:
    table = Table()
    async with connected(table) as (instance, client):
        async with subscribing(client, table):
            await instance.announce(product("meanwhile"))
        assert replayed(client) == ["meanwhile"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CatalogueBusy("busy"), "temporarily_unavailable"),
        (TimeoutError(), "temporarily_unavailable"),
        (KeyError("title"), "internal_error"),
    ],
)
async def test_a_replay_that_fails_is_an_error_and_undoes_the_join(
    error: Exception, code: str
) -> None:
    table = Table(error=error)
    async with connected(table) as (instance, client):
        answer = await client.subscribe("amani", since=LONG_AGO)
        assert answer["code"] == code
        assert client.record.of("error") == [answer]
        assert client.record.of("subscribed") == []
        assert instance.notification.subscriptions.clients_per_seller() == {}
        await instance.announce(product("v1"))
        await client.call("get_subscription_status")
        assert replayed(client) == []


async def test_a_failed_replay_leaves_an_earlier_subscription_as_it_was() -> None:
    table = Table()
    async with connected(table) as (instance, client):
        await client.subscribe("amani")
        table.error = TimeoutError()
        assert "code" in await client.subscribe("amani", since=LONG_AGO)
        await instance.announce(product("v1"))
        await client.record.first("new_product")


async def test_a_client_that_leaves_during_its_replay_harms_nobody() -> None:
    table = Table(product("v1", updated_at=THEN))
    table.go_on.clear()
    async with connected(table) as (instance, staying):
        async with python_client(instance) as leaving:
            await leaving.emit("subscribe_to_seller", {"seller_handle": "amani", "since": LONG_AGO})
            await table.reading.wait()
        table.go_on.set()
        await staying.subscribe("amani", since=LONG_AGO)
        assert replayed(staying) == ["v1"]
        assert instance.notification.subscriptions.clients_per_seller() == {"amani": 1}
        assert instance.notification.subscriptions.total_connections == 1


async def test_a_client_answers_pings_while_its_replay_takes_long() -> None:
    table = Table()
    async with (
        running_instance(changed_since=table.changed_since) as instance,
        python_client(instance) as client,
    ):
        async with subscribing(client, table) as answer:
            await instance.turn_wheel_slowly(5 * PING_INTERVAL_SECONDS)
            assert len(instance.connections) == 1
        assert "code" not in answer.result()


async def test_nobody_misses_a_product_committed_around_the_join(settings: Settings) -> None:
    metrics = Metrics()
    async with open_clients(settings, metrics) as clients:
        table = settings.dynamodb_products_table
        catalogue = Catalogue(dynamodb=clients.dynamodb, table=table)

        async def commit(new: Product) -> None:
            await clients.dynamodb.put_item(TableName=table, Item=product_to_item(new))

        async with running_instance(
            settings=settings, changed_since=catalogue.changed_since, sns=clients.sns
        ) as instance:
            committed: list[str] = []

            async def assemble(worker: int) -> None:
                for number in range(25):
                    new = product(f"w{worker}-{number}")
                    await commit(new)
                    committed.append(new.key.video_id)
                    await instance.announce(new)

            async def follow(pause: float) -> None:
                since = format_milliseconds(wall_clock())
                await asyncio.sleep(pause)
                async with python_client(instance) as client:
                    await client.subscribe("amani", since=since)
                    await assembling
                    await client.record.until(lambda: set(replayed(client)) >= set(committed))

            assembling = asyncio.gather(*(assemble(worker) for worker in range(4)))
            await asyncio.gather(*(follow(0.03 * number) for number in range(8)))
            assert len(committed) == 100


async def test_a_replay_reads_the_table_and_numbers_stay_exact(settings: Settings) -> None:
    async with open_clients(settings, Metrics()) as clients:
        table = settings.dynamodb_products_table
        stored = product("v1", updated_at=THEN)
        await clients.dynamodb.put_item(TableName=table, Item=product_to_item(stored))
        catalogue = Catalogue(dynamodb=clients.dynamodb, table=table)
        async with (
            running_instance(settings=settings, changed_since=catalogue.changed_since) as instance,
            python_client(instance) as client,
        ):
            await client.subscribe("amani", since=format_milliseconds(THEN))
            (push,) = client.record.of("new_product")
            assert push["product"] == stored.shown() | {"price": 1999.99}
            assert to_milliseconds(push["product"]["updated_at"]) == THEN
