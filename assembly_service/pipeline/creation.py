"""Creates a worker on queues that were checked."""

import asyncio

from assembly_service.aws.clients import Client, Clients
from assembly_service.aws.queues import HalfQueue
from assembly_service.aws.start_checks import check_queues
from assembly_service.domain.decision import AssemblyRules
from assembly_service.domain.product import HalfKind
from assembly_service.pipeline.collaborators import Announce, Collaborators
from assembly_service.pipeline.worker import Worker
from assembly_service.runtime.clock import Clock
from assembly_service.runtime.metrics import Metrics
from assembly_service.runtime.retry import RetryPolicy
from assembly_service.runtime.tracing import Tracing
from assembly_service.settings.service import Settings
from assembly_service.storage.assembly_tables import AssemblyTables


async def create_worker(
    settings: Settings,
    clients: Clients,
    *,
    announce: Announce,
    clock: Clock,
    metrics: Metrics,
    stop: asyncio.Event,
    retry_policy: RetryPolicy,
    tracing: Tracing,
) -> Worker:
    """Create a worker. Raises CannotStart if a queue is missing or unsuitable."""
    collaborators = Collaborators(
        queues=await _queues(settings, clients),
        tables=assembly_tables(settings, clients.dynamodb_writes),
        announce=announce,
        rules=assembly_rules(settings),
        clock=clock,
        metrics=metrics,
        stop=stop,
        retry_policy=retry_policy,
        tracing=tracing,
    )
    return Worker(
        collaborators,
        concurrency=settings.worker_concurrency,
        cleanup_interval_seconds=settings.cleanup_interval_seconds,
        drain_seconds=settings.drain_deadline_seconds,
    )


def assembly_tables(settings: Settings, client: Client) -> AssemblyTables:
    """Return the products and the staging table of these settings."""
    return AssemblyTables(
        client=client,
        products_table=settings.dynamodb_products_table,
        staging_table=settings.dynamodb_staging_table,
    )


def assembly_rules(settings: Settings) -> AssemblyRules:
    """Return the rules with the times of these settings."""
    return AssemblyRules(
        staging_ttl=settings.staging_ttl_seconds * 1000,
        commit_allowance=round(settings.commit_allowance * 1000),
    )


async def _queues(settings: Settings, clients: Clients) -> dict[HalfKind, HalfQueue]:
    queues = {}
    for kind, described in (await check_queues(clients, settings)).items():
        queues[kind] = HalfQueue(
            kind=kind,
            url=settings.queue_urls[kind],
            dead_letter_url=described.dead_letter_url,
            clients=clients,
            # The drain waits for polls, so a poll has to end within its deadline.
            wait_seconds=min(settings.sqs_wait_seconds, int(settings.drain_deadline_seconds // 2)),
            visibility_seconds=settings.sqs_visibility_timeout,
        )
    return queues
