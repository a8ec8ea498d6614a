"""A connection ends whole: nothing is handled after it, nothing of it is left."""

import socket
import struct
from unittest import mock

import aiohttp
import pytest

from assembly_service.notification.socketio import server
from assembly_service.notification.socketio.packets import decode
from tests.notification.raw import (
    CONNECT,
    SOCKET_PATH,
    polling_session,
    raw_websocket,
    subscribe,
)
from tests.notification.support import Instance, plain_settings, product, running_instance, until


def is_empty(instance: Instance) -> bool:
    subscriptions = instance.notification.subscriptions
    return (
        not instance.connections
        and subscriptions.total_connections == 0
        and not instance.notification._rooms.sellers()
    )


@pytest.mark.parametrize(
    "packets",
    [
        pytest.param(["1", CONNECT], id="closes, then joins"),
        pytest.param([CONNECT, "1", subscribe("amani")], id="closes, then subscribes"),
        pytest.param([CONNECT, "41/products,", subscribe("amani")], id="leaves, then subscribes"),
        pytest.param(["4nonsense", CONNECT, subscribe("amani")], id="is refused, then joins"),
    ],
)
async def test_nothing_is_handled_after_the_end_of_a_session(
    packets: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    async with running_instance() as instance, polling_session(instance) as poll:
        await poll.send("\x1e".join(packets))
        await until(lambda: is_empty(instance))
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_client_may_ask_for_other_namespaces_too_and_stays() -> None:
    async with running_instance() as instance, raw_websocket(instance) as websocket:
        await websocket.send_str(CONNECT)
        assert (await websocket.receive_str()).startswith(CONNECT)
        assert '"connected"' in await websocket.receive_str()
        for packet, answer in (
            ("40", "44{"),
            ("40/orders?b=1,{}", "44/orders,{"),
        ):
            await websocket.send_str(packet)
            assert (await websocket.receive_str()).startswith(answer)
        await websocket.send_str("41")
        await websocket.send_str(subscribe("amani"))
        assert '"subscribed"' in await websocket.receive_str()


async def test_what_the_service_never_asks_for_is_not_parsed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parse = mock.Mock(side_effect=decode)
    monkeypatch.setattr(server, "decode", parse)
    async with running_instance() as instance, raw_websocket(instance) as websocket:
        await websocket.send_str(CONNECT)
        await websocket.send_str("43/products,1[[]]")
        await websocket.send_str("46/products,1-1[[]]")
        await websocket.send_str(subscribe("amani"))
        while '"subscribed"' not in await websocket.receive_str():
            pass
    assert [call.args for call in parse.call_args_list] == [(subscribe("amani")[1:],)]


async def test_a_client_that_leaves_during_the_handshake_is_no_failure(
    capfd: pytest.CaptureFixture[str],
) -> None:
    request = (
        f"GET {SOCKET_PATH}websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    async with running_instance() as instance:
        for _ in range(5):
            with socket.create_connection(("127.0.0.1", instance.port)) as leaving:
                leaving.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                leaving.sendall(request.encode())
        async with raw_websocket(instance):
            pass
        await until(lambda: is_empty(instance))
    assert "request_failed" not in "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("payload", "answer"),
    [
        (b"", 1000),
        ((1000).to_bytes(2, "big"), 1000),
        ((3000).to_bytes(2, "big") + b"gone", 3000),
        (b"x", 1002),
        ((1005).to_bytes(2, "big"), 1002),
        ((1000).to_bytes(2, "big") + b"\xff", 1007),
    ],
)
async def test_a_close_frame_is_answered_with_its_code(payload: bytes, answer: int) -> None:
    async with running_instance() as instance, raw_websocket(instance) as websocket:
        await websocket.send_frame(payload, aiohttp.WSMsgType.CLOSE)
        message = await websocket.receive()
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, answer)
        await until(lambda: is_empty(instance))


async def test_a_session_that_ends_keeps_nothing_of_what_waited() -> None:
    async with running_instance() as instance, polling_session(instance) as poll:
        await poll.send(CONNECT)
        await poll.send(subscribe("amani"))
        await until(lambda: instance.notification._rooms.is_watched("amani"))
        await instance.announce(product("v1", padding=500_000))
        connection = instance.connections[poll.sid]
        polling = connection.polling
        assert polling is not None
        assert polling.unread_bytes > 500_000
        connection.end()
        assert (polling.unread, polling.unread_bytes) == (0, 0)


async def test_so_many_clients_may_poll_as_may_be_connected_and_the_next_is_counted() -> None:
    async with (
        running_instance(settings=plain_settings(max_connections=10)) as instance,
        aiohttp.ClientSession() as session,
    ):

        async def status() -> int:
            async with session.get(f"{instance.url}{SOCKET_PATH}polling") as opened:
                return opened.status

        assert [await status() for _ in range(11)] == [200] * 10 + [503]
        assert instance.metric("limits_reached_total", limit="clients") == 1
        next(iter(instance.connections.values())).end()
        assert await status() == 200
