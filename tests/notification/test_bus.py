"""Several instances on one Valkey: pushes reach every client, and outages end in a resync."""

import asyncio
import json
from typing import Any

import pytest
import redis.asyncio
from structlog.testing import capture_logs

from assembly_service.notification.bus_messages import BusMessages
from assembly_service.notification.bus_refusals import MessageRefused
from assembly_service.notification.rooms import Push
from tests.harness.valkey import Valkey
from tests.notification.buses import old_message, on_the_bus, payload_of
from tests.notification.clients import python_client, stock_client
from tests.notification.proxy import proxy_to
from tests.notification.streams import reading
from tests.notification.support import PATIENCE_SECONDS, product, until, video_ids


async def test_clients_of_all_instances_get_every_product_once_which_is_counted(
    valkey: str,
) -> None:
    async with (
        on_the_bus(valkey) as one,
        on_the_bus(valkey.replace("redis", "valkey")) as two,
        stock_client(one) as at_one,
        python_client(two, transport="polling") as at_two,
    ):
        await at_one.subscribe("amani")
        await at_one.record.first("subscribed")
        await at_two.subscribe("amani")
        await one.announce(product("v1"), product("v2"))
        await at_two.record.first("new_product", count=2)
        await two.announce(product("v3"))
        for client in (at_one, at_two):
            await client.record.first("new_product", count=3)
            assert video_ids(client.record.of("new_product")) == ["v1", "v2", "v3"]
            assert client.record.of("new_product")[0]["product"]["price"] == 1999.99
            assert client.record.of("resync") == []
        assert not one.notification.bus_failure
        for instance, sent, received in ((one, 2, 1), (two, 1, 2)):
            assert instance.metric("bus_messages_sent_total") == sent
            assert instance.metric("bus_messages_received_total") == received
            assert instance.metric("bus_messages_lost_total") == 0
            assert instance.metric("bus_connections_lost_total") == 0


async def test_a_worker_reaches_the_clients_of_other_instances(valkey: str) -> None:
    async with (
        on_the_bus(valkey, service_role="worker") as worker,
        on_the_bus(valkey) as front,
        python_client(front) as client,
    ):
        await client.subscribe("amani")
        assert await worker.announce(product("v1")) == {}
        assert video_ids([await client.record.first("new_product")]) == ["v1"]


async def test_after_an_outage_of_the_bus_which_is_counted_both_sides_are_asked_to_reload(
    own_valkey: Valkey,
) -> None:
    async with (
        on_the_bus(own_valkey.url) as one,
        on_the_bus(own_valkey.url) as two,
        python_client(one) as at_one,
        python_client(two) as at_two,
        reading(two) as stream,
    ):
        await at_one.subscribe("amani")
        await at_two.subscribe("amani")
        await stream.until_subscribed()
        own_valkey.stop()
        assert await one.announce(product("during")) == {}
        assert video_ids([await at_one.record.first("new_product")]) == ["during"]
        assert one.notification.bus_failure
        assert one.metric("bus_degraded") == 1
        await until(lambda: two.notification.bus_failure is not None)
        own_valkey.start()
        for client in (at_one, at_two):
            asked = await client.record.first("resync")
            assert (asked["seller_handle"], asked["reason"]) == ("amani", "connection_restored")
        assert (await stream.event())[:2] == ("resync", asked)
        await until(lambda: not (one.notification.bus_failure or two.notification.bus_failure))
        assert one.metric("bus_degraded") == 0
        assert one.metric("bus_messages_lost_total") == 1
        assert two.metric("bus_messages_lost_total") == 0
        # Its socket and its stream.
        assert (two.metric("resyncs_total", reason="connection_restored") or 0) >= 2
        # Either side of the first one, but the second one published nothing.
        assert one.metric("bus_connections_lost_total") == 2
        assert two.metric("bus_connections_lost_total") == 1
        await one.announce(product("after"))
        assert video_ids([await at_two.record.first("new_product")]) == ["after"]
        assert video_ids([(await stream.event())[1]]) == ["after"]


