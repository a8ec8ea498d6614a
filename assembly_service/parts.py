"""The parts of an instance, before it serves and receives."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from assembly_service.access.opening import Access, open_access
from assembly_service.access.readers import Readers
from assembly_service.aws.clients import Clients
from assembly_service.drafts.systems import DraftSystems, open_draft_systems
from assembly_service.notification.instance_exchange import open_instances
from assembly_service.notification.instances import Instances
from assembly_service.notification.notification import Notification, open_notification
from assembly_service.operations.flow.rates import RateWatch
from assembly_service.pipeline.creation import create_worker
from assembly_service.pipeline.worker import Worker
from assembly_service.runtime.clock import Clock
from assembly_service.runtime.metrics import Metrics
from assembly_service.runtime.retry import RetryPolicy
from assembly_service.runtime.tracing import Tracing
from assembly_service.settings.service import Settings
from assembly_service.shop.recent_changes import RecentChanges
from assembly_service.storage.catalogue import Catalogue


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """What every part of an instance needs."""

    settings: Settings
    clients: Clients
    clock: Clock
    metrics: Metrics
    stop: asyncio.Event
    products_table_arn: str
    tracing: Tracing


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """Everything that serves or receives in an instance."""

    catalogue: Catalogue
    recent_changes: RecentChanges
    notification: Notification
    instances: Instances
    access: Access
    drafts: DraftSystems
    worker: Worker | None
    rates: RateWatch


@asynccontextmanager
async def create_parts(context: Context, retry_policy: RetryPolicy) -> AsyncIterator[Parts]:
    """Create the parts. Raises InvalidSettings, and CannotStart if a queue is missing or unfit.

    `retry_policy` is the worker's.
    """
    catalogue = Catalogue(
        dynamodb=context.clients.dynamodb, table=context.settings.dynamodb_products_table
    )
    recent_changes = RecentChanges(catalogue=catalogue, clock=context.clock)
    async with (
        open_access(context.settings, context.metrics.registry) as access,
        _open_notification(context, catalogue, recent_changes, access.readers) as notification,
        open_instances(
            context.settings,
            connections=lambda: notification.subscriptions.total_connections,
            products_table_arn=context.products_table_arn,
            clock=context.clock,
            metrics=context.metrics.bus,
        ) as instances,
        open_draft_systems(
            context.settings,
            context.clients,
            verifier=access.verifier,
            metrics=context.metrics,
            clock=context.clock,
        ) as drafts,
    ):
        yield Parts(
            catalogue=catalogue,
            recent_changes=recent_changes,
            notification=notification,
            instances=instances,
            access=access,
            drafts=drafts,
            worker=await _worker(context, notification, retry_policy),
            rates=RateWatch(context.metrics),
        )


def _open_notification(
    context: Context, catalogue: Catalogue, recent_changes: RecentChanges, readers: Readers | None
) -> AbstractAsyncContextManager[Notification]:
    return open_notification(
        settings=context.settings,
        metrics=context.metrics,
        clock=context.clock,
        changed_since=catalogue.changed_since,
        newest=catalogue.newest,
        products_table_arn=context.products_table_arn,
        readers=readers,
        recent_changes=recent_changes,
        sns=context.clients.sns,
        tracing=context.tracing,
    )


async def _worker(
    context: Context, notification: Notification, retry_policy: RetryPolicy
) -> Worker | None:
    if context.settings.service_role == "web":
        return None
    return await create_worker(
        context.settings,
        context.clients,
        announce=notification.announcer.announce,
        clock=context.clock,
        metrics=context.metrics,
        stop=context.stop,
        retry_policy=retry_policy,
        tracing=context.tracing,
    )
