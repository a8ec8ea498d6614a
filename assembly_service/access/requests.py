"""Reads who calls from requests."""

from collections.abc import Sequence

from aiohttp import hdrs, web

from assembly_service.access.caller import Caller
from assembly_service.access.tokens import TokenVerifier, Unauthorized


def authorization_of(request: web.BaseRequest) -> str | None:
    """Return the header `Authorization`; None without one. Raises Unauthorized."""
    return only_one(request.headers.getall(hdrs.AUTHORIZATION, ()))


def only_one(given: Sequence[str]) -> str | None:
    """Return the one header `Authorization` that was given, or None. Raises Unauthorized."""
    if len(given) > 1:
        # A proxy may have decided by the other one.
        raise Unauthorized("There are several headers Authorization: send one")
    return given[0] if given else None


async def caller_of(request: web.Request, verifier: TokenVerifier) -> Caller:
    """Return who calls. Raises Unauthorized, which is counted, and KeysUnavailable."""
    with verifier.refusals_counted():
        return await verifier.caller(authorization_of(request))


async def caller_if_any(request: web.Request, verifier: TokenVerifier) -> Caller | None:
    """Return who calls, or None without a token. Raises as `caller_of` for an invalid one."""
    if hdrs.AUTHORIZATION not in request.headers:
        return None
    return await caller_of(request, verifier)


def challenge(error: Unauthorized) -> str:
    """Return the challenge of RFC 6750: it says what is wrong with a token that was sent."""
    if error.fault is None:
        return "Bearer"
    return f'Bearer error="invalid_token", error_description="{error.fault}"'
