"""Compression, CORS and HEAD."""

import gzip
import json
from typing import Any

import pytest
from aiohttp import ClientSession, web

from tests.harness.web import Shelf, make_product, products_path

ORIGIN = "https://shop.example"


async def raw(api: ClientSession, path: str, accepted: str) -> tuple[Any, bytes]:
    """Return the headers and the body as sent over the wire."""
    async with (
        ClientSession(api._base_url, auto_decompress=False) as session,
        session.get(path, headers={"Accept-Encoding": accepted}) as response,
    ):
        return response.headers, await response.read()


@pytest.mark.parametrize("accepted", ["gzip", "deflate, gzip;q=0.5, br", "*", "GZIP"])
async def test_a_large_body_is_compressed_for_clients_that_accept_gzip(
    api: ClientSession, shelf: Shelf, accepted: str
) -> None:
    await shelf.put(*(make_product(f"v{number}") for number in range(20)))
    plain_headers, plain = await raw(api, products_path(), "identity")
    headers, body = await raw(api, products_path(), accepted)
    assert headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body) == plain
    assert len(body) < len(plain) / 3
    assert headers["ETag"] == plain_headers["ETag"]
    assert "Accept-Encoding" in headers["Vary"]
    assert "Accept-Encoding" in plain_headers["Vary"]


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "*, gzip; q=0.0", "br"])
async def test_a_body_is_not_compressed_for_clients_that_do_not_accept_gzip(
    api: ClientSession, shelf: Shelf, accepted: str
) -> None:
    await shelf.put(*(make_product(f"v{number}") for number in range(20)))
    headers, body = await raw(api, products_path(), accepted)
    assert "Content-Encoding" not in headers
    assert json.loads(body)["pagination"]["count"] == 20


async def test_a_small_body_is_not_compressed(api: ClientSession) -> None:
    headers, _ = await raw(api, products_path(), "gzip")
    assert "Content-Encoding" not in headers


async def test_an_admitted_origin_may_read_answers_and_errors(api: ClientSession) -> None:
    for path in (products_path(), products_path("no~body"), "/nothing"):
        async with api.get(path, headers={"Origin": ORIGIN}) as response:
            assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
            assert "ETag" in response.headers["Access-Control-Expose-Headers"]
            assert "Origin" in response.headers["Vary"]


@pytest.mark.parametrize(
    "origin",
    ["https://shop.example.evil", "http://shop.example", "https://shop.example:8443", "null", None],
)
async def test_no_other_origin_is_admitted(api: ClientSession, origin: str | None) -> None:
    headers = {"Origin": origin} if origin else {}
    async with api.get(products_path(), headers=headers) as response:
        assert response.status == 200
        assert "Access-Control-Allow-Origin" not in response.headers
        assert "Origin" in response.headers["Vary"]


async def test_a_preflight_admits_what_polling_needs(api: ClientSession) -> None:
    headers = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "if-none-match",
    }
    async with api.options(products_path(), headers=headers) as response:
        assert response.status == 204
        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "GET" in response.headers["Access-Control-Allow-Methods"]
        assert "If-None-Match" in response.headers["Access-Control-Allow-Headers"]
    async with api.options("/nothing", headers=headers) as response:
        assert response.status == 404


@pytest.mark.parametrize("sent", ["https://SHOP.example", "https://shop.example:443"])
async def test_an_origin_in_another_spelling_is_the_same(api: ClientSession, sent: str) -> None:
    async with api.get(products_path(), headers={"Origin": sent}) as response:
        # Browsers compare it with what they sent.
        assert response.headers["Access-Control-Allow-Origin"] == sent


async def test_a_preflight_admits_the_headers_of_tracing_and_no_credentials(
    api: ClientSession,
) -> None:
    headers = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "baggage,sentry-trace",
    }
    async with api.options(products_path(), headers=headers) as response:
        allowed = response.headers["Access-Control-Allow-Headers"].split(", ")
        assert {"baggage", "sentry-trace", "traceparent", "x-request-id"} <= set(allowed)
        assert "Access-Control-Allow-Credentials" not in response.headers


async def test_a_preflight_from_another_origin_admits_nothing(api: ClientSession) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
    async with api.options(products_path(), headers=headers) as response:
        assert not [name for name in response.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize(
    "path",
    [products_path(), f"{products_path()}/v1", "/health", "/metrics", "/api/docs", "/nothing"],
)
async def test_head_answers_as_get_does_but_without_a_body(
    api: ClientSession, shelf: Shelf, path: str
) -> None:
    await shelf.put(make_product("v1"))
    async with api.get(path) as full, api.head(path) as head:
        assert head.status == full.status
        assert await head.read() == b""
        for name in ("Content-Type", "ETag", "Cache-Control"):
            assert head.headers.get(name) == full.headers.get(name)


class TestBesideSockets:
    """Socket.IO answers requests below its path by rules of its own."""

    @pytest.fixture
    def application(self, application: web.Application) -> web.Application:
        async def answer(_: web.Request) -> web.Response:
            return web.Response(body=b"x" * 5_000, status=400)

        application.router.add_get("/socket.io/", answer)
        return application

    async def test_its_answers_pass_unchanged(self, api: ClientSession) -> None:
        async with api.get("/socket.io/?EIO=4", headers={"Origin": ORIGIN}) as response:
            assert await response.read() == b"x" * 5_000
            assert not {"Content-Encoding", "Vary", "Access-Control-Allow-Origin"} & {
                *response.headers
            }
