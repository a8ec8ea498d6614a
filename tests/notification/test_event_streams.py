"""A seller followed by server-sent events: nothing is missed, also by those who reconnect."""

import re

import aiohttp
import pytest
from aiohttp.test_utils import make_mocked_request

from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.http.event_streams import EventStreamResponse
from assembly_service.notification import event_door, event_stream
from assembly_service.notification.rooms import ResyncReason, resync
from assembly_service.storage.catalogue import CatalogueBusy
from tests.notification.clients import event_source, python_client
from tests.notification.streams import (
    PATH,
    THEN,
    instance,
    open_streams,
    reading,
    watching,
)
from tests.notification.support import (
    Instance,
    Table,
    plain_settings,
    product,
    running_instance,
    video_ids,
)

__all__ = ["instance"]

ALLOWANCE = 10_000
SHOP = "https://shop.example"


@pytest.fixture
def table() -> Table:
    return Table(
        product("v1", updated_at=THEN + 1),
        product("v2", updated_at=THEN + 2, created_at=THEN),
        product("elsewhere", seller_handle="baraka", updated_at=THEN + 3),
    )


async def test_a_stream_is_subscribed_and_then_shown_what_sockets_are_shown(
    instance: Instance,
) -> None:
    async with reading(instance) as stream, python_client(instance) as client:
        assert stream.response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert re.fullmatch(r"retry: [123]\d{3}", (await stream.block())[0])
        name, subscribed, event_id = await stream.event()
        assert (name, event_id) == ("subscribed", subscribed["timestamp"])
        assert subscribed == await client.subscribe("amani")
        await instance.announce(product("v3"), product("x", seller_handle="baraka"))
        await instance.announce(product("v4", created_at=THEN))
        for expected in ("new_product", "product_updated"):
            pushed = await client.record.first(expected)
            assert await stream.event() == (expected, pushed, None)


async def test_what_was_missed_comes_before_subscribed(instance: Instance) -> None:
    since = format_milliseconds(THEN + ALLOWANCE)
    async with reading(instance, f"{PATH}?since={since}") as stream:
        assert await stream.until_subscribed() == ["new_product", "product_updated", "subscribed"]


async def test_a_snapshot_comes_with_subscribed(instance: Instance) -> None:
    async with reading(instance, f"{PATH}?snapshot=1") as stream:
        name, subscribed, event_id = await stream.event()
        assert (name, event_id) == ("subscribed", format_milliseconds(THEN + 60_000))
        assert [each["video_id"] for each in subscribed["snapshot"]["products"]] == ["v2"]
        assert subscribed["snapshot"]["pagination"]["hasMore"]


async def test_too_many_changes_are_one_resync(instance: Instance, table: Table) -> None:
    table.products += [product(f"w{n}", updated_at=THEN + n) for n in range(201)]
    async with reading(instance, f"{PATH}?since={format_milliseconds(THEN)}") as stream:
        name, asked, event_id = await stream.event()
        assert (name, asked["reason"], event_id) == ("resync", "too_many_changes", None)
        assert (await stream.event())[0] == "subscribed"


@pytest.mark.parametrize("wanted", ["since=2026-01-01T00:00:00Z", "snapshot=20"])
async def test_a_stream_joins_before_the_read_and_its_mark_is_the_clock_before(
    table: Table, wanted: str
) -> None:
    now = THEN
    table.go_on.clear()
    async with (
        running_instance(
            changed_since=table.changed_since, newest=table.newest, clock=lambda: now
        ) as instance,
        reading(instance, f"{PATH}?{wanted}") as stream,
    ):
        await table.reading.wait()
        now += 60_000
        await instance.announce(product("meanwhile"))
        name, pushed, _ = await stream.event()
        assert (name, pushed["product"]["video_id"]) == ("new_product", "meanwhile")
        table.go_on.set()
        await stream.until_subscribed()
        assert f"id: {format_milliseconds(THEN)}" in stream.blocks[-1]


@pytest.mark.parametrize(
    "error", [CatalogueBusy("busy"), TimeoutError(), KeyError("title")], ids=repr
)
async def test_a_stream_that_cannot_be_served_ends_with_a_time_to_come_back(
    instance: Instance, table: Table, error: Exception
) -> None:
    table.error = error
    async with reading(instance, f"{PATH}?snapshot=1") as stream:
        assert stream.response.status == 200
        assert re.search(r"^retry: \d{4,5}$", (await stream.ended()), re.MULTILINE)
    await watching(instance, 0)


async def test_a_client_that_leaves_is_forgotten_at_once(instance: Instance) -> None:
    async with reading(instance) as stream:
        await stream.until_subscribed()
        assert instance.notification.subscriptions.total_connections == 1
        assert instance.metric("event_streams") == 1
        assert instance.metric("websocket_subscriptions") == 1
    await watching(instance, 0)
    assert instance.metric("event_streams") == 0
    assert instance.notification._rooms.sellers() == []


