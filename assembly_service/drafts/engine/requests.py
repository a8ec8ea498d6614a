"""Serves the calls of draft systems: operation ids, metrics, log lines, errors as answers."""

import time
from collections.abc import Iterable
from http import HTTPStatus

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from assembly_service.access.requests import challenge
from assembly_service.access.tokens import KeysUnavailable, Unauthorized
from assembly_service.aws.errors import code_of, is_outage
from assembly_service.drafts.engine import refusals
from assembly_service.drafts.engine.draft_engine import DraftEngine
from assembly_service.drafts.engine.identifiers import is_session_id, operation_id
from assembly_service.drafts.engine.json_body import shortened
from assembly_service.drafts.engine.metrics import DraftMetrics
from assembly_service.drafts.engine.refusals import (
    EngineRefusal,
    Reason,
    Refusal,
    Refuse,
    RefusedCall,
)
from assembly_service.drafts.engine.request_keys import OPERATION_ID, OUTCOME, SESSION_ID
from assembly_service.drafts.engine.system_drafts import DraftSystem
from assembly_service.http.middleware import declared_path
from assembly_service.http.problems import Problem, early_problem
from assembly_service.http.responses import json_response
from assembly_service.runtime.clock import Clock
from assembly_service.runtime.metrics import Limit, LimitMetrics

log = structlog.get_logger()


def create_system_application(
    system: DraftSystem, routes: Iterable[web.RouteDef], engine: DraftEngine
) -> web.Application:
    """Serve the calls of a system, counted and logged, at one of its base paths.

    A route's name is its step in metrics and the prefix of its operation ids. Paths have the id of
    a draft in `{sessionId}`.
    """
    application = web.Application(
        middlewares=[
            _observe(system, engine.metrics),
            _answer_errors(system.refuse, engine.clock, engine.limits),
        ]
    )
    application.add_routes(routes)
    return application


def text_of_header(request: web.Request, name: str) -> str:
    """Return a header as valid text; bytes that are not become question marks."""
    return request.headers.get(name, "").encode(errors="replace").decode()


def _observe(system: DraftSystem, metrics: DraftMetrics) -> Middleware:
    @web.middleware
    async def observe(request: web.Request, handler: Handler) -> web.StreamResponse:
        step = request.match_info.route.name or "unknown"
        named = _session_id(request)
        session_id = system.shown_id(named) if named else ""
        request[OPERATION_ID] = operation_id(step, session_id)
        began = time.perf_counter()
        response = await handler(request)
        seconds = time.perf_counter() - began
        if made := request.get(SESSION_ID):
            session_id = system.shown_id(made)
        outcome = request.get(OUTCOME) or _outcome(response.status)
        metrics.steps.labels(system.name, step, outcome).inc()
        metrics.step_seconds.labels(system.name, step).observe(seconds)
        log.info(
            "draft_step",
            system=system.name,
            step=step,
            outcome=outcome,
            status=response.status,
            session_id=session_id or None,
            operation_id=request[OPERATION_ID],
            milliseconds=round(seconds * 1000, 1),
            user_agent=shortened(text_of_header(request, hdrs.USER_AGENT)) or None,
        )
        return response

    return observe


def _answer_errors(refuse: Refuse, clock: Clock, limits: LimitMetrics) -> Middleware:
    @web.middleware
    async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
        error: Exception | None = early_problem(request)
        if error is None:
            try:
                return await handler(request)
            except Exception as raised:
                error = raised
        if isinstance(error, Refusal):
            refusal = error
            if refusal.status is HTTPStatus.TOO_MANY_REQUESTS:
                limits.reached(Limit.DRAFT_CALLS)
        else:
            refusal = refuse(_refused(request, error))
        call = RefusedCall(
            at=clock(),
            operation_id=request[OPERATION_ID],
            step=request.match_info.route.name or "",
            session_id=_session_id(request),
        )
        return json_response(refusal.body(call), status=refusal.status, headers=refusal.headers)

    return answer_errors


def _session_id(request: web.Request) -> str:
    """Return the draft id in the path; anything else would put arbitrary input into logs."""
    named = request.match_info.get("sessionId", "")
    return named.lower() if is_session_id(named) else ""


def _refused(request: web.Request, error: Exception) -> EngineRefusal:
    match error:
        case Unauthorized():
            log.info("token_refused", path=declared_path(request), reason=str(error))
            return refusals.unauthorized(challenge(error))
        case Problem():
            return refusals.unreadable(error.status, error.detail.rstrip("."), error.headers)
        case web.HTTPRequestEntityTooLarge():
            return refusals.unreadable(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, refusals.TOO_LARGE)
        case web.HTTPException():
            return _routing(request, error)
        case KeysUnavailable():
            log.warning("token_keys_unavailable", path=declared_path(request))
            return refusals.unavailable()
        case _ if is_outage(error):
            log.warning("database_unavailable", path=declared_path(request), code=code_of(error))
            return refusals.unavailable()
    log.error("request_failed", method=request.method, path=declared_path(request), exc_info=error)
    return refusals.unexpected()


def _routing(request: web.Request, error: web.HTTPException) -> EngineRefusal:
    status, headers = HTTPStatus(error.status), {}
    detail = status.description or status.phrase
    if isinstance(error, web.HTTPMethodNotAllowed):
        headers["Allow"] = ", ".join(sorted(error.allowed_methods))
        detail = f"{request.method} is not possible here: use {headers['Allow']}"
    elif status is HTTPStatus.NOT_FOUND:
        detail = "There is nothing at this path: check it for a mistake"
    return EngineRefusal(Reason.ROUTING, status, detail=detail, headers=headers)


def _outcome(status: int) -> str:
    if status < HTTPStatus.BAD_REQUEST:
        return "done"
    return "refused" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "failed"
