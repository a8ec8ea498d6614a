"""Goodbyes are spread over time, and nobody is forgotten."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import aiohttp
import pytest

from assembly_service.notification import event_door
from assembly_service.notification.drain import goodbyes
from assembly_service.notification.socketio import connection, server
from assembly_service.notification.socketio.websocket import MOST_UNREAD_BYTES
from tests.harness.quiet_loop import play
from tests.notification.clients import python_client
from tests.notification.raw import CONNECT, SOCKET_PATH, polling_session, silent_reader
from tests.notification.streams import open_streams, reading, silent_connection, unread, watching
from tests.notification.support import PATIENCE_SECONDS, product, running_instance, until, video_ids


async def told(clients: int, seconds: float, *, busy: float = 0) -> list[tuple[float, int]]:
    """When each client is told to leave; each slice takes `busy` seconds."""
    found = []
    loop = asyncio.get_running_loop()
    async for some in goodbyes(range(clients), seconds):
        found += [(loop.time(), each) for each in some]
        await asyncio.sleep(busy)
    return found


@pytest.mark.parametrize(("clients", "seconds"), [(5_000, 4), (7, 4), (1, 4), (0, 4), (5_000, 0)])
def test_everyone_is_told_once_within_the_given_seconds(clients: int, seconds: float) -> None:
    times = play(told(clients, seconds))
    assert [each for _, each in times] == [*range(clients)]
    assert all(time <= seconds for time, _ in times)


def test_at_no_time_many_are_told_at_once() -> None:
    times = [time for time, _ in play(told(5_000, 4))]
    for second in range(4):
        told_then = sum(second <= time < second + 1 for time in times)
        assert told_then == pytest.approx(1_250, rel=0.06)
    assert max(map(times.count, times)) <= 5_000 // 4 // 10


def test_few_clients_do_not_delay_a_stop() -> None:
    assert play(told(20, 3_600))[-1][0] < 0.2


def test_a_busy_loop_does_not_take_longer() -> None:
    assert play(told(5_000, 4, busy=0.1))[-1][0] < 4.2


@pytest.fixture
def last_turn(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """What all wait for but the first socket and the first stream, which are told at once."""
    last_turn = asyncio.Event()

    async def one_after_another(clients: Sequence[Any], _: float) -> AsyncIterator[Sequence[Any]]:
        yield clients[:1]
        async with asyncio.timeout(PATIENCE_SECONDS):
            await last_turn.wait()
        yield clients[1:]

    for module in (server, event_door):
        monkeypatch.setattr(module, "goodbyes", one_after_another)
    return last_turn


async def test_whose_turn_has_not_come_is_served_as_ever_and_nobody_new_is(
    last_turn: asyncio.Event,
) -> None:
    async with (
        running_instance() as instance,
        python_client(instance) as first,
        python_client(instance) as websocket,
        python_client(instance, transport="polling") as polling,
        reading(instance) as stream,
        reading(instance) as other_stream,
        aiohttp.ClientSession(instance.url) as http,
    ):
        for each in (stream, other_stream):
            await each.until_subscribed()
        closing = asyncio.create_task(instance.notification.close("The service stops."))
        assert (await first.record.first("error"))["code"] == "service_stopping"
        async with http.get(f"{SOCKET_PATH}polling") as refused:
            assert refused.status == 503
        for client in (websocket, polling):
            await client.subscribe("amani")
        await instance.announce(product("v1"))
        for client in (websocket, polling):
            assert video_ids([await client.record.first("new_product")]) == ["v1"]
        last_turn.set()
        ends = [await each.ended() for each in (stream, other_stream)]
        assert sum("new_product" in end for end in ends) == 1
        assert (await websocket.record.first("error"))["code"] == "service_stopping"
        for client in (websocket, polling):
            await client.record.first("disconnect")
        await closing


async def test_a_silent_client_is_cut_after_its_own_goodbye_and_not_after_the_last(
    last_turn: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (connection, event_door):
        monkeypatch.setattr(module, "CLOSE_SECONDS", 0.05)
    async with running_instance() as instance, silent_connection(instance):
        await watching(instance, 1)
        [silent_stream] = open_streams(instance)
        while unread(silent_stream) < MOST_UNREAD_BYTES // 2:
            await instance.announce(product("v1", padding=100_000))
        async with silent_reader(instance) as silent_socket:
            await until(lambda: len(instance.connections) == 1)
            async with python_client(instance) as client:
                closing = asyncio.create_task(instance.notification.close("The service stops."))
                await silent_socket.cut()
                await until(lambda: not open_streams(instance))
                assert len(instance.connections) == 1
                assert not closing.done()
                last_turn.set()
                await client.record.first("disconnect")
                await closing


async def test_a_polling_client_keeps_its_connection_until_its_turn(
    last_turn: asyncio.Event,
) -> None:
    stop = asyncio.Event()
    async with (
        running_instance(stop=stop) as instance,
        python_client(instance) as first,
        polling_session(instance) as polling,
    ):
        stop.set()
        await first.record.first("error")
        await polling.send(CONNECT)
        assert any('"connected"' in packet for packet in await polling.receive())
        last_turn.set()
