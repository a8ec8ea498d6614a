"""Answers calls whose token does not let them pass."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import structlog
from aiohttp import web

from assembly_service.access.requests import challenge
from assembly_service.access.tokens import KeysUnavailable, Unauthorized
from assembly_service.http.middleware import declared_path
from assembly_service.http.problems import Problem

KEYS_UNAVAILABLE = "The issuer's keys for tokens are not available: try again in a few seconds."

log = structlog.get_logger()


def note_refusal(path: str, error: Unauthorized) -> None:
    """Log that a token was refused. A missing token is not worth a line."""
    if error.fault is not None:
        log.info("token_refused", path=path, reason=error.fault)


@contextmanager
def token_problems(request: web.Request, *, advice: str) -> Iterator[None]:
    """Turn what is wrong with a token into a Problem. `advice` says what to send instead."""
    try:
        yield
    except Unauthorized as error:
        note_refusal(declared_path(request), error)
        raise Problem(
            HTTPStatus.UNAUTHORIZED,
            f"{error}: {advice}.",
            headers={"WWW-Authenticate": challenge(error)},
        ) from None
    except KeysUnavailable:
        log.warning("token_keys_unavailable", path=declared_path(request))
        raise Problem(
            HTTPStatus.SERVICE_UNAVAILABLE, KEYS_UNAVAILABLE, headers={"Retry-After": "5"}
        ) from None
