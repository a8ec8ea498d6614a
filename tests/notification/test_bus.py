"""Several instances on one Valkey: everyone hears, and nobody stays behind after an outage."""

import asyncio
import json
import socket
import time
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pytest
import redis.asyncio
from structlog.testing import capture_logs

from assembly_service.notification.bus_errors import reason_of
from assembly_service.notification.bus_messages import BusMessages
from assembly_service.notification.bus_refusals import MessageRefused
from assembly_service.notification.rooms import Push
from tests.harness.valkey import Valkey
from tests.notification.buses import old_message, on_the_bus, payload_of
from tests.notification.clients import python_client, stock_client
from tests.notification.proxy import proxy_to
from tests.notification.support import product, until, video_ids


async def test_a_client_of_either_instance_hears_of_every_product_once(valkey: str) -> None:
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
        assert not one.notification.bus_trouble


async def test_a_worker_without_clients_reaches_those_of_others(valkey: str) -> None:
    async with (
        on_the_bus(valkey, service_role="worker") as worker,
        on_the_bus(valkey) as front,
        python_client(front) as client,
    ):
        await client.subscribe("amani")
        assert await worker.announce(product("v1")) == {}
        assert video_ids([await client.record.first("new_product")]) == ["v1"]


async def test_after_an_outage_of_the_bus_both_sides_are_asked_to_reload(
    own_valkey: Valkey,
) -> None:
    async with (
        on_the_bus(own_valkey.url) as one,
        on_the_bus(own_valkey.url) as two,
        python_client(one) as at_one,
        python_client(two) as at_two,
    ):
        await at_one.subscribe("amani")
        await at_two.subscribe("amani")
        own_valkey.stop()
        started = time.monotonic()
        assert await one.announce(product("during")) == {}
        assert time.monotonic() - started < 2
        assert video_ids([await at_one.record.first("new_product")]) == ["during"]
        assert one.notification.bus_trouble
        assert one.metric("bus_degraded") == 1
        await until(lambda: two.notification.bus_trouble is not None)
        own_valkey.start()
        for client in (at_one, at_two):
            asked = await client.record.first("resync")
            assert (asked["seller_handle"], asked["reason"]) == ("amani", "connection_restored")
        await until(lambda: not (one.notification.bus_trouble or two.notification.bus_trouble))
        assert one.metric("bus_degraded") == 0
        await one.announce(product("after"))
        assert video_ids([await at_two.record.first("new_product")]) == ["after"]


