"""A WebSocket opens for those who ask for it properly, deflated for those who can inflate."""

from unittest import mock

import pytest
from aiohttp import HttpVersion10, web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from assembly_service.notification.socketio.handshake import Handshake, handshake

GOOD = {
    "Connection": "keep-alive, Upgrade",
    "Upgrade": "WebSocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
BOTH = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"


def opened(**headers: str) -> Handshake:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return handshake(make_mocked_request("GET", "/socket.io/", headers=GOOD | named))


def test_the_example_of_the_rfc_is_answered() -> None:
    assert opened() == Handshake(
        b"HTTP/1.1 101 Switching Protocols\r\n"
        b"Upgrade: websocket\r\n"
        b"Connection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
        window_bits=0,
    )


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Connection", "keep-alive"),
        ("Upgrade", "h2c"),
        ("Sec_WebSocket_Version", "8"),
        ("Sec_WebSocket_Key", ""),
        ("Sec_WebSocket_Key", "c2hvcnQ="),
        ("Sec_WebSocket_Key", "not base64 at all!!!!!=="),
    ],
)
def test_a_request_that_lacks_something_is_refused(header: str, value: str) -> None:
    with pytest.raises(web.HTTPBadRequest):
        opened(**{header: value})


def test_headers_may_come_in_several_lines() -> None:
    several = CIMultiDict(GOOD | {"Connection": "keep-alive"})
    several.add("Connection", "Upgrade")
    several.add("Sec-WebSocket-Extensions", "x-unknown")
    several.add("Sec-WebSocket-Extensions", "permessage-deflate")
    opening = handshake(make_mocked_request("GET", "/socket.io/", headers=several))
    assert opening.window_bits == 15


def test_only_a_get_of_http_1_1_without_a_body_opens_a_websocket() -> None:
    for refused in (
        make_mocked_request("POST", "/socket.io/", headers=GOOD),
        make_mocked_request("GET", "/socket.io/", headers=GOOD, version=HttpVersion10),
        make_mocked_request("GET", "/socket.io/", headers=GOOD, payload=mock.Mock()),
    ):
        with pytest.raises(web.HTTPBadRequest):
            handshake(refused)


@pytest.mark.parametrize(
    ("offers", "window_bits", "answer"),
    [
        ("permessage-deflate", 15, BOTH),
        ("permessage-deflate; client_max_window_bits", 15, BOTH),
        ("permessage-deflate; client_max_window_bits=10; server_no_context_takeover", 15, BOTH),
        ("permessage-deflate; server_max_window_bits=15", 15, f"{BOTH}; server_max_window_bits=15"),
        ("permessage-deflate;server_max_window_bits=12", 12, f"{BOTH}; server_max_window_bits=12"),
        ('permessage-deflate; server_max_window_bits="9"', 9, f"{BOTH}; server_max_window_bits=9"),
        ("x-webkit-deflate-frame, permessage-deflate", 15, BOTH),
        # zlib has no window of 8 bits, so the second offer is taken.
        ("permessage-deflate; server_max_window_bits=8, permessage-deflate", 15, BOTH),
    ],
)
def test_the_first_offer_to_inflate_that_can_be_met_is_accepted(
    offers: str, window_bits: int, answer: str
) -> None:
    opening = opened(Sec_WebSocket_Extensions=offers)
    assert opening.window_bits == window_bits
    assert f"Sec-WebSocket-Extensions: {answer}\r\n".encode() in opening.answer


@pytest.mark.parametrize(
    "offers",
    [
        "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=8",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        "permessage-deflate; client_max_window_bits=99",
        "permessage-deflate; unheard_of",
        "permessage-bzip2",
        ";;,=,",
    ],
)
def test_an_offer_that_cannot_be_met_is_declined(offers: str) -> None:
    opening = opened(Sec_WebSocket_Extensions=offers)
    assert opening.window_bits == 0
    assert b"Extensions" not in opening.answer
