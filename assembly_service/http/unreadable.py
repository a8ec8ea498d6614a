"""Recovers what it can of a malformed request, so that the right interface answers it."""

import re

from aiohttp import hdrs, web
from yarl import URL

END_OF_HEADERS = b"\r\n\r\n"
_REQUEST_LINE = re.compile(rb"([A-Z]{3,20}) (/[!\x22\x24-\x3e\x40-~]{0,1023})[ ?#]")
_ORIGIN = re.compile(rb"^origin:[ \t]*([!-~]{1,255})[ \t]*\r$", re.IGNORECASE | re.MULTILINE)


def recovered(request: web.BaseRequest, head: bytes) -> web.BaseRequest:
    """Return what can be read of a malformed request: method, path without query, origin."""
    lines, end, _ = head.partition(END_OF_HEADERS)
    lines += end[:2]
    if (line := _REQUEST_LINE.match(lines)) is None:
        return request
    origin = _ORIGIN.search(lines)
    return request.clone(
        method=line[1].decode(),
        rel_url=URL.build(path=line[2].decode(), encoded=True),
        headers={} if origin is None else {hdrs.ORIGIN: origin[1].decode()},
    )
