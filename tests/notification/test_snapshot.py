"""A first load in one round trip: the subscription brings the first page and misses nothing."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.notification.socketio.websocket import MOST_UNREAD_BYTES
from assembly_service.runtime.clock import wall_clock
from assembly_service.shop.cursor import decode_cursor
from assembly_service.shop.first_pages import FirstPages
from tests.notification.clients import PythonClient, python_client, stock_client
from tests.notification.raw import CONNECT, polling_session, subscribe
from tests.notification.streams import PATH, reading
from tests.notification.support import Instance, Table, product, running_instance, video_ids

THEN = 1_795_000_000_000
LONG_AGO = "2026-01-01T00:00:00.000Z"
PATIENCE = 20


@pytest.fixture
def table() -> Table:
    return Table(*(product(f"v{number:02}", updated_at=THEN + number) for number in range(60)))


@pytest.fixture
async def instance(table: Table) -> AsyncIterator[Instance]:
    async with running_instance(
        changed_since=table.changed_since, newest=table.newest, clock=lambda: THEN
    ) as running:
        yield running


@pytest.fixture
async def client(instance: Instance) -> AsyncIterator[PythonClient]:
    async with python_client(instance) as connected:
        yield connected


def shown_videos(snapshot: dict[str, Any]) -> list[str]:
    return [each["video_id"] for each in snapshot["products"]]


async def test_a_subscription_brings_the_first_page_and_the_mark(client: PythonClient) -> None:
    answer = await client.subscribe("amani", snapshot=20)
    snapshot = answer["snapshot"]
    assert shown_videos(snapshot) == [f"v{number}" for number in range(59, 39, -1)]
    assert snapshot["products"][0] == product("v59", updated_at=THEN + 59).shown()
    assert snapshot["pagination"].keys() == {"hasMore", "lastEvaluatedKey", "count"}
    assert (snapshot["pagination"]["hasMore"], snapshot["pagination"]["count"]) == (True, 20)
    cursor = decode_cursor(
        snapshot["pagination"]["lastEvaluatedKey"],
        seller_handle="amani",
        of_changes=False,
        latest=answer["timestamp"],
    )
    assert (cursor.video_id, cursor.timestamp) == ("v40", format_milliseconds(THEN))
    assert answer["timestamp"] == format_milliseconds(THEN)


async def test_the_page_is_sent_once_in_the_acknowledgement_if_there_is_one(
    client: PythonClient,
) -> None:
    acknowledgement = await client.subscribe("amani", snapshot=1)
    assert shown_videos(acknowledgement.pop("snapshot")) == ["v59"]
    assert await client.record.first("subscribed") == acknowledgement


async def test_without_an_acknowledgement_the_page_is_in_the_event(client: PythonClient) -> None:
    await client.emit("subscribe_to_seller", {"seller_handle": "amani", "snapshot": 1})
    assert shown_videos((await client.record.first("subscribed"))["snapshot"]) == ["v59"]


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_a_stock_client_gets_it(instance: Instance, transport: str) -> None:
    async with stock_client(instance, transports=(transport,)) as client:
        request = {"seller_handle": "amani", "snapshot": 50}
        await client.emit("subscribe_to_seller", request, acknowledge=True)
        acknowledged = await client.record.first("acknowledged")
        assert len(shown_videos(acknowledged["snapshot"])) == 50
        assert "snapshot" not in await client.record.first("subscribed")


async def test_an_unknown_seller_has_an_empty_page(client: PythonClient) -> None:
    answer = await client.subscribe("nobody", snapshot=50)
    pagination = {"hasMore": False, "lastEvaluatedKey": None, "count": 0}
    assert answer["snapshot"] == {"products": [], "pagination": pagination}


@pytest.mark.parametrize("snapshot", [0, 51, -1, 1.5, "20", True, [20], {}])
async def test_an_invalid_snapshot_is_refused_and_joins_nothing(
    client: PythonClient, instance: Instance, snapshot: object
) -> None:
    answer = await client.subscribe("amani", snapshot=snapshot)
    assert answer["code"] == "invalid_snapshot"
    assert instance.notification.subscriptions.clients_per_seller() == {}


async def test_null_is_no_snapshot(client: PythonClient) -> None:
    assert "snapshot" not in await client.subscribe("amani", snapshot=None)


async def test_with_since_there_is_a_replay_and_no_snapshot(client: PythonClient) -> None:
    answer = await client.subscribe("amani", since=LONG_AGO, snapshot=20)
    assert "snapshot" not in answer
    assert len(client.record.of("new_product")) == 60


async def test_what_is_announced_while_the_page_is_read_is_shown(
    client: PythonClient, instance: Instance, table: Table
) -> None:
    table.go_on.clear()
    subscribing = asyncio.create_task(client.subscribe("amani", snapshot=20))
    await table.reading.wait()
    await instance.announce(product("meanwhile"))
    assert video_ids([await client.record.first("new_product")]) == ["meanwhile"]
    table.go_on.set()
    assert "snapshot" in await subscribing


async def test_a_repeated_snapshot_is_read_again_and_keeps_the_subscription(
    client: PythonClient, instance: Instance, table: Table
) -> None:
    await client.subscribe("amani", snapshot=20)
    table.products.append(product("v99"))
    again = await client.subscribe("amani", snapshot=20)
    assert shown_videos(again["snapshot"])[0] == "v99"
    assert instance.notification.subscriptions.clients_per_seller() == {"amani": 1}


async def test_a_snapshot_that_fails_is_an_error_and_undoes_the_join(
    client: PythonClient, instance: Instance, table: Table
) -> None:
    table.error = TimeoutError()
    answer = await client.subscribe("amani", snapshot=20)
    assert answer["code"] == "temporarily_unavailable"
    assert instance.notification.subscriptions.clients_per_seller() == {}


async def test_a_page_too_large_to_send_ends_earlier_and_says_that_there_is_more(
    client: PythonClient, instance: Instance, table: Table
) -> None:
    table.products += [product(f"w{n}", padding=MOST_UNREAD_BYTES // 6) for n in range(9)]
    snapshot = (await client.subscribe("amani", snapshot=50))["snapshot"]
    assert shown_videos(snapshot) == ["w8", "w7", "w6"]
    assert snapshot["pagination"]["hasMore"]
    assert "w6" in snapshot["pagination"]["lastEvaluatedKey"]
    assert instance.metric("websocket_slow_clients_total") == 0


@pytest.mark.parametrize("snapshot", [1, 50])
async def test_a_first_product_too_large_to_send_is_a_request_to_reload(
    client: PythonClient, instance: Instance, table: Table, snapshot: int
) -> None:
    table.products.append(product("x", padding=MOST_UNREAD_BYTES))
    answer = await client.subscribe("amani", snapshot=snapshot)
    assert "snapshot" not in answer
    assert (await client.record.first("resync"))["reason"] == "product_too_large"
    assert instance.notification.subscriptions.clients_per_seller() == {"amani": 1}
    async with reading(instance, f"{PATH}?snapshot={snapshot}") as stream:
        name, asked, _ = await stream.event()
        assert (name, asked["reason"]) == ("resync", "product_too_large")
        name, subscribed, event_id = await stream.event()
        assert (name, event_id) == ("subscribed", subscribed["timestamp"])
        assert "snapshot" not in subscribed
    assert instance.metric("websocket_slow_clients_total") == 0


async def test_a_large_page_waits_for_room_beside_what_was_not_read_yet(
    instance: Instance, table: Table
) -> None:
    table.products += [product(f"w{n}", padding=MOST_UNREAD_BYTES // 6) for n in range(9)]
    async with polling_session(instance) as poll:
        await poll.send(CONNECT)
        await poll.send(subscribe("baraka"))
        while "subscribed" not in "".join(await poll.receive()):
            pass
        await instance.announce(
            product("v1", seller_handle="baraka", padding=MOST_UNREAD_BYTES // 2 - 20_000)
        )
        asked = ["subscribe_to_seller", {"seller_handle": "amani", "snapshot": 4}]
        await poll.send(f"42/products,7{json.dumps(asked)}")
        received = ""
        async with asyncio.timeout(PATIENCE):
            while "43/products,7" not in received:
                received += "".join(await poll.receive())
        assert received.count('"w8"') == 1
    assert instance.metric("websocket_slow_clients_total") == 0


async def test_who_asks_while_a_page_is_read_shares_the_next_one(table: Table) -> None:
    pages = FirstPages(newest=table.newest, clock=wall_clock)
    table.go_on.clear()
    first = asyncio.create_task(pages.of("amani", limit=1))
    await table.reading.wait()
    # The read under way began before these asked, so it may lack what was committed since.
    table.products.append(product("v99"))
    others = [asyncio.create_task(pages.of("amani", limit=limit)) for limit in (1, 5, 60, 61, 90)]
    await asyncio.sleep(0)
    table.go_on.set()
    async with asyncio.timeout(PATIENCE):
        await first
        shared = [await other for other in others]
    assert [page.count for page in shared] == [1, 5, 60, 61, 61]
    assert [page.has_more for page in shared] == [True, True, True, False, False]
    assert all(json.loads(page.products_json)[0]["video_id"] == "v99" for page in shared)
    assert [page.last and page.last.video_id for page in shared[:2]] == ["v99", "v56"]
    assert table.reads == 2
