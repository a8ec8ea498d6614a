"""Valkey's user in cluster.yaml may do what the bus does on its own channels, and nothing else."""

from typing import Any

import pytest
import redis.asyncio

from assembly_service.notification import instance_exchange
from assembly_service.notification.instance_exchange import open_instances
from assembly_service.runtime.clock import wall_clock
from assembly_service.runtime.metrics import Metrics
from tests.harness.valkey import Valkey
from tests.infra.stacks import deployed
from tests.notification.buses import on_the_bus
from tests.notification.clients import python_client
from tests.notification.support import (
    PRODUCTS_TABLE_ARN,
    plain_settings,
    product,
    until,
    video_ids,
)

USER, PASSWORDS = "assembly-service", ("first", "second")
SIGNED: dict[str, Any] = {"bus_secret": ("0123456789" * 4,), "bus_require_signature": True}


def connected(address: str) -> Any:
    """A client, whose commands are not typed."""
    return redis.asyncio.from_url(address)


@pytest.fixture
async def guarded(own_valkey: Valkey) -> Valkey:
    """A Valkey that knows the user of the template with two passwords, and lets in nobody else."""
    user = deployed().stacks["cluster"].resource("BusUser")
    assert (user["UserName"], len(user["Passwords"])) == (USER, len(PASSWORDS))
    async with connected(own_valkey.url) as administrator:
        rules = [*user["AccessString"].split(), *(f">{each}" for each in PASSWORDS)]
        await administrator.execute_command("ACL", "SETUSER", USER, *rules)
        await administrator.execute_command("ACL", "SETUSER", "default", "off")
    return own_valkey


def url(valkey: Valkey, password: str) -> str:
    return valkey.url.replace("//", f"//{USER}:{password}@")


async def test_instances_with_either_password_reach_each_others_clients(guarded: Valkey) -> None:
    first, second = (url(guarded, password) for password in PASSWORDS)
    async with (
        on_the_bus(first, service_role="worker", **SIGNED) as worker,
        on_the_bus(second, **SIGNED) as front,
        python_client(front) as client,
    ):
        await client.subscribe("amani")
        assert await worker.announce(product("v1")) == {}
        assert not worker.notification.bus_failure
        assert video_ids([await client.record.first("new_product")]) == ["v1"]
        assert not front.notification.bus_failure


async def test_instances_hear_of_each_other(
    guarded: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instance_exchange, "_SECONDS_BETWEEN_MESSAGES", 0.05)
    opened = (
        open_instances(
            plain_settings(socketio_redis_url=url(guarded, password), **SIGNED),
            connections=lambda: 0,
            products_table_arn=PRODUCTS_TABLE_ARN,
            clock=wall_clock,
            metrics=Metrics().bus,
        )
        for password in PASSWORDS
    )
    async with next(opened) as one, next(opened) as other:
        await until(lambda: [len(each.all()) for each in (one, other)] == [2, 2])


async def test_it_may_neither_store_nor_administer_nor_use_another_channel(guarded: Valkey) -> None:
    async with connected(url(guarded, PASSWORDS[0])) as stranger:
        for command in (
            ("SET", "key", "value"),
            ("FLUSHALL",),
            ("CONFIG", "GET", "*"),
            ("CLIENT", "PAUSE", "1"),
            ("CLIENT", "KILL", "TYPE", "pubsub"),
            ("CLIENT", "LIST"),
            ("PUBLISH", "socketio", "x"),
        ):
            with pytest.raises(redis.exceptions.NoPermissionError):
                await stranger.execute_command(*command)
