"""JSON responses, and responses to conditional requests."""

import hashlib
from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import ETag, web

from assembly_service.domain import exact_json


def json_response(
    value: exact_json.Value,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """Return a JSON response that must not be cached."""
    return web.Response(
        status=status.value,
        body=exact_json.dumps(value),
        content_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def conditional_response(request: web.Request, *, body: bytes, version: bytes) -> web.Response:
    """Return 200 with the body, or 304 if the client already has the same `version`."""
    tag = ETag(value=hashlib.blake2b(version, digest_size=16).hexdigest(), is_weak=True)
    held = {given.value for given in request.if_none_match or ()}
    if held & {tag.value, "*"}:
        response = web.Response(status=HTTPStatus.NOT_MODIFIED.value)
    else:
        response = web.Response(body=body, content_type="application/json")
    response.etag = tag
    response.headers["Cache-Control"] = "no-cache"
    return response
