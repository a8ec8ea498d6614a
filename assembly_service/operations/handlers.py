"""Handles the operators' calls: health checks, metrics, connection statistics."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Protocol

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client.exposition import choose_encoder

from assembly_service.http.calls import Call, routes
from assembly_service.http.responses import json_response
from assembly_service.operations.calls import (
    DATABASE,
    HEALTH,
    LIVENESS,
    METRICS,
    READINESS,
    STATISTICS,
    WORKER,
)
from assembly_service.operations.health import Check, CheckStatus, Health
from assembly_service.runtime.metrics import Metrics

_DETAIL_ELSEWHERE = "Details are on the operators' port."


class SubscriptionCounts(Protocol):
    """Counts the clients of this instance and their subscriptions."""

    @property
    def total_connections(self) -> int:
        """Connected clients."""
        ...

    def clients_per_seller(self) -> Mapping[str, int]:
        """Return how many clients watch each seller that is watched at all."""
        ...


class OperationsHandlers:
    """The handlers of the operators' calls, for either port.

    Without `shows_details` the checks name neither resources nor causes.
    """

    def __init__(
        self,
        *,
        health: Health,
        metrics: Metrics,
        subscriptions: SubscriptionCounts,
        shows_details: bool = True,
    ) -> None:
        reporting = partial(_reporting, shows_details=shows_details)
        self._metrics = metrics
        self._subscriptions = subscriptions
        self._handlers: dict[Call, Handler] = {
            STATISTICS: self.statistics,
            HEALTH: reporting(health.everything),
            LIVENESS: reporting(health.live),
            READINESS: reporting(health.ready),
            WORKER: reporting(health.worker),
            DATABASE: reporting(health.database),
            METRICS: self.metrics,
        }

    def routes(self, calls: Sequence[Call]) -> list[web.RouteDef]:
        """Return a route for each of these calls."""
        return routes(calls, {call: self._handlers[call] for call in calls})

    async def metrics(self, request: web.Request) -> web.Response:
        """Answer with all metrics, in the text format that the client prefers."""
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(
            body=encode(self._metrics.registry),
            headers={"Content-Type": content_type, "Cache-Control": "no-store"},
        )

    async def statistics(self, _request: web.Request) -> web.Response:
        """Answer how many clients watch which sellers, on this instance alone."""
        clients = dict(sorted(self._subscriptions.clients_per_seller().items()))
        return json_response(
            {
                "totalSubscriptions": sum(clients.values()),
                "totalConnections": self._subscriptions.total_connections,
                "sellerHandles": list(clients),
                "clientsPerSeller": clients,
            }
        )


def _reporting(ask: Callable[[], Awaitable[Sequence[Check]]], *, shows_details: bool) -> Handler:
    """Make a handler that reports these checks; the worst one decides the status."""

    async def report(_request: web.Request) -> web.Response:
        checks = await ask()
        found = {check.status for check in checks}
        worst = next((each for each in reversed(CheckStatus) if each in found), CheckStatus.OK)
        failing = worst is CheckStatus.FAILING
        return json_response(
            {
                "status": worst.value,
                "checks": {
                    check.name: {
                        "status": check.status.value,
                        "detail": check.detail if shows_details else _DETAIL_ELSEWHERE,
                    }
                    for check in checks
                },
            },
            status=HTTPStatus.SERVICE_UNAVAILABLE if failing else HTTPStatus.OK,
        )

    return report
