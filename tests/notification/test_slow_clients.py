"""A client that does not read is bounded and dropped; nobody else notices."""

import asyncio
import contextlib

import aiohttp
import pytest

from assembly_service.notification.socketio.polling import MOST_PACKETS
from assembly_service.notification.socketio.websocket import MOST_UNREAD_BYTES
from tests.notification.clients import python_client
from tests.notification.raw import (
    CONNECT,
    polling_session,
    silent_reader,
    subscribe,
)
from tests.notification.support import (
    PATIENCE_SECONDS,
    Instance,
    product,
    running_instance,
    until,
    video_ids,
)


def unread_bytes(instance: Instance, connection_id: str) -> int:
    transport = instance.connections[connection_id]._transport
    return 0 if transport is None else transport.unread_bytes


def unread_packets(instance: Instance, connection_id: str) -> int:
    polling = instance.connections[connection_id].polling
    assert polling is not None
    return polling.unread


def slow_clients(instance: Instance) -> float | None:
    return instance.metric("websocket_slow_clients_total")


async def subscribed(instance: Instance, clients: int) -> None:
    register = instance.notification.subscriptions
    await until(lambda: register.clients_per_seller().get("amani", 0) == clients)


async def announce_until_one_waits(instance: Instance) -> None:
    """Fill all that lies between the instance and its one client, which reads nothing."""
    await subscribed(instance, 1)
    (connection_id,) = instance.connections
    number = 0
    while unread_bytes(instance, connection_id) == 0:
        await instance.announce(product(f"v{number}", padding=100_000))
        await asyncio.sleep(0.01)
        number += 1


