"""Middleware: connection limits, CORS, compression, errors.

Requests below the path of Socket.IO pass unchanged: it answers them by rules of its own.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache, partial
from http import HTTPStatus

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from assembly_service.aws.errors import code_of, is_outage
from assembly_service.domain.origins import normalised_origin
from assembly_service.http.event_streams import (
    is_event_stream,
    opens_event_stream,
    overload_response,
)
from assembly_service.http.forwarded import client_address, is_proxy, stripped_prefix
from assembly_service.http.handover import HandedOver
from assembly_service.http.problems import (
    EARLY_PROBLEM,
    PUBLIC_PATH,
    UNEXPECTED_PROBLEM,
    Problem,
    early_problem,
    problem_response,
)
from assembly_service.http.responses import ReadyResponse
from assembly_service.runtime.metrics import HttpMetrics
from assembly_service.settings.values import TrustedProxies
from assembly_service.storage.catalogue import CatalogueBusy

SOCKET_PATH = "/socket.io"
CORS_HEADERS = web.RequestKey("cors_headers", dict[str, str])
"""The headers of an answer that let the page that asked read it; empty if it may not."""
_SMALLEST_COMPRESSED = 1024
_RETRY_SECONDS = "5"
_EXPOSED_HEADERS = "Date, ETag, Preference-Applied, Retry-After, WWW-Authenticate"
_REQUEST_HEADERS = (
    "Authorization, Cache-Control, Content-Type, If-Match, If-None-Match, Last-Event-ID, Prefer"
)
_TOO_MANY = Problem(
    HTTPStatus.TOO_MANY_REQUESTS,
    "Too many connections of your address are open: close some of them.",
    headers={"Retry-After": _RETRY_SECONDS},
)

log = structlog.get_logger()


def admit_origins(
    origins: Collection[str],
    *,
    to_streams: Callable[[web.Request, str], bool],
    allowed_headers: Sequence[str] = (),
    credentials: bool = False,
) -> Middleware:
    """Let pages of these origins read responses (CORS).

    Their requests may carry `allowed_headers` in addition to those that calls use, and cookies and
    other credentials only with `credentials`. Event streams, without credentials, are for the
    origins that `to_streams` admits, as sockets are.
    """
    request_headers = ", ".join([_REQUEST_HEADERS, *allowed_headers])

    def may_read(request: web.Request, origin: str) -> bool:
        if opens_event_stream(request):
            return to_streams(request, origin)
        return normalised_origin(origin) in origins

    @web.middleware
    async def admit(request: web.Request, handler: Handler) -> web.StreamResponse:
        of_stream = opens_event_stream(request)
        if _for_sockets(request) or not (origins or of_stream):
            return await handler(request)
        allowed: dict[str, str] = {}
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is not None and may_read(request, origin):
            allowed = _readable_by(origin, credentials=credentials and not of_stream)
        request[CORS_HEADERS] = allowed
        response: web.StreamResponse
        if _is_preflight(request):
            told = _to_preflight(request, request_headers) if allowed else {}
            response = web.Response(status=204, headers=told)
        else:
            response = await handler(request)
        if not response.prepared:
            vary(response, hdrs.ORIGIN)
            response.headers.update(allowed)
        return response

    return admit


def limit_addresses(most: int, trusted: TrustedProxies, metrics: HttpMetrics) -> Middleware:
    """Allow each client at most `most` concurrent requests through trusted proxies.

    The listener cannot count these, because a proxy's connections belong to many clients. An open
    WebSocket counts as a request.
    """
    in_flight: Counter[str] = Counter()

    @web.middleware
    async def limit(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not is_proxy(request.remote or "", trusted):
            return await handler(request)
        address = client_address(request, trusted)
        if in_flight[address] >= most:
            metrics.connections_refused.inc()
            request[EARLY_PROBLEM] = _TOO_MANY
        in_flight[address] += 1
        response = None
        try:
            response = await handler(request)
        finally:
            if isinstance(response, HandedOver):
                response.handover.when_ended(partial(end, address))
            else:
                end(address)
        return response

    def end(address: str) -> None:
        in_flight[address] -= 1
        if not in_flight[address]:
            del in_flight[address]

    return limit


def note_public_path(public_path: str | None, trusted: TrustedProxies) -> Middleware:
    """Note the path prefix the client sees: `public_path`, or what proxies say if it is None."""

    @web.middleware
    async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
        said = stripped_prefix(request, trusted) if public_path is None else public_path
        request[PUBLIC_PATH] = said
        return await handler(request)

    return note


@web.middleware
async def compress(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Compress bodies above 1 KB with gzip if the client accepts it."""
    response = await handler(request)
    if not isinstance(response, web.Response) or _for_sockets(request):
        return response
    vary(response, hdrs.ACCEPT_ENCODING)
    body = response.body
    is_large = isinstance(body, bytes) and len(body) > _SMALLEST_COMPRESSED
    if is_large and _accepts_gzip(request.headers.get(hdrs.ACCEPT_ENCODING, "")):
        if isinstance(response, ReadyResponse):
            await response.compress()
        else:
            response.enable_compression(web.ContentCoding.gzip)
    return response


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into a problem. Unexpected errors are logged, not shown."""
    if (problem := early_problem(request)) is not None:
        if problem.status is HTTPStatus.TOO_MANY_REQUESTS and is_event_stream(request):
            return overload_response(problem.detail)
        return problem_response(request, problem)
    if _for_sockets(request):
        return await handler(request)
    try:
        return await handler(request)
    except Exception as error:
        return problem_response(request, _problem_of(request, error))


def _problem_of(request: web.Request, error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case web.HTTPException():
            return _routing_problem(request, error)
        case _ if isinstance(error, CatalogueBusy) or is_outage(error):
            log.warning("database_unavailable", path=declared_path(request), code=code_of(error))
            return Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "The database is unavailable at the moment: try again in a few seconds.",
                headers={"Retry-After": _RETRY_SECONDS},
            )
    log.error("request_failed", method=request.method, path=declared_path(request), exc_info=error)
    return UNEXPECTED_PROBLEM


def _routing_problem(request: web.Request, error: web.HTTPException) -> Problem:
    status = HTTPStatus(error.status)
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        return Problem(
            status,
            f"{request.method} is not possible here: use {allowed}.",
            headers={"Allow": allowed},
        )
    if status is HTTPStatus.NOT_FOUND:
        return Problem(status, "There is nothing at this path: check it for a mistake.")
    return Problem(status, f"{status.description or status.phrase}.")


def declared_path(request: web.Request) -> str:
    """Return the path of the call as declared: the actual one may contain a secret id."""
    resource = request.match_info.route.resource
    return "unknown" if resource is None else resource.canonical


def _is_preflight(request: web.Request) -> bool:
    """Whether this is a CORS preflight for a path that exists, or may.

    Where no tokens are needed there are no tickets; pages learn that from the 404 to their call.
    """
    unmatched = request.match_info.http_exception
    return (
        request.method == hdrs.METH_OPTIONS
        and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers
        and (
            unmatched is None
            or unmatched.status != HTTPStatus.NOT_FOUND
            or opens_event_stream(request)
        )
    )


def _readable_by(origin: str, *, credentials: bool) -> dict[str, str]:
    """Return the headers that let pages of an origin read an answer."""
    headers: dict[str, str] = {
        hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: origin,
        hdrs.ACCESS_CONTROL_EXPOSE_HEADERS: _EXPOSED_HEADERS,
    }
    if credentials:
        headers[hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS] = "true"
    return headers


def _to_preflight(request: web.Request, request_headers: str) -> dict[str, str]:
    """Return the headers that tell a preflight what the request may be."""
    return {
        hdrs.ACCESS_CONTROL_ALLOW_METHODS: _methods(request),
        hdrs.ACCESS_CONTROL_ALLOW_HEADERS: request_headers,
        hdrs.ACCESS_CONTROL_MAX_AGE: "600",
    }


def _methods(request: web.Request) -> str:
    """Return the methods that are allowed at the path of a preflight."""
    unmatched = request.match_info.http_exception
    if isinstance(unmatched, web.HTTPMethodNotAllowed):
        return ", ".join(sorted(unmatched.allowed_methods))
    return "GET, HEAD"


# There are few such headers, and every request has one.
@lru_cache(maxsize=128)
def _accepts_gzip(accept_encoding: str) -> bool:
    weights = {}
    for part in accept_encoding.lower().split(","):
        coding, _, parameters = part.partition(";")
        weights[coding.strip()] = parameters.replace(" ", "")
    weight = weights.get("gzip", weights.get("*", "q=0"))
    return re.fullmatch(r"q=0(\.0*)?", weight) is None


def vary(response: web.StreamResponse, header: str) -> None:
    """Note that the answer depends on a header of the request."""
    given = response.headers.get(hdrs.VARY)
    response.headers[hdrs.VARY] = f"{given}, {header}" if given else header


def _for_sockets(request: web.Request) -> bool:
    return request.path == SOCKET_PATH or request.path.startswith(f"{SOCKET_PATH}/")
