"""What operators ask: is it alive, is it ready, what do its figures say."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Protocol

from aiohttp import web
from prometheus_client.exposition import choose_encoder

from assembly_service.http.responses import json_response
from assembly_service.monitoring.metrics import Metrics


class CheckStatus(StrEnum):
    """`degraded` still serves, but without something; only `failing` answers 503."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILING = "failing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The result of one check; `detail` is a sentence."""

    name: str
    status: CheckStatus
    detail: str


class Health(Protocol):
    """The checks of this instance. They end by themselves and report failure, not raise it."""

    async def live(self) -> Sequence[Check]:
        """Failing only if a restart would help."""
        ...

    async def ready(self) -> Sequence[Check]:
        """Everything this instance needs to do its part: its tables, a worker recent polls too."""
        ...

    async def database(self) -> Sequence[Check]:
        """Whether the tables answer."""
        ...


class Monitoring:
    """The routes for operators. Gauges that depend on time read it when they are asked."""

    def __init__(self, *, health: Health, metrics: Metrics) -> None:
        self._health = health
        self._metrics = metrics

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        return [
            web.get("/health", self.health),
            web.get("/health/live", self.live),
            web.get("/health/ready", self.ready),
            web.get("/health/database", self.database),
            web.get("/metrics", self.metrics),
        ]

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
