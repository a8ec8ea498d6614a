"""Lets users with the privilege Main act as operators, by their tokens."""

from http import HTTPStatus

import structlog
from aiohttp import web

from assembly_service.access.caller import Privilege
from assembly_service.access.requests import caller_of, challenge
from assembly_service.access.tokens import KeysUnavailable, TokenVerifier, Unauthorized
from assembly_service.http.middleware import declared_path
from assembly_service.http.problems import Problem

log = structlog.get_logger()


async def operator_of(request: web.Request, verifier: TokenVerifier) -> str:
    """Return the user who calls, if the token has the privilege Main. Raises Problem."""
    try:
        caller = await caller_of(request, verifier)
    except Unauthorized as error:
        raise Problem(
            HTTPStatus.UNAUTHORIZED,
            f"{error}: send one with privilege Main as a bearer token.",
            headers={"WWW-Authenticate": challenge(error)},
        ) from None
    except KeysUnavailable:
        log.warning("token_keys_unavailable", path=declared_path(request))
        raise Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "The issuer's keys for tokens are not available: try again in a few seconds.",
            headers={"Retry-After": "5"},
        ) from None
    if caller.privilege is not Privilege.MAIN:
        raise Problem(HTTPStatus.FORBIDDEN, "This needs a token with privilege Main.")
    return caller.user_id
