"""Malformed traffic ends its own connection, and nothing else, without a stack trace."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator
from unittest import mock

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.streams import StreamReader
from aiohttp.test_utils import make_mocked_request

from assembly_service.notification.socketio.polling import packets_of
from tests.notification.clients import PythonClient, python_client
from tests.notification.raw import (
    CONNECT,
    SOCKET_PATH,
    ended,
    polling_session,
    raw_websocket,
    subscribe,
)
from tests.notification.support import (
    PATIENCE_SECONDS,
    Instance,
    Table,
    product,
    running_instance,
    until,
)

DEEP = "[" * 50_000


@pytest.fixture
def table() -> Table:
    return Table()


@pytest_asyncio.fixture
async def instance(
    table: Table, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> AsyncIterator[Instance]:
    """An instance that must not log a stack trace."""
    with caplog.at_level(logging.INFO):
        async with running_instance(changed_since=table.changed_since) as running:
            yield running
    assert not [record for record in caplog.records if record.exc_info]
    output = capfd.readouterr()
    assert "Traceback" not in output.out + output.err


@pytest_asyncio.fixture
async def bystander(instance: Instance) -> AsyncIterator[PythonClient]:
    """Another client, which must still be shown products at the end."""
    async with python_client(instance) as client:
        await client.subscribe("amani")
        yield client
        await instance.announce(product("for-the-bystander"))
        await client.record.first("new_product")
        await until(lambda: instance.notification.subscriptions.total_connections == 1)


MALFORMED = [
    "",
    "x",
    "0",
    "6",
    "7",
    "9x",
    "4",
    "47",
    "4x",
    '4{"a":1}',
    f"4{DEEP}",
    f"3{DEEP}",
    "2" * 50,
    "42",
    "42{}",
    '42"text"',
    "42[]",
    "42null",
    "42[NaN]",
    f"42{DEEP}",
    "42" + "1" * 200 + '["x"]',
    "44{}",
    "451234567890123-[]",
    '42/products,["subscribe_to_seller"',
    '42["subscribe_to_seller",{"seller_handle":"amani"}]',
    '42/products,["subscribe_to_seller",{"seller_handle":"amani"}]',
    '42/elsewhere,["x"]',
    "4" + "2" * 70_000,
]


@pytest.mark.parametrize("packet", MALFORMED, ids=lambda packet: packet[:24] or "empty")
async def test_a_malformed_websocket_packet_ends_its_connection(
    instance: Instance, bystander: PythonClient, packet: str
) -> None:
    async with raw_websocket(instance) as websocket:
        await websocket.send_str(packet)
        await ended(websocket)


@pytest.mark.parametrize("packet", MALFORMED, ids=lambda packet: packet[:24] or "empty")
async def test_a_malformed_polling_packet_ends_its_session_or_is_refused(
    instance: Instance, bystander: PythonClient, packet: str
) -> None:
    async with polling_session(instance) as poll:
        assert await poll.sent_and_ended(packet)


async def test_a_body_that_is_not_text_is_refused(
    instance: Instance, bystander: PythonClient
) -> None:
    async with polling_session(instance) as poll:
        with pytest.raises(aiohttp.ClientResponseError):
            await poll.send(b"4\xff\xfe")


@pytest.mark.parametrize(
    "failure", [web.RequestPayloadError("broken"), ConnectionResetError("gone")], ids=str
)
async def test_an_incomplete_body_is_refused_and_not_a_failure_of_the_service(
    failure: Exception,
) -> None:
    payload = StreamReader(mock.Mock(), 2**16)
    payload.set_exception(failure)
    with pytest.raises(web.HTTPBadRequest):
        await packets_of(make_mocked_request("POST", "/socket.io/", payload=payload))


async def test_a_connection_ends_with_the_third_namespace_that_it_is_refused(
    instance: Instance, bystander: PythonClient
) -> None:
    async with raw_websocket(instance) as websocket:
        await websocket.send_str(CONNECT)
        for number in range(10):
            await websocket.send_str(f"40/other{number},")
        async with asyncio.timeout(PATIENCE_SECONDS):
            answers = [str(message.data) async for message in websocket]
        refused = [answer for answer in answers if answer.startswith("44")]
        assert [answer.partition(",")[0] for answer in refused] == [
            f"44/other{number}" for number in range(3)
        ]


async def test_binary_frames_are_ignored(instance: Instance, bystander: PythonClient) -> None:
    async with raw_websocket(instance) as websocket:
        await websocket.send_bytes(b"\x00\xff")
        await websocket.send_str(CONNECT)
        assert (await websocket.receive_str()).startswith(CONNECT)


async def test_a_flood_of_requests_ends_its_connection_and_is_counted(
    instance: Instance, table: Table, bystander: PythonClient
) -> None:
    table.go_on.clear()
    async with raw_websocket(instance) as websocket:
        await websocket.send_str(CONNECT)
        await websocket.send_str(subscribe("amani", since="2026-01-01T00:00:00Z"))
        await table.reading.wait()
        for _ in range(300):
            await websocket.send_str('42/products,["get_subscription_status"]')
        await ended(websocket)
        assert instance.metric("limits_reached_total", limit="queued_packets") == 1


async def test_a_flood_of_subscriptions_is_answered_by_errors_past_the_fiftieth_seller(
    instance: Instance, bystander: PythonClient
) -> None:
    async with raw_websocket(instance) as websocket:
        await websocket.send_str(CONNECT)
        for number in range(200):
            await websocket.send_str(subscribe(f"flood{number}"))
        answers: Counter[str] = Counter()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while answers["subscribed"] + answers["error"] < 200:
                answers[(await websocket.receive_str()).split('"')[1]] += 1
        assert answers["subscribed"] == 50
        assert len(instance.notification.subscriptions.clients_per_seller()) == 50 + 1


@pytest.mark.parametrize("character", ["4", "\U0001f60d"])
async def test_a_frame_of_megabytes_ends_its_connection(
    instance: Instance, bystander: PythonClient, character: str
) -> None:
    async with raw_websocket(instance) as websocket:
        await websocket.send_str(CONNECT)
        with contextlib.suppress(ConnectionError, aiohttp.ClientError):
            await websocket.send_str(f'42/products,["subscribe_to_seller","{character * 2**21}"]')
        await ended(websocket)


async def test_a_failed_upgrade_leaves_polling_intact(
    instance: Instance, bystander: PythonClient
) -> None:
    async with polling_session(instance) as poll, aiohttp.ClientSession() as session:
        url = f"{instance.url}{SOCKET_PATH}websocket&sid={poll.sid}"
        async with session.ws_connect(url):
            pass
        await poll.send(CONNECT)
        assert (await poll.receive())[0].startswith(CONNECT)
        await poll.send("1")


@pytest.mark.parametrize("path", ["?EIO=3&transport=polling", "?EIO=4&transport=x", "?sid=none"])
async def test_requests_that_fit_no_session_are_refused(
    instance: Instance, bystander: PythonClient, path: str
) -> None:
    async with aiohttp.ClientSession() as session:
        for method in ("GET", "POST"):
            async with session.request(method, f"{instance.url}/socket.io/{path}") as answer:
                assert answer.status == 400
