"""A request is sent once, over a kept connection, through the proxy, to a trusted server."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from assembly_service.aws import http_client
from assembly_service.aws.http_client import HttpAnswer, HttpClient, NotAnswered, NotConnected
from tests.aws.raw_server import FINE, Answer, Connection, RawServer, running, through
from tests.harness.certificates import make_authority
from tests.harness.valkey import free_port

HEADERS = {"content-type": "application/x-amz-json-1.0", "host": "aws.invalid"}


def client_of(
    url: str, *, proxy: str | None = None, bundle: Path | None = None, answer_seconds: float = 5
) -> HttpClient:
    named = None if bundle is None else str(bundle)
    return HttpClient(url, proxy=proxy, bundle=named, answer_seconds=answer_seconds)


async def post(client: HttpClient) -> HttpAnswer:
    return await client.post(b"{}", HEADERS)


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    async with running() as server:
        yield server


@pytest.fixture
async def client(server: RawServer) -> AsyncIterator[HttpClient]:
    async with client_of(f"http://127.0.0.1:{server.port}/") as client:
        yield client


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "_CONNECT_SECONDS", 0.2)


async def cut(connection: Connection) -> None:
    await connection.close()


async def cut_short(connection: Connection) -> None:
    await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")
    await connection.close()


async def send_and_close(connection: Connection) -> None:
    await connection.send()
    await connection.close()


async def never(connection: Connection) -> None:
    await connection.reader.read()


async def trickle(connection: Connection) -> None:
    await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n")
    while True:
        await connection.send(b" ")
        await asyncio.sleep(0.02)


async def test_a_connection_serves_one_request_after_another(
    server: RawServer, client: HttpClient
) -> None:
    for _ in range(3):
        assert (await post(client)).content == b"{}"
    assert (len(server.requests), server.connections) == (3, 1)
    assert server.requests[0].headers["host"] == "aws.invalid"


async def test_a_connection_that_was_closed_after_an_answer_is_replaced(
    server: RawServer, client: HttpClient
) -> None:
    server.answers = [send_and_close]
    for _ in range(3):
        await post(client)
    assert (len(server.requests), server.connections) == (3, 3)


@pytest.mark.parametrize("break_off", [cut, cut_short])
async def test_a_request_whose_kept_connection_breaks_is_not_sent_again(
    server: RawServer, client: HttpClient, break_off: Answer
) -> None:
    server.answers = [Connection.send, break_off, Connection.send]
    await post(client)
    with pytest.raises(NotAnswered):
        await post(client)
    assert len(server.requests) == 2
    assert (await post(client)).status == 200


@pytest.mark.parametrize("slow", [never, trickle])
@pytest.mark.usefixtures("quick")
async def test_an_answer_has_to_end_in_time(server: RawServer, slow: Answer) -> None:
    server.answers = [slow]
    async with client_of(f"http://127.0.0.1:{server.port}/", answer_seconds=0.1) as client:
        with pytest.raises(TimeoutError):
            await post(client)
    assert len(server.requests) == 1


async def test_a_call_that_is_cancelled_while_it_waits_for_a_connection_is_never_sent(
    server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_client, "_CONNECTIONS", 1)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def wait(connection: Connection) -> None:
        begun.set()
        await go_on.wait()
        await connection.send()

    server.answers = [wait, Connection.send]
    async with client_of(f"http://127.0.0.1:{server.port}/") as client:
        first = asyncio.ensure_future(post(client))
        await begun.wait()
        waiting = asyncio.ensure_future(post(client))
        await asyncio.sleep(0)
        waiting.cancel()
        go_on.set()
        await first
        await post(client)
    assert waiting.cancelled()
    assert len(server.requests) == 2


async def test_a_call_that_was_cancelled_holds_no_other_one_up(
    server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_client, "_CONNECTIONS", 1)
    begun = asyncio.Event()

    async def wait(connection: Connection) -> None:
        begun.set()
        await connection.reader.read()

    server.answers = [wait, Connection.send]
    async with client_of(f"http://127.0.0.1:{server.port}/") as client:
        call = asyncio.ensure_future(post(client))
        await begun.wait()
        call.cancel()
        assert (await post(client)).status == 200
    assert call.cancelled()


async def test_there_are_no_more_connections_than_allowed(
    server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_client, "_CONNECTIONS", 2)
    async with client_of(f"http://127.0.0.1:{server.port}/") as client:
        await asyncio.gather(*(post(client) for _ in range(9)))
    assert len(server.requests) == 9
    assert server.connections <= 2


@pytest.mark.usefixtures("quick")
async def test_waiting_for_a_connection_counts_as_waiting_for_the_answer(
    server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_client, "_CONNECTIONS", 1)
    async with client_of(f"http://127.0.0.1:{server.port}/", answer_seconds=0) as client:
        async with client._free:
            with pytest.raises(TimeoutError):
                await post(client)
        assert not server.requests
        assert (await post(client)).status == 200


async def test_a_redirect_is_an_answer(server: RawServer, client: HttpClient) -> None:
    moved = b"HTTP/1.1 307 Moved\r\nLocation: http://aws.invalid/\r\nContent-Length: 0\r\n\r\n"
    server.answers = [lambda connection: connection.send(moved)]
    assert (await post(client)).status == 307


async def test_an_answer_is_neither_asked_for_in_a_compressed_form_nor_unpacked(
    server: RawServer, client: HttpClient
) -> None:
    packed = FINE.replace(b"\r\n", b"\r\nContent-Encoding: gzip\r\n", 1)
    server.answers = [lambda connection: connection.send(packed)]
    assert (await post(client)).content == b"{}"
    assert "accept-encoding" not in server.requests[0].headers


async def test_an_endpoint_may_have_an_ipv6_address() -> None:
    async with running(host="::1") as server, client_of(f"http://[::1]:{server.port}/") as client:
        assert (await post(client)).status == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "aws.invalid"])
async def test_without_a_connection_nothing_was_sent(host: str) -> None:
    async with client_of(f"http://{host}:{free_port()}/") as client:
        with pytest.raises(NotConnected) as caught:
            await post(client)
    assert not caught.value.at_proxy
    assert host in str(caught.value)


async def test_https_goes_through_a_tunnel_of_the_proxy(tmp_path: Path) -> None:
    bundle, context = make_authority(tmp_path, "own")
    async with running(tls=context) as server, running() as proxy:
        proxy.answers = [through(server.port)]
        named = f"http://user:p%40ss@127.0.0.1:{proxy.port}"
        async with client_of("https://aws.invalid/", proxy=named, bundle=bundle) as client:
            await post(client)
            await post(client)
    [connect] = proxy.requests
    assert connect.line == "CONNECT aws.invalid:443 HTTP/1.1"
    assert connect.headers["proxy-authorization"] == "Basic dXNlcjpwQHNz"
    assert [request.line for request in server.requests] == ["POST / HTTP/1.1"] * 2
    assert "proxy-authorization" not in server.requests[0].headers


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", ["127.0.0.1", "proxy.invalid"])
async def test_a_proxy_that_cannot_be_reached_is_named_without_its_password(
    scheme: str, host: str
) -> None:
    end = f"{host}:{free_port()}"
    async with client_of(f"{scheme}://aws.invalid/", proxy=f"http://u:PWPW@{end}") as client:
        with pytest.raises(NotConnected) as caught:
            await post(client)
    assert caught.value.at_proxy
    assert end in str(caught.value)
    assert "PWPW" not in str(caught.value)


@pytest.mark.parametrize("status", ["403 No", "407 Proxy Authentication Required", "502 Bad"])
async def test_a_proxy_that_refuses_a_tunnel_differs_from_aws(
    server: RawServer, status: str
) -> None:
    refusal = f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()
    server.answers = [lambda connection: connection.send(refusal)]
    proxy = f"http://127.0.0.1:{server.port}"
    async with client_of("https://aws.invalid/", proxy=proxy) as client:
        with pytest.raises(NotConnected) as caught:
            await post(client)
    assert caught.value.at_proxy


async def test_only_a_trusted_server_is_talked_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, context = make_authority(tmp_path, "own")
    other, _ = make_authority(tmp_path, "other")
    async with running(tls=context) as server:

        async def trusts(bundle: Path | None, host: str = "127.0.0.1") -> bool:
            async with client_of(f"https://{host}:{server.port}/", bundle=bundle) as client:
                [answer] = await asyncio.gather(post(client), return_exceptions=True)
            assert isinstance(answer, HttpAnswer) or "certificate" in str(answer)
            return isinstance(answer, HttpAnswer)

        assert not await trusts(None)
        assert await trusts(own)
        assert not await trusts(own, host="localhost")
        # The system's certificates, as OpenSSL's variables name them.
        monkeypatch.setenv("SSL_CERT_FILE", str(own))
        assert await trusts(None)
        assert not await trusts(other)
        assert os.environ["SSL_CERT_FILE"] == str(own)
        monkeypatch.delenv("SSL_CERT_FILE")
        monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
        assert not await trusts(other)
        assert "SSL_CERT_FILE" not in os.environ
        assert os.environ["SSL_CERT_DIR"] == str(tmp_path)
    assert len(server.requests) == 2


async def test_a_system_without_certificates_is_no_obstacle(
    server: RawServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    async with client_of(f"http://127.0.0.1:{server.port}/") as client:
        assert (await post(client)).status == 200
