"""Reads a whole request body and decodes its Content-Encoding, or refuses it.

The server must not decompress by itself: it takes a truncated body for a short one.
"""

import zlib
from http import HTTPStatus

from aiohttp import hdrs, web

from assembly_service.http.problems import Problem

CODINGS = "gzip, deflate"
BROKEN = "The body is broken, cut off, or not in the Content-Encoding that is named"
UNKNOWN = "This Content-Encoding is not possible: use gzip or deflate, or none"

_GZIP, _ZLIB, _RAW_DEFLATE = 31, 15, -15
_GZIP_NAMES = {"gzip", "x-gzip"}
_NONE = {"", "identity"}
# Each member costs a copy of all that follows it.
_MOST_MEMBERS = 100


async def read_body(request: web.Request) -> bytes:
    """Return the decoded body, empty if there is none. Raises Problem."""
    coding = _coding(request)
    try:
        body = await request.read()
        if not body or coding is None:
            return body
        return _decoded(body, _window(coding, body), request.client_max_size)
    except (web.RequestPayloadError, ConnectionError, zlib.error):
        raise Problem(HTTPStatus.BAD_REQUEST, BROKEN) from None


def _coding(request: web.Request) -> str | None:
    """Return the one coding, or None. Raises Problem."""
    listed = ",".join(request.headers.getall(hdrs.CONTENT_ENCODING, ())).lower().split(",")
    codings = [name for part in listed if (name := part.strip()) not in _NONE]
    if not codings:
        return None
    if len(codings) > 1 or codings[0] not in _GZIP_NAMES | {"deflate"}:
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, UNKNOWN, headers={"Accept-Encoding": CODINGS}
        )
    return codings[0]


def _window(coding: str, body: bytes) -> int:
    """Return zlib's `wbits`. Many clients send deflate without the zlib wrapper."""
    if coding in _GZIP_NAMES:
        return _GZIP
    is_wrapped = body[0] & 0xF == zlib.DEFLATED and int.from_bytes(body[:2]) % 31 == 0
    return _ZLIB if is_wrapped else _RAW_DEFLATE


def _decoded(body: bytes, window: int, most: int) -> bytes:
    """Raises zlib.error if the body is cut off or has trailing data, and aiohttp's 413."""
    decoded = b""
    for _ in range(_MOST_MEMBERS if window == _GZIP else 1):
        member = zlib.decompressobj(window)
        decoded += member.decompress(body, most + 1 - len(decoded))
        if len(decoded) > most:
            raise web.HTTPRequestEntityTooLarge(most, len(decoded))
        if not member.eof:
            raise zlib.error("cut off")
        body = member.unused_data
        if not body:
            return decoded
    raise zlib.error("trailing data")