@pytest.mark.usefixtures("impatient_bus")
@pytest.mark.parametrize("trouble", ["cut", "freeze"])
async def test_after_a_lost_publishing_connection_those_who_missed_something_reload(
    valkey: str, trouble: str
) -> None:
    async with (
        proxy_to(valkey) as proxy,
        on_the_bus(proxy.url, service_role="worker") as worker,
        on_the_bus(valkey) as front,
        python_client(front) as client,
    ):
        for seller_handle in ("amani", "baraka", "chiku"):
            await client.subscribe(seller_handle)
        await worker.announce(product("before"))
        await client.record.first("new_product")
        getattr(proxy, trouble)()
        await worker.announce(product("v1"))
        assert worker.notification.bus_failure
        # If each of them waited for the bus, they would take minutes.
        async with asyncio.timeout(PATIENCE_SECONDS):
            for number in range(200):
                await worker.announce(product(f"w{number}", seller_handle="baraka"))
        assert client.record.of("resync") == []
        proxy.restore()
        await client.record.first("resync", count=2)
        await until(lambda: not worker.notification.bus_failure)
        await worker.announce(product("after"))
        await client.record.until(lambda: "after" in video_ids(client.record.of("new_product")))
        asked = {push["seller_handle"] for push in client.record.of("resync")}
        assert asked == {"amani", "baraka"}


@pytest.mark.usefixtures("impatient_bus")
@pytest.mark.parametrize("trouble", ["cut", "freeze"])
async def test_after_a_lost_subscribing_connection_all_clients_reload(
    valkey: str, trouble: str
) -> None:
    async with (
        proxy_to(valkey) as proxy,
        on_the_bus(valkey) as publisher,
        on_the_bus(proxy.url) as front,
        python_client(front) as client,
    ):
        await client.subscribe("amani")
        await client.subscribe("baraka")
        getattr(proxy, trouble)()
        await until(lambda: front.notification.bus_failure is not None)
        await publisher.announce(product("missed"))
        proxy.restore()
        await client.record.first("resync", count=2)
        asked = [push["seller_handle"] for push in client.record.of("resync")]
        assert sorted(asked) == ["amani", "baraka"]
        await until(lambda: not front.notification.bus_failure)
        await publisher.announce(product("after"))
        await client.record.until(lambda: "after" in video_ids(client.record.of("new_product")))


@pytest.mark.usefixtures("impatient_bus")
async def test_local_clients_get_a_push_before_it_is_published(valkey: str) -> None:
    async with (
        proxy_to(valkey) as proxy,
        on_the_bus(proxy.url) as instance,
        python_client(instance) as client,
    ):
        await client.subscribe("amani")
        await instance.announce(product("before"))
        proxy.freeze()
        announcing = asyncio.create_task(instance.announce(product("v1"), product("v2")))
        await client.record.first("new_product", count=3)
        assert not announcing.done()
        await announcing


async def test_an_instance_starts_without_its_bus_and_connects_later(own_valkey: Valkey) -> None:
    own_valkey.stop()
    async with on_the_bus(own_valkey.url) as instance, python_client(instance) as client:
        assert instance.notification.bus_failure
        await client.subscribe("amani")
        own_valkey.start()
        assert (await client.record.first("resync"))["seller_handle"] == "amani"
        await until(lambda: not instance.notification.bus_failure)


def _orders(client_id: str) -> list[dict[str, Any]]:
    """Return the commands that servers of the library send each other."""
    return [
        {"method": "disconnect", "sid": client_id, "namespace": "/products"},
        {"method": "close_room", "room": "amani", "namespace": "/products"},
        {"method": "leave_room", "sid": client_id, "room": "amani"},
        {"method": "callback", "host_id": "x", "sid": client_id, "id": 1, "args": []},
    ]


async def test_commands_between_servers_of_the_library_are_ignored(
    valkey: str,
) -> None:
    async with (
        on_the_bus(valkey) as instance,
        python_client(instance) as client,
        redis.asyncio.Redis.from_url(valkey) as anyone,
    ):
        await client.subscribe("amani")
        for order in _orders(client.socket.get_sid("/products")):
            await anyone.publish("socketio", json.dumps(order))
        await anyone.publish("socketio", json.dumps(old_message(payload_of("v1"))))
        await client.record.first("new_product")
        assert [name for name, *_ in client.record.happenings] == [
            "connected",
            "subscribed",
            "new_product",
        ]
        assert instance.metric("bus_messages_refused_total", reason="undecodable") == 4


async def test_a_bug_in_reading_one_message_is_logged_and_the_next_one_arrives(
    valkey: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = BusMessages.read

    def read(messages: BusMessages, channel: str, data: bytes) -> Push | MessageRefused | None:
        if b"stumbles" in data:
            raise KeyError("stumbles")
        return sound(messages, channel, data)

    monkeypatch.setattr(BusMessages, "read", read)
    with capture_logs() as logs:
        async with (
            on_the_bus(valkey) as one,
            on_the_bus(valkey) as two,
            python_client(two) as client,
        ):
            await client.subscribe("amani")
            await one.announce(product("stumbles"))
            await client.record.first("resync")
            await one.announce(product("v1"))
            assert video_ids([await client.record.first("new_product")]) == ["v1"]
    assert "bus_failed" in {line["event"] for line in logs}
