"""Requests of clients and their answers."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
import socketio

from tests.notification.clients import python_client
from tests.notification.support import (
    PATIENCE_SECONDS,
    Instance,
    product,
    running_instance,
    until,
    video_ids,
)

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest_asyncio.fixture
async def instance() -> AsyncIterator[Instance]:
    async with running_instance() as running:
        yield running


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_a_client_is_greeted_with_its_id(instance: Instance, transport: str) -> None:
    async with python_client(instance, transport=transport) as client:
        greeting = await client.record.first("connected")
        assert greeting["clientId"] == client.socket.get_sid("/products")
        assert INSTANT.fullmatch(greeting["timestamp"])
        assert greeting["message"]


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_a_subscription_is_answered_by_event_and_acknowledgement_and_brings_pushes(
    instance: Instance, transport: str
) -> None:
    async with python_client(instance, transport=transport) as client:
        acknowledgement = await client.subscribe("amani")
        assert await client.record.first("subscribed") == acknowledgement
        assert set(acknowledgement) == {"seller_handle", "message", "timestamp"}
        shown = product("v1", updated_at=1_795_000_000_000)
        assert await instance.announce(shown) == {}
        push = await client.record.first("new_product")
        assert push["event_type"] == "new_product"
        assert INSTANT.fullmatch(push["timestamp"])
        assert push["product"] == shown.shown() | {"price": 1999.99}


async def test_an_updated_product_is_pushed_under_its_own_name(instance: Instance) -> None:
    async with python_client(instance) as client:
        await client.subscribe("amani")
        await instance.announce(product("v1", created_at=1_795_000_000_000))
        push = await client.record.first("product_updated")
        assert push["event_type"] == "product_updated"


async def test_only_those_who_watch_a_seller_get_its_pushes(instance: Instance) -> None:
    async with python_client(instance) as watching, python_client(instance) as elsewhere:
        await watching.subscribe("amani")
        await elsewhere.subscribe("baraka")
        await instance.announce(product("v1"), product("v2", seller_handle="baraka"))
        assert video_ids([await watching.record.first("new_product")]) == ["v1"]
        assert video_ids([await elsewhere.record.first("new_product")]) == ["v2"]
        await elsewhere.call("get_subscription_status")
        assert video_ids(elsewhere.record.of("new_product")) == ["v2"]


async def test_the_status_names_each_seller_and_since_when(instance: Instance) -> None:
    async with python_client(instance) as client:
        first = await client.subscribe("amani")
        second = await client.subscribe("baraka")
        await client.subscribe("amani")
        status = await client.call("get_subscription_status")
        assert status["subscriptions"] == [
            {"seller_handle": "amani", "joined_at": first["timestamp"]},
            {"seller_handle": "baraka", "joined_at": second["timestamp"]},
        ]
        assert await client.record.first("subscription_status") == status


async def test_unsubscribing_from_one_seller_leaves_the_others(instance: Instance) -> None:
    async with python_client(instance) as client:
        await client.subscribe("amani")
        await client.subscribe("baraka")
        answer = await client.call("unsubscribe", {"seller_handle": "amani"})
        assert answer["seller_handle"] == "amani"
        await instance.announce(product("v1"), product("v2", seller_handle="baraka"))
        assert video_ids([await client.record.first("new_product")]) == ["v2"]


@pytest.mark.parametrize("arguments", [(), ({},), (None,)])
async def test_unsubscribing_without_a_seller_ends_all(
    instance: Instance, arguments: tuple[Any, ...]
) -> None:
    async with python_client(instance) as client:
        await client.subscribe("amani")
        await client.subscribe("baraka")
        answer = await client.call("unsubscribe", *arguments)
        assert "seller_handle" not in answer
        assert (await client.call("get_subscription_status"))["subscriptions"] == []


async def test_fifty_sellers_are_watched_and_the_next_is_refused_and_counted(
    instance: Instance,
) -> None:
    async with python_client(instance) as client:
        for number in range(50):
            assert "code" not in await client.subscribe(f"seller-{number}")
        assert instance.metric("limits_reached_total", limit="subscriptions") == 0
        assert (await client.subscribe("one-more"))["code"] == "too_many_subscriptions"
        assert instance.metric("limits_reached_total", limit="subscriptions") == 1
        assert "code" not in await client.subscribe("seller-7")
        await client.call("unsubscribe", {"seller_handle": "seller-7"})
        assert "code" not in await client.subscribe("one-more")


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_fifty_subscriptions_at_once_all_succeed(instance: Instance, transport: str) -> None:
    async with python_client(instance, transport=transport) as client:
        for number in range(50):
            await client.emit("subscribe_to_seller", {"seller_handle": f"seller-{number}"})
        await client.record.first("subscribed", count=50)
        assert len((await client.call("get_subscription_status"))["subscriptions"]) == 50


@pytest.mark.parametrize(
    ("event", "arguments", "code"),
    [
        ("subscribe_to_seller", [], "invalid_payload"),
        ("subscribe_to_seller", ["amani"], "invalid_payload"),
        ("subscribe_to_seller", [None], "invalid_payload"),
        ("subscribe_to_seller", [["amani"]], "invalid_payload"),
        ("subscribe_to_seller", [{"seller_handle": "amani"}, 1], "invalid_payload"),
        ("subscribe_to_seller", [{}], "invalid_seller_handle"),
        ("subscribe_to_seller", [{"seller_handle": 7}], "invalid_seller_handle"),
        ("subscribe_to_seller", [{"seller_handle": ""}], "invalid_seller_handle"),
        ("subscribe_to_seller", [{"seller_handle": ".."}], "invalid_seller_handle"),
        ("subscribe_to_seller", [{"seller_handle": "a b"}], "invalid_seller_handle"),
        ("subscribe_to_seller", [{"seller_handle": "amani\n"}], "invalid_seller_handle"),
        ("subscribe_to_seller", [{"seller_handle": "a" * 65}], "invalid_seller_handle"),
        ("subscribe_to_seller", [{"seller_handle": "a\ud800"}], "invalid_seller_handle"),
        ("subscribe_to_seller", [{"seller_handle": "a", "since": 5}], "invalid_since"),
        ("subscribe_to_seller", [{"seller_handle": "a", "since": "now"}], "invalid_since"),
        (
            "subscribe_to_seller",
            [{"seller_handle": "a", "since": "2026-01-01T00:00:00"}],
            "invalid_since",
        ),
        ("unsubscribe", [{"seller_handle": None}], "invalid_seller_handle"),
        ("unsubscribe", [7], "invalid_payload"),
        ("get_subscription_status", [1, 2], "invalid_payload"),
        ("subscribe_to_everyone", [{}], "unknown_event"),
        ("connect", [{}], "unknown_event"),
        ("disconnect", ["x"], "unknown_event"),
        ("new_product", [{}], "unknown_event"),
        ("subscribe_to_seller", [b"amani"], "invalid_seller_handle"),
    ],
)
async def test_a_malformed_request_is_answered_by_an_error_and_the_connection_stays(
    instance: Instance, event: str, arguments: list[Any], code: str
) -> None:
    async with python_client(instance) as client:
        await client.subscribe("amani")
        await client.emit(event, *arguments)
        error = await client.record.first("error")
        assert error["code"] == code
        assert error["message"].endswith(".")
        assert INSTANT.fullmatch(error["timestamp"])
        status = await client.call("get_subscription_status")
        assert [entry["seller_handle"] for entry in status["subscriptions"]] == ["amani"]


async def test_the_register_and_the_gauges_follow_the_clients(instance: Instance) -> None:
    subscriptions = instance.notification.subscriptions
    async with python_client(instance) as client, python_client(instance) as other:
        await client.subscribe("amani")
        await client.subscribe("baraka")
        await other.subscribe("amani")
        assert subscriptions.total_connections == 2
        assert subscriptions.clients_per_seller() == {"amani": 2, "baraka": 1}
        assert instance.metric("websocket_connections") == 2
        assert instance.metric("websocket_subscriptions") == 3
        await client.call("unsubscribe", {"seller_handle": "baraka"})
        assert subscriptions.clients_per_seller() == {"amani": 2}
        await client.socket.disconnect()
        await other.call("get_subscription_status")
        assert subscriptions.clients_per_seller() == {"amani": 1}
        assert subscriptions.total_connections == 1


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_disconnected_clients_leave_nothing_behind(
    instance: Instance, transport: str
) -> None:
    for _ in range(5):
        async with python_client(instance, transport=transport) as client:
            await client.subscribe("amani")
    await until(lambda: not instance.connections and not _inbox_tasks())
    assert instance.notification.subscriptions.clients_per_seller() == {}
    assert instance.metric("websocket_connections") == 0


def _inbox_tasks() -> list[str]:
    names = (task.get_name() for task in asyncio.all_tasks())
    return [name for name in names if "answer all" in name]


async def test_the_default_namespace_is_refused(instance: Instance) -> None:
    socket = socketio.AsyncClient(reconnection=False)
    with pytest.raises(socketio.exceptions.ConnectionError, match="failed to connect: /"):
        await socket.connect(
            instance.url,
            namespaces=["/"],
            transports=["websocket"],
            wait_timeout=PATIENCE_SECONDS,
        )
    await socket.disconnect()


async def test_closing_sends_every_client_the_reason(instance: Instance) -> None:
    reason = "The service stops for an update."
    async with (
        python_client(instance) as client,
        python_client(instance, transport="polling") as polling,
    ):
        await instance.notification.close(reason)
        for told in (client, polling):
            error = await told.record.first("error")
            assert (error["code"], error["message"]) == ("service_stopping", reason)
            await told.record.first("disconnect")
