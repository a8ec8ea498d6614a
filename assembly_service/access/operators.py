"""Lets users with the privilege Main act as operators, by their tokens."""

from http import HTTPStatus

from aiohttp import web

from assembly_service.access.caller import Privilege
from assembly_service.access.problems import token_problems
from assembly_service.access.requests import caller_of
from assembly_service.access.tokens import TokenVerifier
from assembly_service.http.problems import Problem


async def operator_of(request: web.Request, verifier: TokenVerifier) -> str:
    """Return the user who calls, if the token has the privilege Main. Raises Problem."""
    with token_problems(request, advice="send one with privilege Main as a bearer token"):
        caller = await caller_of(request, verifier)
    if caller.privilege is not Privilege.MAIN:
        raise Problem(HTTPStatus.FORBIDDEN, "This needs a token with privilege Main.")
    return caller.user_id
