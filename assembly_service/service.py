"""The composition root: what a running instance is made of, in which order it opens and closes."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import structlog
from aiohttp import web

from assembly_service.aws.clients import Clients, open_clients
from assembly_service.aws.queues import HalfQueue
from assembly_service.aws.start_checks import (
    StartError,
    check_draft_tables,
    check_queues,
    check_tables,
    check_topic,
)
from assembly_service.clock import Clock, wall_clock
from assembly_service.domain.decision import AssemblyRules
from assembly_service.domain.product import HalfKind
from assembly_service.drafts.systems import DraftSystems, open_draft_systems
from assembly_service.health import ServiceHealth
from assembly_service.http.listening import listening
from assembly_service.monitoring.logs import configure_logs
from assembly_service.monitoring.metrics import Metrics
from assembly_service.notification.notification import Notification, open_notification
from assembly_service.pipeline.collaborators import Collaborators
from assembly_service.pipeline.worker import Worker
from assembly_service.runtime.retry import RetryPolicy
from assembly_service.settings import Settings, SettingsError
from assembly_service.storage.assembly_tables import AssemblyTables
from assembly_service.storage.catalogue import Catalogue
from assembly_service.storage.recent_changes import RecentChanges
from assembly_service.web.application import create_application, create_monitoring_application

__all__ = ["Service", "StartError", "running_service", "serve"]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Service:
    """A running instance. `url` is where it listens; `stop` ends it."""

    url: str
    metrics: Metrics
    stop: asyncio.Event


async def serve(settings: Settings) -> None:
    """Run until SIGINT or SIGTERM.

    Raises StartError, SettingsError. If a part of the service dies, the whole process ends with
    status 1: a supervisor starts it again, and nothing that was not acknowledged is lost.
    """
    configure_logs(level=settings.log_level, log_format=settings.log_format)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        async with running_service(settings, stop=stop) as service:
            log.info("service_started", url=service.url, role=settings.service_role)
            await stop.wait()
            log.info("service_stopping")
    except (StartError, SettingsError):
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
) -> AsyncIterator[Service]:
    """A started instance; leaving the block drains it and closes everything in reverse order.

    `retry_policy` is that of the worker, by default the one that the documents state.
    Raises StartError before anything was received if AWS is not as it has to be.
    """
    stop, metrics = stop or asyncio.Event(), Metrics()
    policy = retry_policy or RetryPolicy()
    async with _ground(settings, clock, metrics, stop) as ground, _parts(ground, policy) as parts:
        closing = partial(parts.notification.close, "the service stops")
        async with (
            listening(
                _application(ground, parts), settings, metrics=metrics.http, before_close=closing
            ) as url,
            asyncio.TaskGroup() as tasks,
        ):
            if parts.worker is not None:
                tasks.create_task(parts.worker.run(), name="worker")
            if parts.drafts.engine is not None:
                tasks.create_task(parts.drafts.engine.run(stop), name="drafts")
            try:
                yield Service(url=url, metrics=metrics, stop=stop)
            finally:
                stop.set()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ground:
    """What every part of an instance stands on."""

    settings: Settings
    clients: Clients
    clock: Clock
    metrics: Metrics
    stop: asyncio.Event
    products_table_arn: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Parts:
    """An instance put together, before it listens and works."""

    catalogue: Catalogue
    recent_changes: RecentChanges
    notification: Notification
    drafts: DraftSystems
    worker: Worker | None


@asynccontextmanager
async def _ground(
    settings: Settings, clock: Clock, metrics: Metrics, stop: asyncio.Event
) -> AsyncIterator[_Ground]:
    """Opened, and checked but for the queues. Raises StartError."""
    async with AsyncExitStack() as opened:
        try:
            clients = await opened.enter_async_context(open_clients(settings, metrics))
        except Exception as error:
            raise StartError(
                f"AWS's client library refuses the settings ({error}): "
                "check AWS_REGION, AWS_ENDPOINT_URL, AWS_PROFILE and AWS_CA_BUNDLE."
            ) from error
        yield _Ground(
            settings=settings,
            clients=clients,
            clock=clock,
            metrics=metrics,
            stop=stop,
            products_table_arn=await _check_resources(clients, settings),
        )


@asynccontextmanager
async def _parts(ground: _Ground, retry_policy: RetryPolicy) -> AsyncIterator[_Parts]:
    """Raises StartError if a queue is missing or unfit, SettingsError."""
    catalogue = Catalogue(
        dynamodb=ground.clients.dynamodb, table=ground.settings.dynamodb_products_table
    )
    recent_changes = RecentChanges(changed_since=catalogue.changed_since, clock=ground.clock)
    async with (
        open_notification(
            settings=ground.settings,
            metrics=ground.metrics,
            clock=ground.clock,
            changed_since=catalogue.changed_since,
            products_table_arn=ground.products_table_arn,
            recent_changes=recent_changes,
            sns=ground.clients.sns,
        ) as notification,
        open_draft_systems(
            ground.settings, ground.clients, metrics=ground.metrics, clock=ground.clock
        ) as drafts,
    ):
        yield _Parts(
            catalogue=catalogue,
            recent_changes=recent_changes,
            notification=notification,
            drafts=drafts,
            worker=await _worker(ground, notification, retry_policy),
        )


async def _check_resources(clients: Clients, settings: Settings) -> str:
    """The ARN of the products table.

    Raises StartError if a table or a topic is missing or unfit; queues have their own check.
    """
    products_table_arn = await check_tables(clients, settings)
    if (topic := settings.sns_new_product_topic_arn) is not None:
        await check_topic(clients, topic, setting="SNS_NEW_PRODUCT_TOPIC_ARN")
    if (drafts := settings.draft_engine) is not None:
        await check_draft_tables(clients, drafts)
        if (topic := drafts.sns_draft_events_topic_arn) is not None:
            await check_topic(clients, topic, setting="SNS_DRAFT_EVENTS_TOPIC_ARN")
    return products_table_arn


def _draft_tables(settings: Settings) -> dict[str, str]:
    """What the health checks ask for drafts."""
    if (drafts := settings.draft_engine) is None:
        return {}
    return {
        "drafts_table": drafts.dynamodb_drafts_table,
        "records_table": drafts.dynamodb_records_table,
    }


def _application(ground: _Ground, parts: _Parts) -> web.Application:
    """A worker answers operators alone; clients belong to the web front."""
    health = ServiceHealth(
        clients=ground.clients,
        settings=ground.settings,
        worker=parts.worker,
        bus=parts.notification,
        stop=ground.stop,
        draft_tables=_draft_tables(ground.settings),
    )
    if ground.settings.service_role == "worker":
        return create_monitoring_application(health=health, metrics=ground.metrics)
    application = create_application(
        catalogue=parts.catalogue,
        recent_changes=parts.recent_changes,
        settings=ground.settings,
        clock=ground.clock,
        metrics=ground.metrics,
        health=health,
        subscriptions=parts.notification.subscriptions,
        mounted=parts.drafts.mounted,
    )
    parts.notification.attach(application)
    return application


async def _worker(
    ground: _Ground, notification: Notification, retry_policy: RetryPolicy
) -> Worker | None:
    """The worker, if the instance is to have one."""
    settings = ground.settings
    if settings.service_role == "web":
        return None
    collaborators = Collaborators(
        queues=await _queues(ground.clients, settings),
        tables=AssemblyTables(
            client=ground.clients.dynamodb_writes,
            products_table=settings.dynamodb_products_table,
            staging_table=settings.dynamodb_staging_table,
        ),
        announce=notification.announcer.announce,
        rules=AssemblyRules(
            staging_ttl=settings.staging_ttl_seconds * 1000,
            commit_allowance=round(settings.commit_allowance * 1000),
        ),
        clock=ground.clock,
        metrics=ground.metrics,
        stop=ground.stop,
        retry_policy=retry_policy,
    )
    return Worker(
        collaborators,
        concurrency=settings.worker_concurrency,
        cleanup_interval_seconds=settings.cleanup_interval_seconds,
        drain_seconds=settings.drain_deadline_seconds,
    )


async def _queues(clients: Clients, settings: Settings) -> dict[HalfKind, HalfQueue]:
    """Both queues, checked."""
    urls = {
        HalfKind.CAPTION: settings.sqs_caption_analysis_queue_url,
        HalfKind.THUMBNAIL: settings.sqs_thumbnail_generation_queue_url,
    }
    queues = {}
    for kind, described in (await check_queues(clients, settings)).items():
        queues[kind] = HalfQueue(
            kind=kind,
            url=urls[kind],
            dead_letter_url=described.dead_letter_url,
            clients=clients,
            # A poll under way is waited for at the stop, so it has to end within the drain.
            wait_seconds=min(settings.sqs_wait_seconds, int(settings.drain_deadline_seconds // 2)),
            visibility_seconds=settings.sqs_visibility_timeout,
        )
    return queues
