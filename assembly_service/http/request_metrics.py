"""Counts the requests of a port, and measures how long their answers took."""

import time
from http import HTTPStatus
from typing import NamedTuple

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import Counter, Histogram

from assembly_service.http.event_streams import EVENTS_PATH
from assembly_service.http.middleware import SOCKET_PATH
from assembly_service.http.preferences import PREFERENCE_APPLIED
from assembly_service.runtime.metrics import HttpMetrics

OTHER = "other"
"""The route of requests that match no declared one, and the method of unusual ones."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# How long these take says when something happened, or when the client left.
_WAITING_ROUTES = frozenset({EVENTS_PATH, SOCKET_PATH, f"{SOCKET_PATH}/"})
[_WAITED] = PREFERENCE_APPLIED


def count_requests(application: web.Application, metrics: HttpMetrics) -> None:
    """Count every request of an application from now on, by its route as declared.

    Call this last, before the application starts: what its other middleware does counts too.
    """
    for route in application.router.routes():
        if route.resource is not None and route.method in _METHODS - {hdrs.METH_HEAD}:
            # Failures alone, for alerts: all would make every scrape half as long again.
            metrics.requests.labels(route.resource.canonical, route.method, "5xx")
    application.middlewares.insert(0, _counting(_Counts(metrics)))


class _Series(NamedTuple):
    requests: Counter
    seconds: Histogram | None


class _Counts:
    """The series by what they count: finding one by its labels takes longer than counting."""

    def __init__(self, metrics: HttpMetrics) -> None:
        self._metrics = metrics
        self._series: dict[tuple[web.AbstractResource | None, str, int], _Series] = {}

    def add(self, request: web.Request, response: web.StreamResponse | None, began: float) -> None:
        """Count a request with its response, or None if its handler failed."""
        status = HTTPStatus.INTERNAL_SERVER_ERROR if response is None else response.status
        key = request.match_info.route.resource, request.method, status
        requests, seconds = self._series.get(key) or self._found(*key)
        requests.inc()
        if seconds is not None and (response is None or _WAITED not in response.headers):
            seconds.observe(time.perf_counter() - began)

    def _found(self, resource: web.AbstractResource | None, method: str, status: int) -> _Series:
        route = OTHER if resource is None else resource.canonical
        shown_method = method if method in _METHODS else OTHER
        series = _Series(
            self._metrics.requests.labels(route, shown_method, f"{status // 100}xx"),
            None
            if route in _WAITING_ROUTES
            else self._metrics.request_seconds.labels(route, shown_method),
        )
        if method == shown_method:
            self._series[resource, method, status] = series
        return series


def _counting(counts: _Counts) -> Middleware:
    @web.middleware
    async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
        began = time.perf_counter()
        try:
            response = await handler(request)
        except Exception:
            counts.add(request, None, began)
            raise
        counts.add(request, response, began)
        return response

    return count
