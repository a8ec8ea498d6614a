"""The opening handshake of a WebSocket (RFC 6455, section 4), with deflate (RFC 7692)."""

import base64
import binascii
import hashlib
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import HttpVersion11, hdrs, web

_SALT = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY_BYTES = 16
_VERSION = "13"
_BITS = [str(bits) for bits in range(8, zlib.MAX_WBITS + 1)]
# What each parameter may be; zlib cannot deflate with a window of 8 bits.
_VALUES: dict[str, Callable[[str | None], bool]] = {
    "server_no_context_takeover": lambda value: value is None,
    "client_no_context_takeover": lambda value: value is None,
    "server_max_window_bits": lambda value: value in _BITS[1:],
    # How large a window the client deflates with does not matter.
    "client_max_window_bits": lambda value: value is None or value in _BITS,
}
_PARAMETER = re.compile(rf'({"|".join(_VALUES)})(?:=("?)([0-9]+)\2)?')


@dataclass(frozen=True, slots=True)
class Handshake:
    """The answer that opens a WebSocket.

    `window_bits` is the window that the client inflates with, 0 if it does not offer to inflate.
    """

    answer: bytes
    window_bits: int


def handshake(request: web.Request) -> Handshake:
    """Return the answer to a request for a WebSocket. Raises HTTPBadRequest."""
    if (
        not is_websocket(request)
        or request.method != hdrs.METH_GET
        or request.version < HttpVersion11
        or request.body_exists
    ):
        raise web.HTTPBadRequest(text="Ask for an upgrade to a WebSocket by GET, without a body.")
    if request.headers.get(hdrs.SEC_WEBSOCKET_VERSION) != _VERSION:
        raise web.HTTPBadRequest(
            text=f"Use version {_VERSION} of WebSocket.",
            headers={hdrs.SEC_WEBSOCKET_VERSION: _VERSION},
        )
    key = request.headers.get(hdrs.SEC_WEBSOCKET_KEY, "").strip().encode()
    if not _is_key(key):
        raise web.HTTPBadRequest(text="Send a Sec-WebSocket-Key of 16 bytes in Base64.")
    offers = ",".join(request.headers.getall(hdrs.SEC_WEBSOCKET_EXTENSIONS, ()))
    window_bits, extension = _accepted(offers)
    lines = [
        b"HTTP/1.1 101 Switching Protocols",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Accept: "
        + base64.b64encode(hashlib.sha1(key + _SALT, usedforsecurity=False).digest()),
    ]
    if window_bits:
        lines.append(b"Sec-WebSocket-Extensions: " + extension.encode())
    return Handshake(b"\r\n".join([*lines, b"", b""]), window_bits)


def is_websocket(request: web.Request) -> bool:
    """Whether a request asks for a WebSocket."""
    connection = ",".join(request.headers.getall(hdrs.CONNECTION, ())).lower()
    return request.headers.get(hdrs.UPGRADE, "").lower() == "websocket" and "upgrade" in map(
        str.strip, connection.split(",")
    )


def _is_key(key: bytes) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == _KEY_BYTES
    except binascii.Error:
        return False


def _accepted(offers: str) -> tuple[int, str]:
    """Return the window of the first offer that can be met, and the answer to it."""
    for offer in offers.split(","):
        name, *parameters = (part.strip().lower() for part in offer.split(";"))
        given = _given(parameters)
        if name == "permessage-deflate" and given is not None:
            # Without contexts neither side has to keep a window from message to message.
            answer = f"{name}; server_no_context_takeover; client_no_context_takeover"
            bits = given.get("server_max_window_bits")
            if bits is None:
                return zlib.MAX_WBITS, answer
            return int(bits), f"{answer}; server_max_window_bits={bits}"
    return 0, ""


def _given(parameters: list[str]) -> dict[str, str | None] | None:
    """Return the parameters of an offer with their values, None if it cannot be met."""
    given: dict[str, str | None] = {}
    for parameter in parameters:
        match = _PARAMETER.fullmatch(parameter)
        if match is None or match[1] in given or not _VALUES[match[1]](match[3]):
            return None
        given[match[1]] = match[3]
    return given
