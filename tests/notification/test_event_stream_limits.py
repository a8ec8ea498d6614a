"""What waits for the reader of a stream is bounded: a slow one is dropped, and no other."""

import asyncio

import pytest

from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.notification import event_stream
from assembly_service.notification.socketio.websocket import MOST_UNREAD_BYTES
from tests.notification.streams import (
    PATH,
    THEN,
    instance,
    open_streams,
    reading,
    silent_connection,
    unread,
    watching,
)
from tests.notification.support import (
    Instance,
    Table,
    product,
    until,
)

__all__ = ["instance"]


@pytest.fixture
def table() -> Table:
    return Table()


async def test_a_reader_that_is_too_slow_is_dropped_and_the_others_are_shown_everything(
    instance: Instance,
) -> None:
    async with reading(instance) as stream, silent_connection(instance):
        await stream.until_subscribed()
        await watching(instance, 2)
        announced = 0
        while instance.metric("websocket_slow_clients_total") == 0:
            assert max(map(unread, open_streams(instance))) <= MOST_UNREAD_BYTES
            await instance.announce(product(f"v{announced}", padding=100_000))
            assert (await stream.event())[1]["product"]["video_id"] == f"v{announced}"
            announced += 1
        await watching(instance, 1)
        assert instance.metric("websocket_slow_clients_total") == 1


async def test_a_reader_that_reads_nothing_is_dropped_though_nothing_is_announced(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT_SECONDS", 0.5)
    async with reading(instance) as other, silent_connection(instance):
        await watching(instance, 2)
        while len(open_streams(instance)) == 2 and not any(map(unread, open_streams(instance))):
            await instance.announce(product("v1", padding=50_000))
            await other.event()
        await watching(instance, 1)
        assert instance.metric("websocket_slow_clients_total") == 1
        await instance.announce(product("v2"))
        while (await other.event())[1].get("product", {}).get("video_id") != "v2":
            pass


async def test_a_replay_larger_than_all_that_may_wait_arrives_whole(
    instance: Instance, table: Table
) -> None:
    table.products = [product(f"v{n}", updated_at=THEN + n, padding=300_000) for n in range(20)]
    async with reading(instance, f"{PATH}?since={format_milliseconds(THEN)}") as stream:
        assert len(await stream.until_subscribed()) == 21
    assert instance.metric("websocket_slow_clients_total") == 0


async def test_a_product_too_large_to_push_is_a_request_to_reload(
    instance: Instance, table: Table
) -> None:
    async with reading(instance) as stream:
        await stream.until_subscribed()
        await instance.announce(product("v1", padding=MOST_UNREAD_BYTES))
        name, asked, _ = await stream.event()
        assert (name, asked["reason"]) == ("resync", "product_too_large")
    table.products = [product("v1", updated_at=THEN, padding=MOST_UNREAD_BYTES)]
    async with reading(instance, f"{PATH}?since={format_milliseconds(THEN)}") as stream:
        name, asked, _ = await stream.event()
        assert (name, asked["reason"]) == ("resync", "product_too_large")


async def test_closing_does_not_wait_for_a_client_that_never_reads(instance: Instance) -> None:
    async with silent_connection(instance):
        await watching(instance, 1)
        while max(map(unread, open_streams(instance))) < 200_000:
            await instance.announce(product("v1", padding=100_000))
            await asyncio.sleep(0)
        async with asyncio.timeout(15):
            await instance.notification.close("The service stops.")
            await until(lambda: not open_streams(instance))
