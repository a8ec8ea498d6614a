"""Reads who calls from requests."""

from collections.abc import Sequence

from aiohttp import hdrs, web

from assembly_service.access.caller import Caller
from assembly_service.access.tokens import TokenVerifier, Unauthorized, is_bearer


def authorization_of(request: web.BaseRequest) -> str | None:
    """Return the header `Authorization`, as `only_one` does. Raises Unauthorized."""
    return only_one(request.headers.getall(hdrs.AUTHORIZATION, ()))


def only_one(given: Sequence[str]) -> str | None:
    """Return the one header `Authorization` that was given, if it is meant for a token, or None.

    Those of other schemes are for somebody else, such as a proxy. Raises Unauthorized.
    """
    if len(given) > 1:
        # A proxy may have decided by the other one.
        raise Unauthorized("There are several Authorization headers: send one")
    return given[0] if given and is_bearer(given[0]) else None


async def caller_of(request: web.Request, verifier: TokenVerifier) -> Caller:
    """Return who calls. Raises Unauthorized, which is counted, and KeysUnavailable."""
    with verifier.refusals_counted():
        return await verifier.caller(authorization_of(request))


async def caller_if_any(request: web.Request, verifier: TokenVerifier) -> Caller | None:
    """Return who calls, or None without a token. Raises as `caller_of` for an invalid one."""
    with verifier.refusals_counted():
        authorization = authorization_of(request)
        return None if authorization is None else await verifier.caller(authorization)


def challenge(error: Unauthorized) -> str:
    """Return the challenge of RFC 6750: it says what is wrong with a token that was sent."""
    if error.fault is None:
        return "Bearer"
    return f'Bearer error="invalid_token", error_description="{error.fault}"'