async def test_an_event_is_counted_once_for_each_client_that_gets_it(instance: Instance) -> None:
    async with reading(instance) as first, reading(instance) as second:
        await first.until_subscribed()
        await second.until_subscribed()
        await instance.announce(product("7"))
        assert instance.metric("deliveries_total") == 2


@pytest.mark.parametrize("leaves", ["replay", "live"])
async def test_a_client_that_leaves_harms_nobody(
    instance: Instance, table: Table, leaves: str
) -> None:
    async with reading(instance, f"{PATH}?snapshot=1") as staying:
        await staying.until_subscribed()
        if leaves == "replay":
            table.go_on.clear()
        table.reading.clear()
        async with reading(instance, f"{PATH}?snapshot=1"):
            await table.reading.wait()
        table.go_on.set()
        await instance.announce(product("v3"))
        assert (await staying.event())[0] == "new_product"
        await watching(instance, 1)


async def test_a_client_that_leaves_before_its_stream_begins_is_no_failure(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise ConnectionResetError

    monkeypatch.setattr(EventStreamResponse, "prepare", fail)
    request = make_mocked_request("GET", PATH, match_info={"handle": "amani"})
    await instance.notification._event_door.follow(request)
    assert instance.notification.subscriptions.total_connections == 0


async def test_a_heartbeat_keeps_the_stream_open(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT_SECONDS", 0.01)
    async with reading(instance) as stream:
        await stream.until_subscribed()
        for _ in range(3):
            assert (await stream.block())[0].startswith(":")


async def test_a_resync_reaches_streams(instance: Instance) -> None:
    async with reading(instance) as stream:
        await stream.until_subscribed()
        assert instance.notification._rooms.sellers() == ["amani"]
        assert instance.notification._rooms.is_watched("amani")
        push = resync("amani", ResyncReason.CONNECTION_RESTORED, format_milliseconds(THEN))
        instance.notification._rooms.broadcast([push])
        assert await stream.event() == ("resync", push.payload, None)


async def test_a_stopping_service_says_goodbye_and_spreads_those_who_come_back(
    instance: Instance,
) -> None:
    async with reading(instance) as stream, reading(instance) as other:
        await stream.until_subscribed()
        await other.until_subscribed()
        await instance.notification.close("The service stops.")
        goodbyes = [await each.ended() for each in (stream, other)]
        assert all(": The service stops.\nretry: " in goodbye for goodbye in goodbyes)
        assert goodbyes[0] != goodbyes[1]
    async with reading(instance) as late:
        assert late.response.status == 200
        assert "retry: " in await late.ended()


async def test_pages_of_the_origins_of_sockets_may_follow_and_no_others() -> None:
    settings = plain_settings(
        websocket_cors_origins=(SHOP,), cors_origins=("https://rest.example",)
    )
    async with running_instance(settings=settings) as instance:
        for admitted in (SHOP, instance.url):
            async with reading(instance, Origin=admitted) as stream:
                await stream.until_subscribed()
                assert stream.response.headers["Access-Control-Allow-Origin"] == admitted
                assert "Access-Control-Allow-Credentials" not in stream.response.headers
        for refused in ("https://rest.example", "https://evil.example", "null"):
            async with reading(instance, Origin=refused) as stream:
                assert stream.response.status == 403
                assert "Access-Control-Allow-Origin" not in stream.response.headers
        asked = {"Origin": SHOP, "Access-Control-Request-Method": "GET"}
        async with (
            aiohttp.ClientSession(instance.url) as session,
            session.options(PATH, headers=asked) as preflight,
        ):
            assert "Last-Event-ID" in preflight.headers["Access-Control-Allow-Headers"]


async def test_a_head_request_has_no_stream(instance: Instance) -> None:
    async with aiohttp.ClientSession(instance.url) as session, session.head(PATH) as answer:
        assert answer.content_type == "text/event-stream"
    assert instance.notification.subscriptions.total_connections == 0


async def test_a_stock_event_source_reconnects_by_itself_and_misses_nothing(
    instance: Instance, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_door, "_RETRY_SECONDS", (0.01, 0.02))
    async with event_source(instance, f"{PATH}?snapshot=20") as record:
        first = await record.first("subscribed")
        assert len(first["snapshot"]["products"]) == 2
        await instance.announce(product("v3"))
        await record.first("new_product")
        for stream in open_streams(instance):
            stream.abort()
        table.products.append(product("v4", updated_at=THEN + 60_000))
        again = await record.first("subscribed", count=2)
        assert "snapshot" not in again
        assert "v4" in video_ids(record.of("new_product"))


async def test_a_stock_event_source_comes_back_after_a_goodbye(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_door, "_DEPLOY_RETRY_SECONDS", (0.01, 0.02))
    async with event_source(instance, PATH) as record:
        await record.first("subscribed")
        await instance.notification.close("The service stops.")
        await record.first("open", count=2)
        assert not any(error["closed"] for error in record.of("error"))
