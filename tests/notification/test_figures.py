"""What clients are sent, and how they are connected, shows at `/metrics`."""

import asyncio
from contextlib import AsyncExitStack

import aiohttp
import pytest

from assembly_service.domain.exact_json import Value
from assembly_service.storage.catalogue import CatalogueBusy
from tests.notification.clients import python_client
from tests.notification.raw import CONNECT, raw_websocket, subscribe
from tests.notification.streams import PATH, reading
from tests.notification.support import (
    PATIENCE_SECONDS,
    Instance,
    Table,
    product,
    running_instance,
    until,
)

THEN = 1_795_000_000_000
SINCE = "2026-01-01T00:00:00Z"
LATER = "2026-11-20T00:00:00Z"


async def test_clients_count_by_what_they_are_connected_by_until_they_leave() -> None:
    async with running_instance() as instance:

        def clients() -> dict[str, float | None]:
            transports = ("websocket", "polling", "event_stream")
            return {each: instance.metric("clients", transport=each) for each in transports}

        nobody = {"websocket": 0, "polling": 0, "event_stream": 0}
        assert clients() == nobody
        async with AsyncExitStack() as connected:
            # A connection whose client has not joined is no client yet.
            await connected.enter_async_context(raw_websocket(instance))
            for transport in ("websocket", "websocket", "polling"):
                await connected.enter_async_context(python_client(instance, transport=transport))
            stream = await connected.enter_async_context(reading(instance))
            await stream.until_subscribed()
            assert clients() == {"websocket": 2, "polling": 1, "event_stream": 1}
            assert instance.metric("websocket_connections") == 4
        await until(lambda: clients() == nobody)


async def test_the_bytes_of_pushes_count_once_for_each_client_that_gets_them() -> None:
    async with (
        running_instance() as instance,
        raw_websocket(instance) as one,
        raw_websocket(instance) as other,
        reading(instance) as stream,
    ):
        for websocket in (one, other):
            await websocket.send_str(CONNECT)
            await websocket.send_str(subscribe("amani"))
            await message(websocket, "subscribed")
        await stream.until_subscribed()
        assert instance.metric("delivered_bytes_total") == 0
        await instance.announce(product("v1", padding=100), product("w1", seller_handle="baraka"))
        pushed = [len((await message(each, "new_product")).encode()) for each in (one, other)]
        block = "\n".join(await stream.block()) + "\n\n"
        assert instance.metric("deliveries_total") == 3
        # A frame of this length has a head of four bytes.
        sent = sum(size + 4 for size in pushed) + len(block.encode())
        assert instance.metric("delivered_bytes_total") == sent


async def message(websocket: aiohttp.ClientWebSocketResponse, event: str) -> str:
    """The next message with that event."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while f'["{event}"' not in (text := await websocket.receive_str()):
            pass
    return text


@pytest.mark.parametrize(
    ("products", "since", "result"),
    [(1, LATER, "nothing"), (1, SINCE, "replayed"), (201, SINCE, "resync")],
)
async def test_a_replay_counts_by_its_result_at_either_door(
    products: int, since: str, result: str
) -> None:
    table = Table(*(product(f"v{number}", updated_at=THEN) for number in range(products)))
    async with running_instance(changed_since=table.changed_since) as instance:
        results = ("nothing", "replayed", "resync")
        assert [instance.metric("replays_total", result=each) for each in results] == [0, 0, 0]
        async with python_client(instance) as client:
            await client.subscribe("amani")
            await client.subscribe("amani", since=since)
        async with reading(instance, f"{PATH}?since={since}") as stream:
            await stream.until_subscribed()
        counted = {each: instance.metric("replays_total", result=each) for each in results}
        assert counted == dict.fromkeys(results, 0) | {result: 2}


async def test_a_stream_with_an_unknown_mark_counts_as_one_that_has_to_reload() -> None:
    async with (
        running_instance() as instance,
        reading(instance, **{"Last-Event-ID": "of another service"}) as stream,
    ):
        assert await stream.until_subscribed() == ["resync", "subscribed"]
        assert instance.metric("replays_total", result="resync") == 1


@pytest.mark.parametrize("error", [CatalogueBusy("busy"), TimeoutError(), KeyError("title")])
@pytest.mark.parametrize("wanted", [{"since": SINCE}, {"snapshot": 20}])
async def test_a_subscribe_counts_by_what_becomes_of_it(
    error: Exception, wanted: dict[str, Value]
) -> None:
    table = Table(product("v1"))
    async with (
        running_instance(changed_since=table.changed_since, newest=table.newest) as instance,
        python_client(instance) as client,
    ):
        assert subscribes(instance) == {"served": 0, "failed": 0}
        await client.subscribe("amani", **wanted)
        assert subscribes(instance) == {"served": 1, "failed": 0}
        assert (await client.subscribe("no handle!"))["code"] == "invalid_seller_handle"
        assert subscribes(instance) == {"served": 1, "failed": 0}
        table.error = error
        refused = await client.subscribe("baraka", **wanted)
        assert refused["code"] in ("temporarily_unavailable", "internal_error")
        assert subscribes(instance) == {"served": 1, "failed": 1}


def subscribes(instance: Instance) -> dict[str, float | None]:
    outcomes = ("served", "failed")
    return {each: instance.metric("websocket_subscribes_total", outcome=each) for each in outcomes}
