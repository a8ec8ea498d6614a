"""What many clients get is deflated for those who can inflate it, and nothing else is."""

from unittest import mock

import aiohttp
import pytest

from assembly_service.notification.socketio import packets
from assembly_service.notification.socketio.frames import deflated_frame
from tests.notification.raw import CONNECT, raw_websocket, subscribe
from tests.notification.support import Table, product, running_instance

LONG_AGO = "2026-01-01T00:00:00Z"


async def watching(websocket: aiohttp.ClientWebSocketResponse) -> None:
    await websocket.send_str(CONNECT)
    await websocket.send_str(subscribe("amani"))
    while '"subscribed"' not in await websocket.receive_str():
        pass


async def test_a_push_is_deflated_once_for_all_who_negotiated_the_same_window() -> None:
    made = mock.Mock(side_effect=deflated_frame)
    async with (
        running_instance() as instance,
        raw_websocket(instance, inflates=15) as first,
        raw_websocket(instance, inflates=15) as second,
        raw_websocket(instance, inflates=10) as narrow,
        raw_websocket(instance) as plain,
    ):
        everyone = (first, second, narrow, plain)
        for each in everyone:
            await watching(each)
        with mock.patch.object(packets, "deflated_frame", made):
            for number in range(2):
                await instance.announce(product(f"v{number}", padding=2_000))
                received = {await each.receive_str() for each in everyone}
                assert len(received) == 1
                assert f"v{number}" in received.pop()
        assert sorted(call.args[1] for call in made.call_args_list) == [10, 10, 15, 15]


async def test_nothing_that_one_client_alone_gets_is_deflated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(packets, "deflated_frame", mock.Mock(side_effect=AssertionError))
    table = Table(product("v1", padding=2_000))
    async with (
        running_instance(changed_since=table.changed_since) as instance,
        raw_websocket(instance, inflates=15) as websocket,
    ):
        await websocket.send_str(CONNECT)
        await websocket.send_str(subscribe("amani", since=LONG_AGO))
        while '"new_product"' not in await websocket.receive_str():
            pass
