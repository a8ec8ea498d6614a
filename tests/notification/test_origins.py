"""Whose pages may connect."""

import aiohttp
import pytest

from tests.notification.raw import SOCKET_PATH, raw_websocket
from tests.notification.support import plain_settings, running_instance

SHOP = "https://shop.example"


async def _status(url: str, headers: dict[str, str]) -> int:
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        allowed = answer.headers.get("Access-Control-Allow-Origin")
        assert allowed == (headers["Origin"] if answer.status == 200 else None)
        return answer.status


@pytest.mark.parametrize(
    "origin",
    [
        "https://shop.example.evil.example",
        "http://shop.example",
        "https://shop.example:8443",
        "https://evil.example",
        "null",
        "*",
    ],
)
async def test_origins_are_matched_exactly(origin: str) -> None:
    settings = plain_settings(websocket_cors_origins=(SHOP,))
    async with running_instance(settings=settings) as instance:
        url = f"{instance.url}{SOCKET_PATH}polling"
        assert await _status(url, {"Origin": SHOP}) == 200
        assert await _status(url, {"Origin": origin}) == 400
        with pytest.raises(aiohttp.WSServerHandshakeError):
            async with raw_websocket(instance, headers={"Origin": origin}):
                pass
        async with raw_websocket(instance, headers={"Origin": SHOP}):
            pass


@pytest.mark.parametrize("origins", [(), (SHOP,)])
async def test_pages_of_the_service_itself_may_always_connect(origins: tuple[str, ...]) -> None:
    settings = plain_settings(websocket_cors_origins=origins)
    async with running_instance(settings=settings) as instance:
        url = f"{instance.url}{SOCKET_PATH}polling"
        assert await _status(url, {"Origin": instance.url}) == 200
        behind_a_proxy = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "products.example"}
        assert await _status(url, {"Origin": "https://products.example", **behind_a_proxy}) == 200
        assert await _status(url, {"Origin": "https://evil.example", **behind_a_proxy}) == 400


async def test_by_default_no_other_page_may_connect() -> None:
    async with running_instance() as instance:
        url = f"{instance.url}{SOCKET_PATH}polling"
        assert await _status(url, {"Origin": SHOP}) == 400
