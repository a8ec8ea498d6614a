"""Who may act as an operator."""

from http import HTTPStatus

from aiohttp import web

from assembly_service.access.opening import Authorize
from assembly_service.http.problems import Problem
from assembly_service.settings.service import DRAFT_SYSTEMS, Settings


def refusing(settings: Settings) -> Authorize:
    """Return what refuses everyone where no token can be verified, and says why."""
    # In the local mode operators need no port of their own.
    serves = settings.operations_port or settings.draft_engine is not None
    also = "" if serves else f", and switch on a draft system, such as {DRAFT_SYSTEMS[0]}"

    async def refuse(_: web.Request) -> str:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "Actions need a token, and this instance verifies none: set JWT_SECRET or "
            f"JWT_JWKS_URL{also}.",
        )

    return refuse
