"""Whose address a request came from, behind proxies whose word counts and those whose does not."""

from ipaddress import ip_network

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from assembly_service.http.client_address import client_address
from assembly_service.setting_types import TrustedProxies

CLIENT, FORGED = "198.51.100.7", "203.0.113.99"
OURS = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def address(trusted: TrustedProxies, *forwarded: str, peer: str = "10.0.0.1") -> str:
    headers = CIMultiDict([("X-Forwarded-For", each) for each in forwarded])
    request = make_mocked_request("GET", "/", headers=headers).clone(remote=peer)
    return client_address(request, trusted)


@pytest.mark.parametrize("forwarded", [(), (FORGED,), (f"{FORGED}, {FORGED}",)])
def test_without_trusted_proxies_it_is_the_peers(forwarded: tuple[str, ...]) -> None:
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
def test_it_is_whom_the_last_trusted_proxy_saw(
    trusted: TrustedProxies, forwarded: list[str]
) -> None:
    assert address(trusted, *forwarded) == CLIENT


def test_a_client_that_does_not_come_through_the_networks_of_the_proxies_is_not_believed() -> None:
    assert address(OURS, FORGED, peer=CLIENT) == CLIENT


def test_an_address_of_version_6_may_have_a_port() -> None:
    assert address(1, "[2001:db8::7]:4711") == "2001:db8::7"
    assert address(1, "2001:DB8:0::7") == "2001:db8::7"


@pytest.mark.parametrize("nonsense", ["unknown", "<script>", "1.2.3", "_hidden"])
def test_what_is_no_address_falls_back_to_the_peers(nonsense: str) -> None:
    assert address(1, nonsense) == "10.0.0.1"
    assert address(OURS, nonsense) == "10.0.0.1"


def test_a_request_over_a_path_has_no_address() -> None:
    assert address(0, peer="") == "unknown"
