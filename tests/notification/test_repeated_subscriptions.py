"""Subscribing again costs little, a herd shares its reads, and nobody misses anything by it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from assembly_service.domain import exact_json
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.notification import namespace
from assembly_service.notification.replay import MOST_REPLAYED, Replay, Replayed
from assembly_service.notification.rooms import ResyncReason, resync
from assembly_service.notification.socketio.heartbeats import PING_TIMEOUT_SECONDS
from assembly_service.runtime.clock import Clock, wall_clock
from assembly_service.runtime.metrics import Metrics
from assembly_service.shop.recent_changes import ChangedSince
from assembly_service.storage.catalogue import Page, Position
from tests.notification.clients import PythonClient, python_client
from tests.notification.raw import CONNECT, ended, polling_session, raw_websocket, subscribe
from tests.notification.support import (
    Instance,
    Table,
    page_of,
    product,
    running_instance,
    until,
    video_ids,
)

THEN = 1_795_000_000_000
LONG_AGO = "2026-01-01T00:00:00.000Z"
PATIENCE = 20


@pytest.fixture
def table() -> Table:
    return Table(*(product(f"v{number}", updated_at=THEN + number) for number in range(3)))


@pytest.fixture
async def instance(table: Table) -> AsyncIterator[Instance]:
    async with running_instance(changed_since=table.changed_since) as running:
        yield running


@pytest.fixture
async def client(instance: Instance) -> AsyncIterator[PythonClient]:
    async with python_client(instance) as connected:
        yield connected


async def test_equal_subscribes_are_answered_as_the_first_without_a_read_or_a_replay(
    client: PythonClient, table: Table
) -> None:
    first = await client.subscribe("amani", since=LONG_AGO)
    again = [await client.subscribe("amani", since=LONG_AGO) for _ in range(10)]
    assert again == [first] * 10
    assert table.reads == 1
    assert video_ids(client.record.of("new_product")) == ["v0", "v1", "v2"]


async def test_a_later_since_is_covered_and_an_earlier_one_is_read(
    client: PythonClient, table: Table
) -> None:
    middle = format_milliseconds(THEN)
    first = await client.subscribe("amani", since=middle)
    assert await client.subscribe("amani", since=format_milliseconds(THEN + 1)) == first
    assert await client.subscribe("amani") == first
    assert table.reads == 1
    assert await client.subscribe("amani", since=LONG_AGO) != first
    assert table.reads == 2


async def test_a_subscription_without_since_covers_none(client: PythonClient, table: Table) -> None:
    await client.subscribe("amani")
    await client.subscribe("amani", since=LONG_AGO)
    assert table.reads == 1
    assert video_ids(client.record.of("new_product")) == ["v0", "v1", "v2"]


async def _left(client: PythonClient, _: Instance) -> None:
    await client.call("unsubscribe", {"seller_handle": "amani"})


async def _left_all(client: PythonClient, _: Instance) -> None:
    await client.call("unsubscribe")


async def _resynced(client: PythonClient, instance: Instance) -> None:
    push = resync("amani", ResyncReason.CONNECTION_RESTORED, LONG_AGO)
    await instance.notification._rooms.push([push])
    await client.record.first("resync")


async def _too_large(client: PythonClient, instance: Instance) -> None:
    await instance.announce(product("huge", padding=800_000))
    await client.record.first("resync")


@pytest.mark.parametrize("broken", [_left, _left_all, _resynced, _too_large])
async def test_after_a_break_the_same_subscribe_is_read_again(
    client: PythonClient,
    instance: Instance,
    table: Table,
    broken: Callable[[PythonClient, Instance], Awaitable[None]],
) -> None:
    await client.subscribe("amani", since=LONG_AGO)
    await broken(client, instance)
    await client.subscribe("amani", since=LONG_AGO)
    assert table.reads == 2


async def test_a_resync_during_the_replay_makes_the_next_subscribe_read(
    client: PythonClient, instance: Instance, table: Table
) -> None:
    table.go_on.clear()
    subscribing = asyncio.create_task(client.subscribe("amani", since=LONG_AGO))
    await table.reading.wait()
    await _resynced(client, instance)
    table.go_on.set()
    await subscribing
    await client.subscribe("amani", since=LONG_AGO)
    assert table.reads == 2


async def test_a_replay_that_failed_or_was_too_much_covers_nothing(
    client: PythonClient, table: Table
) -> None:
    table.error = TimeoutError()
    await client.subscribe("amani", since=LONG_AGO)
    table.error = None
    table.products += [product(f"w{n}", updated_at=THEN + n) for n in range(MOST_REPLAYED)]
    for _ in range(2):
        await client.subscribe("amani", since=LONG_AGO)
    assert table.reads == 3
    assert len(client.record.of("resync")) == 2


def replay_of(changed_since: ChangedSince, *, clock: Clock = wall_clock) -> Replay:
    metrics = Metrics().clients
    return Replay(changed_since=changed_since, allowance_seconds=0, clock=clock, metrics=metrics)


def replayed_videos(replayed: Replayed) -> list[str]:
    assert replayed.is_whole
    return video_ids([exact_json.loads(push.data.decode()) for push in replayed.pushes])


async def test_who_asks_while_a_read_is_under_way_shares_the_next_one(table: Table) -> None:
    replay = replay_of(table.changed_since)
    table.go_on.clear()
    first = asyncio.create_task(replay.of("amani", LONG_AGO))
    await table.reading.wait()
    others = [asyncio.create_task(replay.of("amani", LONG_AGO)) for _ in range(5)]
    await asyncio.sleep(0)
    # The read under way began before they joined, so it may lack what was committed since.
    table.products.append(product("late", updated_at=THEN + 9))
    table.go_on.set()
    async with asyncio.timeout(PATIENCE):
        await first
        for other in others:
            assert replayed_videos(await other)[-1] == "late"
    assert table.reads == 2


async def test_each_of_those_who_share_a_read_gets_what_is_later_than_its_own_since(
    table: Table,
) -> None:
    replay = replay_of(table.changed_since)
    sinces = [LONG_AGO, *(format_milliseconds(THEN + number) for number in range(3))]
    async with asyncio.timeout(PATIENCE):
        shared = await asyncio.gather(*(replay.of("amani", since) for since in sinces))
    assert [len(replayed_videos(each)) for each in shared] == [3, 2, 1, 0]
    assert table.reads == 1


async def test_those_who_share_a_read_share_its_events_of_the_instant_before_it(
    table: Table,
) -> None:
    now = THEN
    replay = replay_of(table.changed_since, clock=lambda: now)
    table.go_on.clear()
    asked = [asyncio.create_task(replay.of("amani", LONG_AGO)) for _ in range(2)]
    await table.reading.wait()
    now += 60_000
    table.go_on.set()
    async with asyncio.timeout(PATIENCE):
        first, second = await asyncio.gather(*asked)
    assert all(one is other for one, other in zip(first.pushes, second.pushes, strict=True))
    stamps = {exact_json.loads(push.data.decode())["timestamp"] for push in first.pushes}
    assert stamps == {format_milliseconds(THEN)}


async def test_who_wants_more_than_a_replay_holds_takes_nothing_from_the_others() -> None:
    table = Table(*(product(f"v{n}", updated_at=THEN + n) for n in range(MOST_REPLAYED + 50)))
    replay = replay_of(table.changed_since)
    sinces = [LONG_AGO, format_milliseconds(THEN + 10), format_milliseconds(THEN + 100)]
    async with asyncio.timeout(PATIENCE):
        shared = await asyncio.gather(*(replay.of("amani", since) for since in sinces))
    assert [each.is_whole for each in shared] == [False, False, True]
    assert len(replayed_videos(shared[2])) == 149


async def test_rows_that_have_moved_do_not_keep_a_shared_read_from_ending() -> None:
    """Fewer products than rows: those that moved on since stand further behind."""
    rows = [product(f"v{n}", updated_at=THEN + n) for n in range(MOST_REPLAYED + 1)]

    async def torn(seller_handle: str, *, since: str, limit: int, after: Position | None) -> Page:
        assert (seller_handle, since, after) == ("amani", LONG_AGO, None)
        await asyncio.sleep(0)
        return page_of(rows, limit=limit - 10)

    replay = replay_of(torn)
    async with asyncio.timeout(PATIENCE):
        assert not (await replay.of("amani", LONG_AGO)).is_whole


async def test_a_herd_that_joins_one_seller_is_served_by_few_reads(
    instance: Instance, table: Table
) -> None:
    async with AsyncExitStack() as connected:
        herd = [await connected.enter_async_context(raw_websocket(instance)) for _ in range(150)]
        for websocket in herd:
            await websocket.send_str(CONNECT)
            await websocket.receive_str()
        table.go_on.clear()
        for websocket in herd:
            await websocket.send_str(subscribe("amani", since=LONG_AGO))
        watching = instance.notification.subscriptions.clients_per_seller
        await until(lambda: watching().get("amani") == len(herd))
        table.go_on.set()
        async with asyncio.timeout(PATIENCE):
            for websocket in herd:
                answers = ""
                while "subscribed" not in answers:
                    answers += await websocket.receive_str()
                assert answers.count('["new_product"') == 3
    assert table.reads <= 4


async def test_a_page_may_subscribe_to_all_that_it_watches_at_once(
    client: PythonClient, instance: Instance
) -> None:
    await asyncio.gather(*(client.subscribe(f"s{n}") for n in range(namespace.MOST_SELLERS)))
    assert instance.metric("websocket_subscribes_delayed_total") == 0


async def test_an_excess_subscribe_waits_and_only_a_flood_is_refused(
    client: PythonClient, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Slow enough that the requests come faster on a busy machine too.
    monkeypatch.setattr(namespace, "_SUBSCRIBES_PER_SECOND", 50)
    monkeypatch.setattr(namespace, "SUBSCRIBES_AT_ONCE", 5)
    async with python_client(instance) as eager:
        answers = await asyncio.gather(*(eager.subscribe("amani") for _ in range(120)))
    refused = [answer for answer in answers if "code" in answer]
    delayed = instance.metric("websocket_subscribes_delayed_total")
    assert delayed is not None
    assert 0 < delayed <= 115 - len(refused)
    assert instance.metric("websocket_subscribes_refused_total") == len(refused)
    assert 0 < len(refused) <= 120 - 5 - 50
    assert {answer["code"] for answer in refused} == {"too_many_requests"}
    assert all(answer["retry_after"] >= 1 for answer in refused)
    # Others are not held up.
    await client.subscribe("amani")


async def test_a_connection_that_never_joins_the_namespace_is_closed_and_counted() -> None:
    async with (
        running_instance() as instance,
        raw_websocket(instance) as idle,
        raw_websocket(instance) as joined,
    ):
        await joined.send_str(CONNECT)
        await until(lambda: instance.notification.subscriptions.total_connections == 1)
        instance.turn_wheel(PING_TIMEOUT_SECONDS)
        await ended(idle)
        async with polling_session(instance) as polling:
            assert polling.sid in instance.connections
            instance.turn_wheel(PING_TIMEOUT_SECONDS)
            assert polling.sid not in instance.connections
        assert instance.metric("websocket_never_joined_total") == 2
        await joined.send_str(subscribe("amani"))
        answers = ""
        async with asyncio.timeout(PATIENCE):
            while "subscribed" not in answers:
                answers += await joined.receive_str()
