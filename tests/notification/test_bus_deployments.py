"""Deployments on one Redis stay apart, releases understand each other, forgeries are harmless."""

import json
from typing import Any

import pytest
import redis.asyncio
from structlog.testing import capture_logs

from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.local_aws.provisioning import Connect
from assembly_service.notification import bus_resyncs
from assembly_service.runtime.clock import wall_clock
from assembly_service.service import running_service
from assembly_service.settings.service import Settings
from assembly_service.shop.recent_changes import RecentChanges
from tests.harness.pipeline import eventually
from tests.notification.buses import (
    CHANNEL,
    OTHER_ARN,
    old_message,
    on_the_bus,
    payload_of,
    publish,
)
from tests.notification.clients import python_client
from tests.notification.support import (
    Table,
    plain_settings,
    product,
    running_instance,
    video_ids,
)

SIGNED_WITH = "correct-horse-battery-staple-1234"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients are asked to reload at once."""
    monkeypatch.setattr(bus_resyncs, "_DELAY_SECONDS", 0)


async def test_deployments_on_one_redis_stay_apart_on_two_databases_and_on_one(
    valkey: str,
) -> None:
    async with (
        on_the_bus(f"{valkey}/0") as production,
        on_the_bus(f"{valkey}/1", products_table_arn=OTHER_ARN) as staging,
        on_the_bus(f"{valkey}/0", bus_channel="of-our-own") as chosen,
        python_client(production) as client,
    ):
        await client.subscribe("amani")
        for other in (staging, chosen):
            await other.announce(product("not-here"))
        # On the connection that hears the others, so later than what they sent.
        await publish(valkey, "socketio", old_message(payload_of("v1")))
        await client.record.first("new_product")
        assert video_ids(client.record.of("new_product")) == ["v1"]


async def test_an_instance_of_the_previous_release_sends_and_receives_once(valkey: str) -> None:
    async with (
        on_the_bus(valkey) as one,
        on_the_bus(valkey) as two,
        python_client(two) as client,
        redis.asyncio.Redis.from_url(valkey) as old,
        old.pubsub(ignore_subscribe_messages=True) as pubsub,
    ):
        await pubsub.subscribe("socketio")
        await client.subscribe("amani")
        await one.announce(product("v1"))
        await old.publish("socketio", json.dumps(old_message(payload_of("v2"))))
        await client.record.first("new_product", count=2)
        assert video_ids(client.record.of("new_product")) == ["v1", "v2"]
        heard: dict[str, Any] | None = None
        while heard is None:
            heard = await pubsub.get_message(timeout=10)
        message = json.loads(heard["data"])
        [payload] = client.record.of("new_product")[:1]
        assert old_message(payload, host_id=message["host_id"]).items() <= message.items()


async def test_a_forged_push_from_the_future_is_counted_and_changes_no_list(valkey: str) -> None:
    late = "2099-01-01T00:00:00.000Z"
    there = product("there")
    recent_changes = RecentChanges(catalogue=Table(there), clock=wall_clock)
    since = format_milliseconds(wall_clock() - 1_000)
    async with (
        running_instance(
            settings=plain_settings(socketio_redis_url=valkey), recent_changes=recent_changes
        ) as instance,
        python_client(instance) as client,
    ):
        await client.subscribe("amani")
        await recent_changes.page("amani", since=since, limit=20, after=None)
        for channel in ("socketio", CHANNEL):
            message = old_message(payload_of("made-up", updated_at=late))
            await publish(valkey, channel, message)
        asked = await client.record.first("resync")
        assert (asked["seller_handle"], asked["reason"]) == ("amani", "change_unconfirmed")
        assert client.record.of("new_product") == []
        page = await recent_changes.page("amani", since=since, limit=20, after=None)
        assert json.loads(page.products_json)[0]["video_id"] == "there"
        assert page.count == 1
        assert instance.metric("bus_messages_refused_total", reason="ahead_of_clock") == 1


async def test_a_flood_of_resyncs_or_refused_pushes_causes_one_reload(
    valkey: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus_resyncs, "_PAUSE_SECONDS", 3_600)
    async with (
        on_the_bus(valkey) as instance,
        python_client(instance) as client,
        redis.asyncio.Redis.from_url(valkey) as anyone,
    ):
        await client.subscribe("amani")
        asking = {"seller_handle": "amani", "timestamp": "2026-11-18T06:00:00.000Z"}
        for message in (old_message(asking, event="resync"), old_message({})):
            for _ in range(50):
                await anyone.publish("socketio", json.dumps(message))
        await client.record.first("resync")
        # Heard after the flood, and sent after all that the round sends.
        await anyone.publish("socketio", json.dumps(old_message(payload_of("v1"))))
        await client.record.first("new_product")
        assert len(client.record.of("resync")) == 1


async def test_refused_pushes_for_unwatched_sellers_delay_nobody(
    valkey: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus_resyncs, "_BETWEEN_SELLERS_SECONDS", 3_600)
    async with on_the_bus(valkey) as instance, python_client(instance) as client:
        await client.subscribe("amani")
        for room in ("nobody", "nobody-else", "amani"):
            await publish(valkey, "socketio", old_message({}, room=room))
        assert (await client.record.first("resync"))["seller_handle"] == "amani"


async def test_if_signatures_are_required_a_forgery_causes_a_reload_and_shows_nothing(
    valkey: str,
) -> None:
    async with (
        on_the_bus(valkey, bus_secret=(SIGNED_WITH,), bus_require_signature=True) as one,
        on_the_bus(valkey, bus_secret=("another" * 6, SIGNED_WITH)) as two,
        python_client(one) as client,
    ):
        await client.subscribe("amani")
        forged = {**old_message(payload_of("made-up")), "version": 1, "deployment": CHANNEL}
        await publish(valkey, CHANNEL, forged)
        await client.record.first("resync")
        await two.announce(product("by-the-other-secret"))
        assert one.metric("bus_messages_refused_total", reason="unsigned") == 1
        async with on_the_bus(valkey, bus_secret=(SIGNED_WITH,)) as three:
            await three.announce(product("v1"))
            await client.record.first("new_product")
        assert video_ids(client.record.of("new_product")) == ["v1"]
        assert one.metric("bus_messages_refused_total", reason="wrong_signature") == 1


async def test_the_channel_is_named_after_the_arn_of_the_products_table(
    settings: Settings, connect: Connect, valkey: str
) -> None:
    table = connect("dynamodb").describe_table(TableName=settings.dynamodb_products_table)
    with_bus = settings.model_copy(update={"socketio_redis_url": valkey, "service_role": "web"})
    channel = f"assembly-service:{table['Table']['TableArn']}"
    with capture_logs() as logs:
        async with (
            redis.asyncio.Redis.from_url(valkey) as operator,
            running_service(with_bus),
        ):

            async def is_subscribed() -> bool:
                return channel.encode() in await operator.pubsub_channels()

            await eventually(is_subscribed)
    [starting] = [each for each in logs if each["event"] == "bus_starting"]
    assert channel in starting["channels"]
