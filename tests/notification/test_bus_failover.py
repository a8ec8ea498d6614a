"""Failovers and new passwords of the bus, while old connections stay open."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis.asyncio
from structlog.testing import capture_logs

from assembly_service.notification.bus_connection import PrimaryPublisher, connect
from tests.harness.valkey import Valkey
from tests.notification.buses import on_the_bus
from tests.notification.clients import PythonClient, python_client
from tests.notification.proxy import Proxy, proxy_to
from tests.notification.support import PATIENCE_SECONDS, product, until, video_ids

_A_REPLICA = "the server at SOCKETIO_REDIS_URL is a replica, not the primary"


@dataclass(kw_only=True)
class Pair:
    """A primary and its replica, and the address at which clients find the primary."""

    primary: Valkey
    replica: Valkey
    address: Proxy

    async def demote(self) -> None:
        """Make each what the other one was, without closing any connection."""
        await _command(self.replica, "REPLICAOF", "NO", "ONE")
        await _command(self.primary, "REPLICAOF", *_host_and_port(self.replica))


def has_heard(client: PythonClient, video_id: str) -> bool:
    return video_id in video_ids(client.record.of("new_product"))


async def _command(server: Valkey, *words: str) -> None:
    async with redis.asyncio.Redis.from_url(server.url) as operator:
        command: Awaitable[object] = operator.execute_command(*words)  # type: ignore[no-untyped-call]
        await command


def _host_and_port(server: Valkey) -> tuple[str, str]:
    host, _, port = urlsplit(server.url).netloc.partition(":")
    return host, port


@pytest.fixture
async def pair(own_valkey: Valkey) -> AsyncIterator[Pair]:
    replica = Valkey.on_a_free_port()
    async with AsyncExitStack() as stack:
        await asyncio.to_thread(replica.start)
        stack.callback(replica.kill)
        await _command(replica, "REPLICAOF", *_host_and_port(own_valkey))
        address = await stack.enter_async_context(proxy_to(own_valkey.url))
        yield Pair(primary=own_valkey, replica=replica, address=address)


@pytest.mark.usefixtures("impatient_bus")
async def test_after_a_failover_nobody_stays_with_the_demoted_server_and_clients_reload(
    pair: Pair,
) -> None:
    """Both of the first instances keep their connections, and would only hear each other."""
    async with (
        on_the_bus(pair.address.url, service_role="worker") as worker,
        on_the_bus(pair.address.url) as before,
        python_client(before) as at_before,
    ):
        await at_before.subscribe("amani")
        await pair.demote()
        pair.address.move_to(pair.replica.url)
        async with on_the_bus(pair.address.url) as after, python_client(after) as at_after:
            await at_after.subscribe("amani")
            await worker.announce(product("unheard-of"))
            assert worker.notification.bus_failure == _A_REPLICA
            assert (await at_after.record.first("resync"))["seller_handle"] == "amani"
            assert (await at_before.record.first("resync"))["seller_handle"] == "amani"
            await until(lambda: not worker.notification.bus_failure)
            await until(lambda: not before.notification.bus_failure)
            await worker.announce(product("heard-of"))
            for client in (at_before, at_after):
                await client.record.until(partial(has_heard, client, "heard-of"))


@pytest.mark.parametrize("name", ["shop", "replica-writer"])
async def test_a_user_of_pub_sub_alone_is_kept_from_a_replica_too(pair: Pair, name: str) -> None:
    for server in (pair.primary, pair.replica):
        await _command(server, "ACL", "SETUSER", name, "on", ">p", "allchannels", "+@pubsub")
    url = pair.address.url.replace("redis://", f"redis://{name}:p@")
    async with on_the_bus(url, service_role="worker") as worker:
        assert worker.notification.bus_failure is None
        await pair.demote()
        await worker.announce(product("unheard-of"))
        assert worker.notification.bus_failure == _A_REPLICA
        pair.address.move_to(pair.replica.url)
        await until(lambda: not worker.notification.bus_failure)


async def test_what_a_demoted_server_took_never_counts_as_sent_beside_newer_connections(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    for server in (pair.primary, pair.replica):
        await _command(server, "ACL", "SETUSER", "shop", "on", ">p", "allchannels", "+@pubsub")
    client = connect(pair.address.url.replace("redis://", "redis://shop:p@"))
    publisher = PrimaryPublisher(client)
    pool: Any = client.connection_pool
    old = await pool.get_connection()
    await pair.demote()
    pair.address.move_to(pair.replica.url)
    new = await pool.get_connection()
    for each in (new, old):
        await pool.release(each)
    release = pool.release

    async def release_as_among_other_publishes(connection: Any) -> None:
        """Let another connection be the next to be taken."""
        await release(connection)
        pool._available_connections.reverse()

    monkeypatch.setattr(pool, "release", release_as_among_other_publishes)
    async with (
        redis.asyncio.Redis.from_url(pair.replica.url) as anyone,
        anyone.pubsub() as heard,
    ):
        await heard.subscribe("videos")
        assert (await heard.get_message(timeout=PATIENCE_SECONDS))["type"] == "subscribe"
        await publisher.publish([("videos", b"1")])
        assert (await heard.get_message(timeout=10) or {}).get("data") == b"1"
    await publisher.aclose()


@pytest.mark.parametrize("role", ["all", "worker"])
async def test_an_instance_that_finds_only_a_replica_says_so_and_waits_for_the_primary(
    pair: Pair, role: str
) -> None:
    pair.address.move_to(pair.replica.url)
    with capture_logs() as logs:
        async with on_the_bus(pair.address.url, service_role=role) as instance:
            assert instance.notification.bus_failure == _A_REPLICA
            pair.address.move_to(pair.primary.url)
            await until(lambda: instance.notification.bus_failure is None)
    sides = {"publish"} if role == "worker" else {"publish", "subscribe"}
    assert {line["side"] for line in logs if line["event"] == "bus_restored"} == sides


async def test_a_password_rotates_without_a_loss_while_the_server_accepts_both(
    own_valkey: Valkey,
) -> None:
    await _command(own_valkey, "ACL", "SETUSER", "shop", "on", ">old", "allchannels", "+@pubsub")
    url = own_valkey.url.replace("redis://", "redis://shop:{}@")
    with capture_logs() as logs:
        async with (
            on_the_bus(url.format("old")) as one,
            python_client(one) as at_one,
        ):
            await at_one.subscribe("amani")
            await _command(own_valkey, "ACL", "SETUSER", "shop", ">new")
            async with on_the_bus(url.format("new")) as two, python_client(two) as at_two:
                await at_two.subscribe("amani")
                await _command(own_valkey, "ACL", "SETUSER", "shop", "<old")
                # A connection that is open is not asked for its password again.
                await one.announce(product("v1"))
                await two.announce(product("v2"))
                for client in (at_one, at_two):
                    await client.record.first("new_product", count=2)
                assert one.notification.bus_failure is None
                assert two.notification.bus_failure is None
            await _command(own_valkey, "CLIENT", "KILL", "USER", "shop")
            refused = "the user or password in SOCKETIO_REDIS_URL is refused"
            await until(lambda: one.notification.bus_failure == refused)
    lost = [line["reason"] for line in logs if line["event"] == "bus_lost"]
    assert refused in lost
