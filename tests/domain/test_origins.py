"""Equal origins have one form."""

import pytest

from assembly_service.domain.addresses import url_of
from assembly_service.domain.origins import normalised_origin


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("https://shop.example", "https://shop.example"),
        ("HTTPS://Shop.Example", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://shop.example:80", "http://shop.example"),
        ("http://shop.example:443", "http://shop.example:443"),
        ("https://shop.example:8443", "https://shop.example:8443"),
        ("ws://127.0.0.1:3002", "http://127.0.0.1:3002"),
        ("wss://shop.example:443", "https://shop.example"),
        ("http://[::1]:3002", "http://[::1]:3002"),
        ("capacitor://localhost", "capacitor://localhost"),
        ("ionic://localhost", "ionic://localhost"),
        ("app://-", "app://-"),
        ("null", "null"),
    ],
)
def test_equal_origins_have_one_form(sent: str, meant: str) -> None:
    assert normalised_origin(sent) == meant


@pytest.mark.parametrize(
    "text",
    [
        *("", "*", "shop.example", "https://", "https://shop.example/", "https://*.example"),
        *("//a", "https://a b", "https://user@shop.example", "https://a,https://b"),
    ],
)
def test_text_that_is_not_an_origin_has_none(text: str) -> None:
    assert normalised_origin(text) is None


def test_an_ipv6_address_is_put_in_brackets() -> None:
    assert url_of("::1", 3002) == "http://[::1]:3002"
    assert url_of("127.0.0.1", 3002) == "http://127.0.0.1:3002"