@pytest.mark.parametrize("padding", [3_000, 30_000])
async def test_a_client_that_never_reads_is_dropped_while_the_others_are_shown_everything(
    padding: int,
) -> None:
    async with (
        running_instance() as instance,
        python_client(instance) as client,
        python_client(instance, transport="polling") as polling,
        silent_reader(instance, "amani") as silent,
    ):
        await client.subscribe("amani")
        await polling.subscribe("amani")
        await subscribed(instance, 3)
        reading = {client.socket.eio.sid, polling.socket.eio.sid}
        (silent_id,) = instance.connections.keys() - reading
        announced = 0
        while slow_clients(instance) == 0:
            assert unread_bytes(instance, silent_id) <= MOST_UNREAD_BYTES
            some = [
                product(f"v{announced + n}", padding=padding) for n in range(120_000 // padding)
            ]
            await instance.announce(*some)
            announced += len(some)
            for each in (client, polling):
                await each.record.first("new_product", count=announced)
        await silent.cut()
        await subscribed(instance, 2)
        expected = [f"v{number}" for number in range(announced)]
        for each in (client, polling):
            assert video_ids(each.record.of("new_product")) == expected
        assert instance.notification.subscriptions.clients_per_seller() == {"amani": 2}
        assert slow_clients(instance) == 1


@pytest.mark.parametrize(("count", "dropped"), [(3, 0), (4, 1)])
async def test_the_bound_on_bytes_holds_within_one_burst(count: int, dropped: int) -> None:
    async with running_instance() as instance, python_client(instance) as client:
        await client.subscribe("amani")
        large = [product(f"v{n}", padding=MOST_UNREAD_BYTES // 4) for n in range(count)]
        await instance.announce(*large)
        assert slow_clients(instance) == dropped
        await client.record.first("disconnect" if dropped else "new_product")


async def test_what_a_poll_took_counts_until_the_next_poll() -> None:
    async with running_instance() as instance, polling_session(instance) as poll:
        await poll.send(CONNECT)
        await poll.send(subscribe("amani"))
        await subscribed(instance, 1)
        taken = await poll.receive()
        assert unread_packets(instance, poll.sid) == len(taken) > 0
        await instance.announce(*(product(f"v{n}") for n in range(MOST_PACKETS - len(taken))))
        assert slow_clients(instance) == 0
        await instance.announce(product("one-more"))
        assert slow_clients(instance) == 1
        with pytest.raises(aiohttp.ClientResponseError):
            await poll.receive()


async def test_a_poll_is_answered_in_portions_that_stock_clients_take() -> None:
    async with running_instance() as instance, polling_session(instance) as poll:
        await poll.send(CONNECT)
        await poll.send(subscribe("amani"))
        await subscribed(instance, 1)
        await instance.announce(*(product(f"v{number}") for number in range(100)))
        received: list[str] = []
        while sum('"new_product"' in packet for packet in received) < 100:
            portion = await poll.receive()
            assert len(portion) <= 16
            received += portion


async def test_a_poll_that_waits_ends_when_its_client_leaves() -> None:
    async with running_instance() as instance, polling_session(instance) as poll:
        await poll.send(CONNECT)
        received = ""
        while '"connected"' not in received:
            received += "".join(await poll.receive())
        polling = instance.connections[poll.sid].polling
        waiting_poll = asyncio.create_task(poll.receive())
        await until(lambda: polling is not None and polling.is_asked)
        await poll.send("1")
        async with asyncio.timeout(PATIENCE_SECONDS):
            await waiting_poll
        assert instance.notification.subscriptions.total_connections == 0


async def test_a_client_that_reads_nothing_is_dropped_when_its_time_to_answer_is_over() -> None:
    async with running_instance() as instance, silent_reader(instance, "amani") as silent:
        await announce_until_one_waits(instance)
        (connection,) = instance.connections.values()
        connection.ping()
        connection.check()
        assert not instance.connections
        assert slow_clients(instance) == 1
        assert instance.notification.subscriptions.total_connections == 0
        await silent.cut()


async def test_events_arrive_in_order_whether_written_at_once_or_after_waiting() -> None:
    async with running_instance() as instance, python_client(instance) as client:
        await client.subscribe("amani")
        # Every third is too large to be written at once.
        sent = [product(f"v{n}", padding=1_500 if n % 3 else 70_000) for n in range(40)]
        for start in range(0, 40, 8):
            await instance.announce(*sent[start : start + 8])
            await client.record.first("new_product", count=start + 8)
        assert video_ids(client.record.of("new_product")) == [f"v{n}" for n in range(40)]


async def test_at_most_a_mebibyte_waits_for_a_client_that_never_reads() -> None:
    async with running_instance() as instance, silent_reader(instance, "amani"):
        await subscribed(instance, 1)
        (connection_id,) = instance.connections
        number, most = 0, 0
        while slow_clients(instance) == 0:
            most = max(most, unread_bytes(instance, connection_id))
            await instance.announce(product(f"v{number}", padding=3_000))
            number += 1
        assert MOST_UNREAD_BYTES - 10_000 < most <= MOST_UNREAD_BYTES


async def test_a_product_too_large_to_push_is_a_request_to_reload() -> None:
    async with running_instance() as instance, python_client(instance) as client:
        await client.subscribe("amani")
        await instance.announce(product("v1", padding=MOST_UNREAD_BYTES))
        asked = await client.record.first("resync")
        assert (asked["seller_handle"], asked["reason"]) == ("amani", "product_too_large")


async def test_closing_does_not_wait_for_a_client_that_never_reads() -> None:
    async with running_instance() as instance, silent_reader(instance, "amani") as silent:
        await announce_until_one_waits(instance)
        async with asyncio.timeout(15):
            await instance.notification.close("The service stops.")
        await silent.cut()


async def test_a_client_that_pings_without_reading_is_dropped() -> None:
    async with running_instance() as instance, silent_reader(instance) as silent:
        await until(lambda: instance.notification.subscriptions.total_connections == 1)
        with contextlib.suppress(ConnectionError):
            while slow_clients(instance) == 0:
                await silent.ping(b"x" * 125)
        await silent.cut()
        assert not instance.connections
