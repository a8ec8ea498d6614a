"""Puts the web front together."""

from collections.abc import Sequence

from aiohttp import web
from aiohttp.typedefs import Middleware

from assembly_service.clock import Clock
from assembly_service.http.documentation import Documentation
from assembly_service.http.middleware import (
    admit_origins,
    answer_errors,
    compress,
    limit_addresses,
    note_public_path,
)
from assembly_service.http.mounting import Mounted
from assembly_service.monitoring.metrics import Metrics
from assembly_service.operations.health import Health
from assembly_service.operations.monitoring import Monitoring
from assembly_service.operations.statistics import Statistics, Subscriptions
from assembly_service.settings import Settings
from assembly_service.shop.handlers import Shop
from assembly_service.storage.catalogue import Catalogue
from assembly_service.storage.recent_changes import RecentChanges
from assembly_service.web.openapi import openapi_document


def create_application(
    *,
    catalogue: Catalogue,
    recent_changes: RecentChanges,
    settings: Settings,
    clock: Clock,
    metrics: Metrics,
    health: Health,
    subscriptions: Subscriptions,
    mounted: Sequence[Mounted] = (),
) -> web.Application:
    """The REST API with its documentation, health and metrics.

    `mounted` answers calls in its own way. Socket.IO may be attached to it below `/socket.io/`.
    """
    application = web.Application(
        middlewares=[
            *_limits(settings, metrics),
            note_public_path(settings.public_path, settings.trusted_proxies),
            admit_origins(
                settings.cors_origins,
                allowed_headers=settings.cors_allowed_headers,
                credentials=settings.cors_credentials,
            ),
            compress,
            answer_errors,
        ]
    )
    application.add_routes(
        [
            *Shop(
                catalogue=catalogue, recent_changes=recent_changes, settings=settings, clock=clock
            ).routes(),
            *Statistics(subscriptions=subscriptions).routes(),
            *Monitoring(health=health, metrics=metrics).routes(),
            *Documentation(openapi_document([each.document for each in mounted])).routes(),
        ]
    )
    for each in mounted:
        for prefix, other in each.applications.items():
            application.add_subapp(prefix, other)
    return application


def _limits(settings: Settings, metrics: Metrics) -> list[Middleware]:
    most = settings.most_of_an_address
    if most is None:
        return []
    return [limit_addresses(most, settings.trusted_proxies, metrics.http)]


def create_monitoring_application(*, health: Health, metrics: Metrics) -> web.Application:
    """Health and metrics alone, for an instance that has no clients."""
    application = web.Application(middlewares=[compress, answer_errors])
    application.add_routes(Monitoring(health=health, metrics=metrics).routes())
    return application
