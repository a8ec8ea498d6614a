"""The product orchestrator as an application of its own, to be mounted at `/private`."""

import time
from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from assembly_service.aws.errors import code_of, is_outage
from assembly_service.drafts.access.tokens import KeysUnavailable, Unauthorized
from assembly_service.drafts.engine.metrics import DraftMetrics
from assembly_service.drafts.product import answers
from assembly_service.drafts.product.call_notes import OPERATION_ID, OUTCOME, SESSION_ID
from assembly_service.drafts.product.catalogue_api import CatalogueApi
from assembly_service.drafts.product.draft_api import DraftApi
from assembly_service.drafts.product.identifiers import is_session_id, operation_id
from assembly_service.drafts.product.refusals import Refusal
from assembly_service.drafts.product.rules import SYSTEM

PREFIX = "/private"
_RETRY_SECONDS = "5"

log = structlog.get_logger()


def create_draft_application(
    *, drafts: DraftApi, catalogue: CatalogueApi, metrics: DraftMetrics
) -> web.Application:
    """All calls, each counted and logged, with errors in the form of this interface."""
    application = web.Application(middlewares=[_observe(metrics), _answer_errors])
    application.add_routes([*drafts.routes(), *catalogue.routes()])
    return application


def _observe(metrics: DraftMetrics) -> Middleware:
    @web.middleware
    async def observe(request: web.Request, handler: Handler) -> web.StreamResponse:
        step = request.match_info.route.name or "unknown"
        named = request.match_info.get("sessionId", "")
        # Anything else would put into the log, and into answers, whatever somebody sent.
        session_id = named.lower() if is_session_id(named) else ""
        request[OPERATION_ID] = operation_id(step, session_id)
        began = time.perf_counter()
        response = await handler(request)
        outcome = request.get(OUTCOME) or _outcome(response.status)
        metrics.steps.labels(SYSTEM, step, outcome).inc()
        log.info(
            "draft_step",
            step=step,
            outcome=outcome,
            status=response.status,
            session_id=request.get(SESSION_ID) or session_id or None,
            operation_id=request[OPERATION_ID],
            milliseconds=round((time.perf_counter() - began) * 1000, 1),
        )
        return response

    return observe


@web.middleware
async def _answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Exception as error:
        return answers.refusal(_refusal(request, error))


def _refusal(request: web.Request, error: Exception) -> Refusal:
    match error:
        case Refusal():
            return error
        case Unauthorized():
            log.info("token_refused", path=request.path, reason=str(error))
            return _unauthorized(error)
        case web.HTTPException():
            return _routing_refusal(request, error)
        case KeysUnavailable():
            log.warning("token_keys_unavailable", path=request.path)
            return _unavailable()
        case _ if is_outage(error):
            log.warning("database_unavailable", path=request.path, code=code_of(error))
            return _unavailable()
    log.error("request_failed", method=request.method, path=request.path, exc_info=error)
    return Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal server error")


def _unauthorized(error: Unauthorized) -> Refusal:
    """RFC 6750: whoever sent a token is told what is wrong with it."""
    challenge = "Bearer"
    if error.fault is not None:
        challenge += f' error="invalid_token", error_description="{error.fault}"'
    return Refusal(HTTPStatus.UNAUTHORIZED, "Unauthorized", headers={"WWW-Authenticate": challenge})


def _routing_refusal(request: web.Request, error: web.HTTPException) -> Refusal:
    status = HTTPStatus(error.status)
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        return Refusal(
            status,
            f"{request.method} is not possible here: use {allowed}",
            headers={"Allow": allowed},
        )
    if status is HTTPStatus.NOT_FOUND:
        return Refusal(status, "There is nothing at this path: check it for a mistake")
    if status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return Refusal(status, "The body is too large: send at most 1 MiB")
    return Refusal(status, status.description or status.phrase)


def _unavailable() -> Refusal:
    return Refusal(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Service temporarily unavailable",
        headers={"Retry-After": _RETRY_SECONDS},
    )


def _outcome(status: int) -> str:
    if status < HTTPStatus.BAD_REQUEST:
        return "done"
    return "refused" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "failed"
