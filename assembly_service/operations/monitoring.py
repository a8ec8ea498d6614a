"""What operators ask: is it alive, is it ready, what do its figures say."""

from collections.abc import Sequence
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client.exposition import choose_encoder

from assembly_service.http.calls import Call, routes
from assembly_service.http.responses import json_response
from assembly_service.monitoring.metrics import Metrics
from assembly_service.operations.calls import (
    DATABASE,
    HEALTH,
    LIVENESS,
    METRICS,
    MONITORING_CALLS,
    READINESS,
)
from assembly_service.operations.health import Check, CheckStatus, Health


class Monitoring:
    """The routes for operators. Gauges that depend on time read it when they are asked."""

    def __init__(self, *, health: Health, metrics: Metrics) -> None:
        self._health = health
        self._metrics = metrics

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        handlers: dict[Call, Handler] = {
            HEALTH: self.health,
            LIVENESS: self.live,
            READINESS: self.ready,
            DATABASE: self.database,
            METRICS: self.metrics,
        }
        return routes(MONITORING_CALLS, handlers)

    async def health(self, _request: web.Request) -> web.Response:
        """Live and ready together."""
        return _health_response([*await self._health.live(), *await self._health.ready()])

    async def live(self, _request: web.Request) -> web.Response:
        """Whether this process works."""
        return _health_response(await self._health.live())

    async def ready(self, _request: web.Request) -> web.Response:
        """Whether this process can do its part."""
        return _health_response(await self._health.ready())

    async def database(self, _request: web.Request) -> web.Response:
        """Whether the tables answer."""
        return _health_response(await self._health.database())

    async def metrics(self, request: web.Request) -> web.Response:
        """All instruments, in the form of text that the client prefers."""
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(
            body=encode(self._metrics.registry),
            headers={"Content-Type": content_type, "Cache-Control": "no-store"},
        )


def _health_response(checks: Sequence[Check]) -> web.Response:
    found = {check.status for check in checks}
    worst = next((status for status in reversed(CheckStatus) if status in found), CheckStatus.OK)
    return json_response(
        {
            "status": worst.value,
            "checks": {
                check.name: {"status": check.status.value, "detail": check.detail}
                for check in checks
            },
        },
        status=HTTPStatus.SERVICE_UNAVAILABLE if worst is CheckStatus.FAILING else HTTPStatus.OK,
    )
