"""The Socket.IO client that frontends use, unchanged, over both of its transports."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.notification.clients import stock_client
from tests.notification.support import Instance, Table, product, running_instance, video_ids

SINCE = "2026-11-18T06:00:00.000Z"
THEN = 1_795_000_000_000


@pytest_asyncio.fixture
async def instance() -> AsyncIterator[Instance]:
    table = Table(
        product("v1", updated_at=THEN + 1),
        product("v2", updated_at=THEN + 2, created_at=THEN),
        *(
            product(f"v{number}", seller_handle="busy", updated_at=THEN + number)
            for number in range(201)
        ),
    )
    async with running_instance(changed_since=table.changed_since) as running:
        yield running


@pytest.mark.parametrize(
    "transports", [("websocket",), ("polling",), ("polling", "websocket")], ids="-".join
)
async def test_it_subscribes_and_is_shown_products(
    instance: Instance, transports: tuple[str, ...]
) -> None:
    async with stock_client(instance, transports=transports) as client:
        await client.emit("subscribe_to_seller", {"seller_handle": "amani"}, acknowledge=True)
        await client.subscribe("baraka")
        acknowledged = await client.record.first("acknowledged")
        assert acknowledged == client.record.of("subscribed")[0]
        await client.record.first("subscribed", count=2)
        if len(transports) == 2:
            await client.record.first("upgrade")
        shown = product("v1")
        await instance.announce(shown, product("v2", seller_handle="baraka"))
        await client.record.first("new_product", count=2)
        assert video_ids(client.record.of("new_product")) == ["v1", "v2"]
        pushed = client.record.of("new_product")[0]["product"]
        assert pushed == shown.shown() | {"price": 1999.99}


async def test_it_is_greeted_after_it_knows_that_it_is_connected(instance: Instance) -> None:
    async with stock_client(instance) as client:
        names = [name for name, *_ in client.record.happenings]
        assert names.index("connect") < names.index("connected")
        assert client.record.of("connected")[0]["clientId"] == client.record.of("connect")[0]["id"]


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_it_is_shown_what_it_missed(instance: Instance, transport: str) -> None:
    async with stock_client(instance, transports=(transport,)) as client:
        await client.subscribe("amani", since=SINCE)
        await client.record.first("subscribed")
        shown = [name for name, *_ in client.record.happenings]
        assert shown[-3:] == ["new_product", "product_updated", "subscribed"]


async def test_it_is_asked_to_reload_what_is_too_much(instance: Instance) -> None:
    async with stock_client(instance) as client:
        await client.subscribe("busy", since=SINCE)
        await client.record.first("subscribed")
        (asked,) = client.record.of("resync")
        assert (asked["seller_handle"], asked["reason"]) == ("busy", "too_many_changes")
        assert client.record.of("new_product") == []


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_it_reconnects_by_itself_and_catches_up(instance: Instance, transport: str) -> None:
    async with stock_client(instance, transports=(transport,)) as client:
        await client.subscribe("amani")
        subscribed = await client.record.first("subscribed")
        await client.command(cut=True)
        await client.record.first("connected", count=2)
        await client.subscribe("amani", since=subscribed["timestamp"])
        await client.record.first("subscribed", count=2)
        await instance.announce(product("v9"))
        assert video_ids([await client.record.first("new_product")]) == ["v9"]


async def test_an_error_is_shown_and_acknowledged(instance: Instance) -> None:
    async with stock_client(instance) as client:
        await client.emit("subscribe_to_seller", "amani", acknowledge=True)
        assert (await client.record.first("acknowledged"))["code"] == "invalid_payload"
        assert (await client.record.first("error"))["code"] == "invalid_payload"


async def test_it_may_reconnect_elsewhere_after_the_service_stops(instance: Instance) -> None:
    async with stock_client(instance) as client:
        await instance.notification.close("The service stops.")
        # Not "io server disconnect", after which stock clients stay away.
        assert (await client.record.first("disconnect"))["reason"] == "transport close"
        assert (await client.record.first("error"))["message"] == "The service stops."
