"""A client that goes over from polling to a WebSocket misses nothing on the way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiohttp
import pytest

from assembly_service.notification.socketio import connection, heartbeats
from assembly_service.notification.socketio.websocket import MOST_UNREAD_BYTES
from tests.notification.raw import (
    CONNECT,
    SOCKET_PATH,
    PollingSession,
    ended,
    polling_session,
    subscribe,
)
from tests.notification.support import PATIENCE_SECONDS, Instance, product, running_instance, until


@asynccontextmanager
async def trial(
    instance: Instance, poll: PollingSession
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """The WebSocket that the client of a polling session tries."""
    url = f"{instance.url}{SOCKET_PATH}websocket&sid={poll.sid}"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as websocket:
        yield websocket


def clients_by_transport(instance: Instance) -> dict[str, float | None]:
    transports = ("polling", "websocket")
    return {each: instance.metric("clients", transport=each) for each in transports}


async def watching(poll: PollingSession) -> None:
    await poll.send(CONNECT)
    await poll.send(subscribe("amani"))
    while '"subscribed"' not in "".join(await poll.receive()):
        pass


async def test_what_comes_between_the_last_poll_and_the_upgrade_arrives_over_the_websocket() -> (
    None
):
    async with (
        running_instance() as instance,
        polling_session(instance) as poll,
        trial(instance, poll) as websocket,
    ):
        await watching(poll)
        assert clients_by_transport(instance) == {"polling": 1, "websocket": 0}
        waiting_poll = asyncio.create_task(poll.receive())
        polling = instance.connections[poll.sid].polling
        await until(lambda: polling is not None and polling.is_asked)
        await websocket.send_str("2probe")
        assert await websocket.receive_str() == "3probe"
        assert await waiting_poll == ["6"]
        await instance.announce(product("v1"))
        await websocket.send_str("5")
        assert '"v1"' in await websocket.receive_str()
        await instance.announce(product("v2"))
        assert '"v2"' in await websocket.receive_str()
        assert clients_by_transport(instance) == {"polling": 0, "websocket": 1}
        with pytest.raises(aiohttp.ClientResponseError, match="400"):
            await poll.receive()
        assert len(instance.connections) == 1
    assert not instance.connections


@pytest.mark.parametrize("packet", ["5", "3", "2", "40/products,", "2probe?"])
async def test_a_trial_that_begins_otherwise_is_ended_and_polling_goes_on(packet: str) -> None:
    async with (
        running_instance() as instance,
        polling_session(instance) as poll,
        trial(instance, poll) as websocket,
    ):
        await websocket.send_str(packet)
        await ended(websocket)
        await watching(poll)


async def test_a_session_tries_one_websocket_at_a_time() -> None:
    async with running_instance() as instance, polling_session(instance) as poll:
        async with trial(instance, poll):
            with pytest.raises(aiohttp.WSServerHandshakeError, match="400"):
                async with trial(instance, poll):
                    pass
        await until(lambda: instance.connections[poll.sid].upgrade is None)
        async with trial(instance, poll) as websocket:
            await websocket.send_str("2probe")
            assert await websocket.receive_str() == "3probe"


async def test_a_trial_ends_with_its_session() -> None:
    async with (
        running_instance() as instance,
        polling_session(instance) as poll,
        trial(instance, poll) as websocket,
    ):
        await poll.send("1")
        await ended(websocket)


async def test_two_polls_at_once_end_the_session() -> None:
    async with running_instance() as instance, polling_session(instance) as poll:
        polling = instance.connections[poll.sid].polling
        first = asyncio.create_task(poll.receive())
        await until(lambda: polling is not None and polling.is_asked)
        with pytest.raises(aiohttp.ClientResponseError, match="400"):
            await poll.receive()
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await first == [""]
        assert not instance.connections


async def test_a_trial_that_is_not_finished_in_time_is_ended_and_polling_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "UPGRADE_SECONDS", 0.5)
    async with (
        running_instance() as instance,
        polling_session(instance) as poll,
        trial(instance, poll) as hanging,
    ):
        with suppress(ConnectionError):
            await hanging.send_str("2probe")
        await ended(hanging)
        monkeypatch.undo()
        await watching(poll)
        async with trial(instance, poll) as websocket:
            await websocket.send_str("2probe")
            assert await websocket.receive_str() == "3probe"
            await websocket.send_str("5")
            await instance.announce(product("v1"))
            assert '"v1"' in await websocket.receive_str()


async def test_all_that_waits_for_a_poll_fits_when_its_client_goes_over() -> None:
    async with (
        running_instance() as instance,
        polling_session(instance) as poll,
        trial(instance, poll) as websocket,
    ):
        await watching(poll)
        await websocket.send_str("2probe")
        assert await websocket.receive_str() == "3probe"
        polling = instance.connections[poll.sid].polling
        assert polling is not None
        sent = 0
        while polling.unread_bytes < MOST_UNREAD_BYTES - 16_000:
            await instance.announce(product(f"v{sent}", padding=12_000))
            sent += 1
        await websocket.send_str("5")
        for number in range(sent):
            assert f'"v{number}"' in await websocket.receive_str()
        assert instance.metric("websocket_slow_clients_total") == 0


async def test_a_session_ends_whose_client_leaves_while_it_polls() -> None:
    async with running_instance() as instance, polling_session(instance) as poll:
        await watching(poll)
        polling = instance.connections[poll.sid].polling
        waiting = asyncio.create_task(poll.receive())
        await until(lambda: polling is not None and polling.is_asked)
        waiting.cancel()
        # Long before a ping would find out.
        async with asyncio.timeout(heartbeats.PING_TIMEOUT_SECONDS):
            await until(lambda: not instance.connections)
        assert instance.notification.subscriptions.clients_per_seller() == {}
