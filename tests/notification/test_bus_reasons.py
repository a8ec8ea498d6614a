"""The log and health say why the bus is unusable, without quoting the password."""

import asyncio
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
import redis.asyncio
import uvloop
from structlog.testing import capture_logs

from assembly_service.notification.bus_errors import bus_call, reason_of
from tests.harness.valkey import Valkey
from tests.notification.buses import on_the_bus
from tests.notification.support import product, until


async def demand_password(server: Valkey, password: str) -> None:
    async with redis.asyncio.Redis.from_url(server.url) as operator:
        await operator.config_set("requirepass", password)


async def test_the_password_of_the_bus_is_never_logged(
    own_valkey: Valkey, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    await demand_password(own_valkey, "another")
    url = own_valkey.url.replace("redis://", "redis://:hush-hush@")
    async with on_the_bus(url) as instance:
        await instance.announce(product("v1"))
        assert instance.notification.bus_failure
    output = capfd.readouterr()
    assert "bus_lost" in output.out
    assert "hush" not in output.out + output.err + caplog.text


def _lines(logs: Sequence[Mapping[str, Any]], event: str) -> list[tuple[str, str | None]]:
    """The sides and reasons of the log lines of an event, in order."""
    return [(line["side"], line.get("reason")) for line in logs if line["event"] == event]


async def test_an_outage_is_logged_when_its_reason_changes_and_its_end_once(
    own_valkey: Valkey,
) -> None:
    with capture_logs() as logs:
        async with on_the_bus(own_valkey.url, service_role="worker") as worker:
            own_valkey.stop()
            for number in range(20):
                await worker.announce(product(f"v{number}"))
            await until(lambda: "nothing listens" in str(worker.notification.bus_failure))
            own_valkey.start()
            await until(lambda: not worker.notification.bus_failure)
    lost = _lines(logs, "bus_lost")
    assert ("publish", "nothing listens at SOCKETIO_REDIS_URL") in lost
    assert all(one != following for one, following in pairwise(lost))
    assert _lines(logs, "bus_restored") == [("publish", None)]


_REFUSED = "the user or password in SOCKETIO_REDIS_URL is refused"


@pytest.mark.parametrize("role", ["all", "worker"])
@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("redis://:wrong@{host}", _REFUSED),
        ("redis://127.0.0.1:9", "nothing listens at SOCKETIO_REDIS_URL"),
    ],
)
async def test_a_wrong_address_or_password_is_reported_at_start(
    own_valkey: Valkey, role: str, url: str, reason: str
) -> None:
    await demand_password(own_valkey, "right")
    given = url.format(host=own_valkey.url.removeprefix("redis://"))
    with capture_logs() as logs:
        async with on_the_bus(given, service_role=role) as instance:
            assert instance.notification.bus_failure == reason
    sides = {"publish"} if role == "worker" else {"publish", "subscribe"}
    lost = _lines(logs, "bus_lost")
    assert sorted(lost) == sorted((side, reason) for side in sides)


def test_an_unknown_host_is_told_apart_from_one_that_refuses_connections() -> None:
    failed = redis.exceptions.ConnectionError("Error -2 connecting to redis.exmaple:6379.")
    failed.__context__ = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    assert reason_of(failed) == "the host in SOCKETIO_REDIS_URL is unknown"


async def test_a_database_number_that_the_server_does_not_have_is_reported(valkey: str) -> None:
    async with on_the_bus(f"{valkey}/16") as instance:
        reason = "the database number in SOCKETIO_REDIS_URL is refused"
        assert instance.notification.bus_failure == reason


@pytest.mark.parametrize(
    ("answer", "part"),
    [
        ("unknown command `HELLO`, with args beginning with: `3`, ", "without HELLO"),
        ("NOPROTO unsupported protocol version", "without HELLO"),
        ("SELECT is not allowed in cluster mode", "database number"),
        ("max number of clients reached", "maxclients"),
        ("max number of clients + cluster connections reached", "maxclients"),
        ("BUSY Redis is busy running a script.", "the connection fails (ResponseError)"),
        ("unknown command 'PUBLISH'", "the connection fails (ResponseError)"),
    ],
)
def test_a_refusal_is_reported_as_what_it_is_or_as_unknown(answer: str, part: str) -> None:
    assert part in reason_of(redis.exceptions.ResponseError(answer))


async def test_a_server_that_does_not_know_hello_is_told_apart() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65_536):
            writer.write(b"-ERR unknown command 'HELLO'\r\n")
        writer.close()

    connections: list[asyncio.Task[None]] = []

    def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(asyncio.create_task(refuse(reader, writer)))

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with on_the_bus(url, service_role="worker") as worker:
            assert worker.notification.bus_failure == (
                "the server at SOCKETIO_REDIS_URL is older than Redis 6, or a proxy without HELLO"
            )
        await asyncio.gather(*connections)


async def test_a_user_without_access_to_the_channel_is_reported(own_valkey: Valkey) -> None:
    async with redis.asyncio.Redis.from_url(own_valkey.url) as operator:
        await operator.acl_setuser(
            "shop", enabled=True, passwords=["+pass"], categories=["+@all"], channels=["socketio"]
        )
    url = own_valkey.url.replace("redis://", "redis://shop:pass@")
    async with on_the_bus(url) as instance:
        reason = "the user in SOCKETIO_REDIS_URL may not use the channel"
        assert instance.notification.bus_failure == reason


async def test_a_password_set_while_the_service_runs_is_reported_as_a_new_reason(
    own_valkey: Valkey,
) -> None:
    with capture_logs() as logs:
        async with (
            on_the_bus(own_valkey.url, service_role="worker") as worker,
            redis.asyncio.Redis.from_url(own_valkey.url) as operator,
        ):
            own_valkey.stop()
            await worker.announce(product("v1"))
            own_valkey.start()
            await operator.config_set("requirepass", "changed")
            await operator.client_kill_filter(_type="normal", skipme=False)
            await worker.announce(product("v2"))
            await until(lambda: worker.notification.bus_failure == _REFUSED)
    assert ("publish", _REFUSED) in _lines(logs, "bus_lost")


def test_a_write_to_a_transport_that_was_just_closed_counts_as_a_lost_connection() -> None:
    """uvloop raises RuntimeError there; asyncio's own transports raise nothing."""

    async def write_after_close() -> None:
        server = await asyncio.start_server(
            lambda _, writer: writer.transport.abort(), "127.0.0.1", 0
        )
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            with suppress(ConnectionError):
                await reader.read()
            writer.transport.abort()
            async with bus_call(10):
                while True:
                    writer.write(b"PING")
                    await asyncio.sleep(0)

    with (
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        pytest.raises(ConnectionResetError, match="the handler is closed"),
    ):
        runner.run(write_after_close())


async def test_a_bug_does_not_count_as_a_lost_connection() -> None:
    with pytest.raises(RuntimeError, match="a bug"):
        async with bus_call(10):
            raise RuntimeError("a bug")
