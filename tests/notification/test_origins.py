"""Origins whose pages may connect."""

from ipaddress import ip_network

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


@pytest.mark.parametrize(
    "origin", ["https://Shop.Example", "https://shop.example:443", "wss://shop.example"]
)
async def test_an_origin_written_in_another_way_is_the_same(origin: str) -> None:
    settings = plain_settings(websocket_cors_origins=(SHOP,))
    async with running_instance(settings=settings) as instance:
        assert await _status(f"{instance.url}{SOCKET_PATH}polling", {"Origin": origin}) == 200
        async with raw_websocket(instance, headers={"Origin": origin}):
            pass


async def test_clients_that_send_their_socket_as_origin_count_as_the_service_itself() -> None:
    async with running_instance() as instance:
        headers = {"Origin": instance.url.replace("http", "ws")}
        assert await _status(f"{instance.url}{SOCKET_PATH}polling", headers) == 200


@pytest.mark.parametrize("listed", ["capacitor://localhost", "null"])
async def test_any_scheme_may_be_listed_and_null_only_if_it_is(listed: str) -> None:
    settings = plain_settings(websocket_cors_origins=(listed,))
    async with running_instance(settings=settings) as instance:
        url = f"{instance.url}{SOCKET_PATH}polling"
        for origin in ("capacitor://localhost", "null"):
            expected = 200 if origin == listed else 400
            assert await _status(url, {"Origin": origin}) == expected


async def test_sockets_never_accept_credentials() -> None:
    settings = plain_settings(websocket_cors_origins=(SHOP,))
    async with (
        running_instance(settings=settings) as instance,
        aiohttp.ClientSession() as session,
        session.get(f"{instance.url}{SOCKET_PATH}polling", headers={"Origin": SHOP}) as answer,
    ):
        assert answer.status == 200
        assert "Access-Control-Allow-Credentials" not in answer.headers


async def test_jsonp_is_not_supported() -> None:
    async with (
        running_instance() as instance,
        aiohttp.ClientSession() as session,
        session.get(f"{instance.url}{SOCKET_PATH}polling&j=0") as answer,
    ):
        assert answer.status == 400
        assert "JSONP" in await answer.text()


async def test_the_path_without_a_trailing_slash_works_on_both_transports() -> None:
    async with running_instance() as instance, aiohttp.ClientSession() as session:
        bare = instance.url + SOCKET_PATH.replace("/?", "?")
        async with session.get(f"{bare}polling") as answer:
            assert answer.status == 200
            assert (await answer.text()).startswith("0{")
        async with session.ws_connect(f"{bare}websocket") as websocket:
            assert (await websocket.receive_str()).startswith("0{")


@pytest.mark.parametrize("origins", [(), (SHOP,)])
async def test_pages_of_the_service_itself_may_always_connect(origins: tuple[str, ...]) -> None:
    settings = plain_settings(websocket_cors_origins=origins)
    async with running_instance(settings=settings) as instance:
        url = f"{instance.url}{SOCKET_PATH}polling"
        assert await _status(url, {"Origin": instance.url}) == 200


BEHIND_A_PROXY = [
    {"Host": "products.example:443", "X-Forwarded-Proto": "https"},
    {"X-Forwarded-Proto": "wss", "X-Forwarded-Host": "Products.Example"},
    {"Forwarded": 'for=192.0.2.7;host="products.example";proto=https'},
]


@pytest.mark.parametrize("headers", BEHIND_A_PROXY, ids=str)
async def test_a_trusted_proxy_determines_the_services_own_origin(
    headers: dict[str, str],
) -> None:
    for trusted in (1, (ip_network("127.0.0.0/8"),)):
        settings = plain_settings(trusted_proxies=trusted)
        async with running_instance(settings=settings) as instance:
            url = f"{instance.url}{SOCKET_PATH}polling"
            assert await _status(url, {"Origin": "https://products.example", **headers}) == 200
            assert await _status(url, {"Origin": "https://evil.example", **headers}) == 400


@pytest.mark.parametrize("headers", BEHIND_A_PROXY, ids=str)
async def test_nothing_else_determines_the_services_own_origin(headers: dict[str, str]) -> None:
    for trusted in (0, (ip_network("10.0.0.0/8"),)):
        settings = plain_settings(trusted_proxies=trusted)
        async with running_instance(settings=settings) as instance:
            url = f"{instance.url}{SOCKET_PATH}polling"
            assert await _status(url, {"Origin": "https://products.example", **headers}) == 400


async def test_with_public_hosts_no_other_host_is_the_service_itself() -> None:
    settings = plain_settings(public_hosts=("Products.Example", "[::1]:8443"))
    async with running_instance(settings=settings) as instance:
        url = f"{instance.url}{SOCKET_PATH}polling"
        for own in ("https://products.example", "http://products.example", "https://[::1]:8443"):
            assert await _status(url, {"Origin": own}) == 200
        for other in (instance.url, "https://products.example:8443", "https://[::1]"):
            assert await _status(url, {"Origin": other}) == 400
        # A page whose own host was made to resolve to this service's address.
        rebound = {"Host": "evil.example", "Origin": "http://evil.example"}
        assert await _status(url, rebound) == 400


async def test_by_default_no_other_page_may_connect() -> None:
    async with running_instance() as instance:
        url = f"{instance.url}{SOCKET_PATH}polling"
        assert await _status(url, {"Origin": SHOP}) == 400
