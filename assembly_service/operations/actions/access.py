"""Who may act as an operator."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import web

from assembly_service.http.problems import Problem
from assembly_service.settings.service import DRAFT_SYSTEMS, Settings

Authorize = Callable[[web.Request], Awaitable[str]]
"""Returns the user whose token permits actions. Raises Problem."""


def refusing(settings: Settings) -> Authorize:
    """What authorizes where no token can be verified: nobody, and the answer says why."""
    if settings.service_role == "worker":
        missing = "a worker verifies none: call an instance whose SERVICE_ROLE is web or all."
    elif settings.draft_engine is None:
        missing = (
            "this instance verifies none: switch on a draft system, such as "
            f"{DRAFT_SYSTEMS[0]}, and set JWT_SECRET or JWT_JWKS_URL."
        )
    else:
        missing = "this instance verifies none: set JWT_SECRET or JWT_JWKS_URL."

    async def refuse(_: web.Request) -> str:
        raise Problem(HTTPStatus.FORBIDDEN, f"Actions need a token, and {missing}")

    return refuse