@pytest.mark.parametrize("trouble", ["cut", "freeze"])
async def test_a_publisher_that_was_cut_off_asks_those_who_missed_something_to_reload(
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
        started = time.monotonic()
        await worker.announce(product("v1"))
        assert time.monotonic() - started < 2
        assert worker.notification.bus_trouble
        started = time.monotonic()
        await worker.announce(product("v2", seller_handle="baraka"))
        assert time.monotonic() - started < 0.2
        assert client.record.of("resync") == []
        proxy.restore()
        await client.record.first("resync", count=2)
        await until(lambda: not worker.notification.bus_trouble)
        await worker.announce(product("after"))
        await client.record.until(lambda: "after" in video_ids(client.record.of("new_product")))
        asked = {push["seller_handle"] for push in client.record.of("resync")}
        assert asked == {"amani", "baraka"}


@pytest.mark.parametrize("trouble", ["cut", "freeze"])
async def test_a_subscriber_that_was_cut_off_asks_all_its_clients_to_reload(
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
        await until(lambda: front.notification.bus_trouble is not None)
        await publisher.announce(product("missed"))
        proxy.restore()
        await client.record.first("resync", count=2)
        asked = [push["seller_handle"] for push in client.record.of("resync")]
        assert sorted(asked) == ["amani", "baraka"]
        await until(lambda: not front.notification.bus_trouble)
        await publisher.announce(product("after"))
        await client.record.until(lambda: "after" in video_ids(client.record.of("new_product")))


async def test_local_clients_are_told_before_the_bus_is_tried(valkey: str) -> None:
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


async def test_an_instance_starts_without_its_bus_and_finds_it_later(own_valkey: Valkey) -> None:
    own_valkey.stop()
    async with on_the_bus(own_valkey.url) as instance, python_client(instance) as client:
        assert instance.notification.bus_trouble
        await client.subscribe("amani")
        own_valkey.start()
        assert (await client.record.first("resync"))["seller_handle"] == "amani"
        await until(lambda: not instance.notification.bus_trouble)


def _orders(client_id: str) -> list[dict[str, Any]]:
    """What servers of the library have each other do to clients and rooms."""
    return [
        {"method": "disconnect", "sid": client_id, "namespace": "/products"},
        {"method": "close_room", "room": "amani", "namespace": "/products"},
        {"method": "leave_room", "sid": client_id, "room": "amani"},
        {"method": "callback", "host_id": "x", "sid": client_id, "id": 1, "args": []},
    ]


async def test_orders_that_servers_of_the_library_give_each_other_are_not_obeyed(
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


async def test_the_password_of_the_bus_is_never_logged(
    valkey: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    url = valkey.replace("redis://", "redis://:hush-hush@")
    async with on_the_bus(url) as instance:
        await instance.announce(product("v1"))
        assert instance.notification.bus_trouble
    output = capfd.readouterr()
    assert "bus_lost" in output.out
    assert "hush" not in output.out + output.err + caplog.text


def _told(logs: Sequence[Mapping[str, Any]], event: str) -> list[tuple[str, str | None]]:
    """The sides and reasons that lines of the log tell, in order."""
    return [(line["side"], line.get("reason")) for line in logs if line["event"] == event]


async def test_an_outage_is_logged_as_often_as_its_reason_changes_and_its_end_once(
    own_valkey: Valkey,
) -> None:
    with capture_logs() as logs:
        async with on_the_bus(own_valkey.url, service_role="worker") as worker:
            own_valkey.stop()
            for number in range(20):
                await worker.announce(product(f"v{number}"))
            await until(lambda: "nothing listens" in str(worker.notification.bus_trouble))
            own_valkey.start()
            await until(lambda: not worker.notification.bus_trouble)
    lost = _told(logs, "bus_lost")
    assert ("publish", "nothing listens at SOCKETIO_REDIS_URL") in lost
    assert all(one != following for one, following in pairwise(lost))
    assert _told(logs, "bus_regained") == [("publish", None)]


_REFUSED = "the user or password in SOCKETIO_REDIS_URL is refused"


@pytest.mark.parametrize("role", ["all", "worker"])
@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("redis://:wrong@{host}", _REFUSED),
        ("redis://127.0.0.1:9", "nothing listens at SOCKETIO_REDIS_URL"),
    ],
)
async def test_a_wrong_address_or_password_is_told_at_the_start(
    own_valkey: Valkey, role: str, url: str, reason: str
) -> None:
    given = url.format(host=own_valkey.url.removeprefix("redis://"))
    with capture_logs() as logs:
        async with on_the_bus(given, service_role=role) as instance:
            assert instance.notification.bus_trouble == reason
    sides = {"publish"} if role == "worker" else {"publish", "subscribe"}
    lost = _told(logs, "bus_lost")
    assert sorted(lost) == sorted((side, reason) for side in sides)


def test_a_host_that_is_not_known_is_told_apart_from_one_that_refuses() -> None:
    failed = redis.exceptions.ConnectionError("Error -2 connecting to redis.exmaple:6379.")
    failed.__context__ = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    assert reason_of(failed) == "the host in SOCKETIO_REDIS_URL is not known"


async def test_a_user_that_may_not_use_the_channel_is_told(own_valkey: Valkey) -> None:
    async with redis.asyncio.Redis.from_url(own_valkey.url) as operator:
        await operator.acl_setuser(
            "shop", enabled=True, passwords=["+pass"], categories=["+@all"], channels=["socketio"]
        )
    url = own_valkey.url.replace("redis://", "redis://shop:pass@")
    async with on_the_bus(url) as instance:
        reason = "the user in SOCKETIO_REDIS_URL may not use the channel"
        assert instance.notification.bus_trouble == reason


async def test_a_bug_in_reading_one_message_is_told_and_the_next_one_is_heard(
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


async def test_a_password_that_is_set_while_the_service_runs_is_told_as_a_new_reason(
    own_valkey: Valkey,
) -> None:
    with capture_logs() as logs:
        async with (
            on_the_bus(own_valkey.url, service_role="worker") as worker,
            redis.asyncio.Redis.from_url(own_valkey.url) as operator,
        ):
            own_valkey.stop()
            await worker.announce(product("v1"))
            own_valkey.start()
            await operator.config_set("requirepass", "changed")
            await operator.client_kill_filter(_type="normal", skipme=False)
            await worker.announce(product("v2"))
            await until(lambda: worker.notification.bus_trouble == _REFUSED)
    assert ("publish", _REFUSED) in _told(logs, "bus_lost")
