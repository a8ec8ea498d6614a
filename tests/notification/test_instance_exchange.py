"""Instances on one Valkey hear of each other, whatever the bus and its neighbours do."""

from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
import redis.asyncio
from structlog.testing import capture_logs

from assembly_service.notification import instance_exchange
from assembly_service.notification.instance_exchange import open_instances
from assembly_service.notification.instances import LIVE_MILLISECONDS, Instances
from assembly_service.runtime.clock import Clock, wall_clock
from assembly_service.runtime.metrics import Metrics
from tests.harness.valkey import Valkey
from tests.notification.buses import CHANNEL, on_the_bus
from tests.notification.support import PATIENCE_SECONDS, PRODUCTS_TABLE_ARN, plain_settings, until


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instance_exchange, "_SECONDS_BETWEEN_MESSAGES", 0.05)
    monkeypatch.setattr(instance_exchange, "_PAUSE_SECONDS", 0.1)


def instances_at(
    url: str | None,
    *,
    connections: int = 0,
    clock: Clock = wall_clock,
    metrics: Metrics | None = None,
    **settings: Any,
) -> AbstractAsyncContextManager[Instances]:
    return open_instances(
        plain_settings(socketio_redis_url=url, **settings),
        connections=lambda: connections,
        products_table_arn=PRODUCTS_TABLE_ARN,
        clock=clock,
        metrics=(metrics or Metrics()).bus,
    )


def others(instances: Instances, *, live: bool = True) -> list[tuple[str, int]]:
    return [
        (each.instance.role, each.instance.connections)
        for each in instances.all()[1:]
        if each.is_live is live
    ]


async def test_instances_of_every_role_hear_of_each_other_and_of_one_that_falls_silent(
    valkey: str,
) -> None:
    ahead = 0
    async with (
        instances_at(valkey, connections=1, clock=lambda: wall_clock() + ahead) as front,
        instances_at(valkey, bus_channel="elsewhere") as stranger,
    ):
        async with instances_at(valkey, connections=2, service_role="worker") as worker:
            await until(lambda: others(front) == [("worker", 2)])
            await until(lambda: others(worker) == [("all", 1)])
        ahead = LIVE_MILLISECONDS + 1_000
        assert (others(front), others(front, live=False)) == ([], [("worker", 2)])
        assert len(stranger.all()) == 1, "another deployment is none of its business"


async def test_without_a_bus_an_instance_knows_itself() -> None:
    async with instances_at(None, connections=7) as instances:
        [own] = instances.all()
        assert (own.is_live, own.instance.connections) == (True, 7)


async def test_after_an_outage_of_the_bus_instances_hear_of_each_other_again(
    own_valkey: Valkey,
) -> None:
    async with instances_at(own_valkey.url) as one:
        own_valkey.stop()
        own_valkey.start()
        async with instances_at(own_valkey.url, connections=2) as two:
            await until(lambda: others(one) == [("all", 2)])
            await until(lambda: len(others(two)) == 1)


async def test_pushes_are_disturbed_by_no_description_and_forgeries_are_counted(
    valkey: str,
) -> None:
    metrics = Metrics()
    async with (
        on_the_bus(valkey) as pushing,
        redis.asyncio.Redis.from_url(valkey) as anyone,
        anyone.pubsub(ignore_subscribe_messages=True) as previous_release,
        instances_at(valkey, metrics=metrics) as one,
        instances_at(valkey) as two,
    ):
        await previous_release.subscribe("socketio")
        await until(lambda: bool(others(one) and others(two)))
        await anyone.publish(f"{CHANNEL}:instances", b"{}")

        def refused() -> float | None:
            return metrics.registry.get_sample_value(
                "assembly_bus_messages_refused_total", {"reason": "unknown_version"}
            )

        await until(lambda: refused() == 1)
        assert len(others(one)) == 1
        assert pushing.metric("bus_messages_refused_total", reason="undecodable") == 0
        await anyone.publish("socketio", b"the first that it hears")
        heard = None
        while heard is None:
            heard = await previous_release.get_message(timeout=PATIENCE_SECONDS)
        assert heard["data"] == b"the first that it hears"


async def test_a_user_who_may_not_use_the_channel_of_instances_loses_nothing_but_them(
    own_valkey: Valkey,
) -> None:
    async with redis.asyncio.Redis.from_url(own_valkey.url) as server:
        await server.acl_setuser(
            "narrow",
            enabled=True,
            passwords=["+secret"],
            keys=["*"],
            commands=["+@all"],
            channels=[CHANNEL, "socketio"],
        )
    url = own_valkey.url.replace("redis://", "redis://narrow:secret@")
    with capture_logs() as logs:
        async with on_the_bus(url) as pushing, instances_at(url) as instances:
            await until(lambda: any(line["event"] == "instances_unknown" for line in logs))
            assert pushing.notification.bus_failure is None
            assert len(instances.all()) == 1
    [line] = [line for line in logs if line["log_level"] == "warning"]
    assert (line["channel"], line["reason"]) == (
        f"{CHANNEL}:instances",
        "the user in SOCKETIO_REDIS_URL may not use the channel",
    )
