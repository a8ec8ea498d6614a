"""The composition root: an instance that serves and receives, until it is told to stop."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import structlog
from aiohttp import web

from assembly_service.application import create_application, create_operations_application
from assembly_service.aws.clients import Clients
from assembly_service.aws.start_checks import open_checked_clients
from assembly_service.aws.start_errors import CannotStart
from assembly_service.http.server import http_server, operations_endpoint, public_endpoint
from assembly_service.operations.calls import OPERATIONS_CALLS, public_calls
from assembly_service.operations.handlers import OperationsHandlers
from assembly_service.operations.operator_calls import OperatorCalls, create_operator_calls
from assembly_service.operations.service_health import ServiceHealth
from assembly_service.parts import Context, Parts, create_parts
from assembly_service.runtime.clock import Clock, wall_clock
from assembly_service.runtime.logs import configure_logs
from assembly_service.runtime.loop_lag import watch_loop_lag
from assembly_service.runtime.metrics import HttpMetrics, Metrics
from assembly_service.runtime.retry import RetryPolicy
from assembly_service.runtime.trace_export import open_tracing
from assembly_service.runtime.tracing import NO_TRACING, Tracing
from assembly_service.settings.review import check_audience, log_start
from assembly_service.settings.service import InvalidSettings, Settings

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Service:
    """A running instance; setting `stop` ends it.

    `operations_url` is None unless operators have a port of their own.
    """

    url: str
    operations_url: str | None
    metrics: Metrics
    stop: asyncio.Event

    @property
    def urls(self) -> dict[str, str]:
        """The URLs that exist, by name."""
        urls = {"url": self.url, "operations_url": self.operations_url}
        return {name: url for name, url in urls.items() if url is not None}


LocalCalls = Callable[[Settings, Clients], web.Application]
"""Makes the calls that the pages of the local mode have, and nobody else."""


async def serve(
    settings: Settings, environment: Mapping[str, str], *, local_calls: LocalCalls | None = None
) -> None:
    """Run until SIGINT or SIGTERM. The settings were read from `environment`.

    Raises CannotStart, InvalidSettings. If a part of the service fails, the process exits with
    status 1 for a supervisor to restart it; nothing unacknowledged is lost.
    """
    configure_logs(level=settings.log_level, log_format=settings.log_format)
    # Somebody who tries the service looks for its addresses.
    in_full = local_calls is None or settings.log_level == "DEBUG"
    log_start(settings, environment, with_settings=in_full)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        async with (
            open_tracing(environment, flush_seconds=settings.flush_seconds) as tracing,
            running_service(
                settings, stop=stop, local_calls=local_calls, tracing=tracing
            ) as service,
        ):
            log.info("service_started", **service.urls, role=settings.service_role)
            await stop.wait()
            log.info("service_stopping")
    except (CannotStart, InvalidSettings):
        raise
    except Exception:
        log.exception("service_died")
        sys.exit(1)
    log.info("service_stopped")


@asynccontextmanager
async def running_service(
    settings: Settings,
    *,
    clock: Clock = wall_clock,
    stop: asyncio.Event | None = None,
    retry_policy: RetryPolicy | None = None,
    local_calls: LocalCalls | None = None,
    tracing: Tracing = NO_TRACING,
) -> AsyncIterator[Service]:
    """Start an instance. At the end, drain it and close everything in reverse order.

    `retry_policy` is the worker's. Raises InvalidSettings, and CannotStart if AWS resources are
    missing or unfit, before anything is received.
    """
    check_audience(settings)
    stop, metrics = stop or asyncio.Event(), Metrics(role=settings.service_role)
    async with open_checked_clients(settings, metrics) as (clients, products_table_arn):
        context = Context(
            settings=settings,
            clients=clients,
            clock=clock,
            metrics=metrics,
            stop=stop,
            products_table_arn=products_table_arn,
            tracing=tracing,
        )
        async with (
            create_parts(context, retry_policy or RetryPolicy()) as parts,
            _serving(context, parts, local_calls) as (url, operations_url),
            _running_tasks(context, parts),
        ):
            yield Service(url=url, operations_url=operations_url, metrics=metrics, stop=stop)


@asynccontextmanager
async def _serving(
    context: Context, parts: Parts, local_calls: LocalCalls | None
) -> AsyncIterator[tuple[str, str | None]]:
    """Serve the public port and, for longer, any operators' port; yield both URLs."""
    settings = context.settings
    health = ServiceHealth(
        clients=context.clients,
        settings=settings,
        worker=parts.worker,
        bus=parts.notification,
        stop=context.stop,
    )
    operations = partial(
        OperationsHandlers,
        health=health,
        metrics=context.metrics,
        subscriptions=parts.notification.subscriptions,
    )
    operator_calls = _operator_calls(context, parts, health)
    async with AsyncExitStack() as opened:
        operations_url = None
        if settings.operations_port:
            application = create_operations_application(
                operations(), OPERATIONS_CALLS, operator_calls, with_pages=settings.pages
            )
            at_operators = http_server(
                application, operations_endpoint(settings), metrics=HttpMetrics(registry=None)
            )
            operations_url = await opened.enter_async_context(at_operators)
        at_clients = http_server(
            _public_application(
                context,
                parts,
                operations(shows_details=not settings.operations_port),
                local_calls and local_calls(settings, context.clients),
                operator_calls,
            ),
            public_endpoint(settings),
            metrics=context.metrics.http,
            before_close=partial(parts.notification.close, "The service stops."),
            # Clients leave while the worker drains; a worker's port is for operators, to the end.
            stop=None if settings.service_role == "worker" else context.stop,
        )
        yield await opened.enter_async_context(at_clients), operations_url


@asynccontextmanager
async def _running_tasks(context: Context, parts: Parts) -> AsyncIterator[None]:
    """Run what works without being called, and stop it at the end."""
    stop, lag = context.stop, watch_loop_lag(context.metrics.process.event_loop_lag, context.stop)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(lag, name="loop-lag")
        tasks.create_task(parts.rates.run(stop), name="rates")
        if parts.worker is not None:
            tasks.create_task(parts.worker.run(), name="worker")
        if parts.drafts.engine is not None:
            tasks.create_task(parts.drafts.engine.run(stop), name="drafts")
        try:
            yield
        finally:
            stop.set()


def _operator_calls(context: Context, parts: Parts, health: ServiceHealth) -> OperatorCalls:
    return create_operator_calls(
        context.settings,
        context.clients,
        clock=context.clock,
        health=health,
        notification=parts.notification,
        instances=parts.instances,
        rates=parts.rates,
        authorize=parts.access.authorize,
    )


def _public_application(
    context: Context,
    parts: Parts,
    operations: OperationsHandlers,
    local_calls: web.Application | None,
    operator_calls: OperatorCalls,
) -> web.Application:
    """Create what the public port serves; of a worker, operators' calls only."""
    if context.settings.service_role == "worker":
        return create_operations_application(operations, public_calls(context.settings))
    application = create_application(
        catalogue=parts.catalogue,
        recent_changes=parts.recent_changes,
        settings=context.settings,
        clock=context.clock,
        metrics=context.metrics,
        operations=operations,
        readers=parts.access.readers,
        mounted=parts.drafts.mounted,
        local_calls=local_calls,
        operator_calls=operator_calls if local_calls is not None else None,
    )
    parts.notification.attach(application)
    return application
