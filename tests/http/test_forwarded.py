"""The client's address and the URL it used, behind trusted proxies and others."""

from ipaddress import ip_network

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from assembly_service.http.forwarded import client_address, origin_sent_to, stripped_prefix
from assembly_service.settings.values import TrustedProxies

CLIENT, FORGED = "198.51.100.7", "203.0.113.99"
OURS = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def sent(*headers: tuple[str, str], peer: str = "10.0.0.1") -> web.Request:
    given = CIMultiDict([("Host", "inner:3002"), *headers])
    return make_mocked_request("GET", "/", headers=given).clone(remote=peer)


def address(trusted: TrustedProxies, *forwarded: str, peer: str = "10.0.0.1") -> str:
    named = [("X-Forwarded-For", each) for each in forwarded]
    return client_address(sent(*named, peer=peer), trusted)


@pytest.mark.parametrize("forwarded", [(), (FORGED,), (f"{FORGED}, {FORGED}",)])
def test_without_trusted_proxies_the_address_is_the_peers(forwarded: tuple[str, ...]) -> None:
    assert address(0, *forwarded, peer=CLIENT) == CLIENT
    assert address((), *forwarded, peer=CLIENT) == CLIENT


@pytest.mark.parametrize(
    ("trusted", "forwarded"),
    [
        (1, [CLIENT]),
        (1, [f"{FORGED}, {CLIENT}"]),
        (1, [FORGED, CLIENT]),
        (2, [f"{FORGED}, {CLIENT}, 10.0.0.2"]),
        (2, [f"{FORGED},{CLIENT}", "10.0.0.2"]),
        (3, [CLIENT]),
        (OURS, [CLIENT]),
        (OURS, [f"{FORGED}, {CLIENT}"]),
        (OURS, [f"{FORGED}, {CLIENT}, 10.3.4.5, fd00::1"]),
        (OURS, [f"10.9.9.9, {CLIENT}, 10.3.4.5"]),
        (1, [f"{CLIENT}:4711"]),
        (1, [f"::ffff:{CLIENT}"]),
    ],
)
def test_the_address_is_the_one_that_the_outermost_trusted_proxy_saw(
    trusted: TrustedProxies, forwarded: list[str]
) -> None:
    assert address(trusted, *forwarded) == CLIENT


def test_a_client_outside_the_networks_of_the_proxies_is_not_believed() -> None:
    assert address(OURS, FORGED, peer=CLIENT) == CLIENT


def test_an_ipv6_address_may_have_a_port() -> None:
    assert address(1, "[2001:db8::7]:4711") == "2001:db8::7"
    assert address(1, "2001:DB8:0::7") == "2001:db8::7"


@pytest.mark.parametrize("nonsense", ["unknown", "<script>", "1.2.3", "_hidden"])
def test_an_invalid_address_falls_back_to_the_peers(nonsense: str) -> None:
    assert address(1, nonsense) == "10.0.0.1"
    assert address(OURS, nonsense) == "10.0.0.1"


def test_a_request_through_a_unix_socket_has_no_address() -> None:
    assert address(0, peer="") == "unknown"


@pytest.mark.parametrize(
    ("trusted", "forwarded"),
    [
        (1, f"for={CLIENT}"),
        (1, f'for={FORGED}, For="{CLIENT}:4711";proto=https'),
        (2, f"for={FORGED}, for={CLIENT}, for=10.0.0.2"),
        (OURS, f'for={FORGED}, for={CLIENT}, for="[fd00::1]:80", for=10.3.4.5'),
    ],
)
def test_the_standard_header_says_the_same(trusted: TrustedProxies, forwarded: str) -> None:
    assert client_address(sent(("Forwarded", forwarded)), trusted) == CLIENT


def test_a_proxy_that_names_no_address_does_not_expose_what_others_said() -> None:
    assert client_address(sent(("Forwarded", f"for={FORGED}, proto=https")), 1) == "10.0.0.1"


def test_the_standard_header_is_ignored_beside_the_older_ones() -> None:
    headers = [("Forwarded", f"for={FORGED};host=evil.example;proto=https")]
    headers += [("X-Forwarded-For", CLIENT)]
    assert client_address(sent(*headers), 1) == CLIENT
    assert origin_sent_to(sent(*headers), 1) == "http://inner:3002"


@pytest.mark.parametrize(
    ("trusted", "headers", "origin"),
    [
        (1, {}, "http://inner:3002"),
        (1, {"X-Forwarded-Proto": "https"}, "https://inner:3002"),
        (1, {"X-Forwarded-Host": "evil.example, shop.example"}, "http://shop.example"),
        (2, {"X-Forwarded-Proto": "https, http"}, "https://inner:3002"),
        (1, {"X-Forwarded-Host": "shop.example/path"}, None),
        (0, {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "shop"}, "http://inner:3002"),
        (OURS, {"X-Forwarded-Host": "shop.example:443"}, "http://shop.example:443"),
        (OURS[1:], {"X-Forwarded-Host": "shop.example"}, "http://inner:3002"),
    ],
)
def test_the_outermost_trusted_proxy_says_which_url_was_used(
    trusted: TrustedProxies, headers: dict[str, str], origin: str | None
) -> None:
    assert origin_sent_to(sent(*headers.items()), trusted) == origin


@pytest.mark.parametrize(
    ("trusted", "given", "prefix"),
    [
        (1, ["/assembly"], "/assembly"),
        (1, ["/assembly/"], "/assembly"),
        (1, ["/forged", "/assembly"], "/assembly"),
        (2, ["/outer", "/inner"], "/outer/inner"),
        (OURS, ["/a/b-c.d~e_f"], "/a/b-c.d~e_f"),
        (1, [], ""),
        (1, ["/"], ""),
        (1, ["//evil.example"], ""),
        (1, ["evil.example"], ""),
        (1, ['/a"><script>'], ""),
        (1, ["/a%0d"], ""),
        (0, ["/assembly"], ""),
        (OURS[1:], ["/assembly"], ""),
    ],
)
def test_the_prefix_is_the_path_that_trusted_proxies_stripped(
    trusted: TrustedProxies, given: list[str], prefix: str
) -> None:
    request = sent(*(("X-Forwarded-Prefix", each) for each in given))
    assert stripped_prefix(request, trusted) == prefix
