"""The product orchestrator, put together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry

from assembly_service.aws.clients import Clients
from assembly_service.clock import Clock
from assembly_service.domain.code_pattern import compile_pattern
from assembly_service.draft_settings import ProductDraftSettings
from assembly_service.drafts.access.tokens import TokenVerifier, open_verifier
from assembly_service.drafts.engine.attempts import Pause
from assembly_service.drafts.engine.channels import to_log, to_topic
from assembly_service.drafts.engine.expiry import keep_sweeping
from assembly_service.drafts.engine.finishing import Finishing
from assembly_service.drafts.engine.metrics import DraftMetrics
from assembly_service.drafts.engine.outbox import Outbox
from assembly_service.drafts.engine.relay import Relay
from assembly_service.drafts.engine.store import DraftStore
from assembly_service.drafts.engine.telling import Channel
from assembly_service.drafts.product.application import create_draft_application
from assembly_service.drafts.product.catalogue import ProductCatalogue
from assembly_service.drafts.product.catalogue_api import CatalogueApi
from assembly_service.drafts.product.catalogue_calls import CatalogueCalls
from assembly_service.drafts.product.catalogue_writes import CatalogueWriter
from assembly_service.drafts.product.commit import ProductCommit
from assembly_service.drafts.product.draft_api import COMMIT, GAVE_UP, DraftApi
from assembly_service.drafts.product.product_code import ProductCodeRule
from assembly_service.drafts.product.rules import SYSTEM
from assembly_service.drafts.product.stamping import Stamps
from assembly_service.drafts.product.workflow import ProductDrafts

_LAST_WORDS_SECONDS = 2.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductOrchestrator:
    """The product orchestrator of an instance: `application` is to be mounted at `PREFIX`."""

    application: web.Application
    store: DraftStore
    drafts: ProductDrafts
    relay: Relay
    clock: Clock

    async def run(self, stop: asyncio.Event) -> None:
        """Tell events and note what expires, until `stop` is set."""
        work = [
            asyncio.create_task(self.relay.run(), name="draft-events"),
            asyncio.create_task(
                keep_sweeping(
                    self.store, system=SYSTEM, clock=self.clock, note=self.drafts.note_expiry
                ),
                name="draft-expiry",
            ),
        ]
        stopping = asyncio.create_task(stop.wait(), name="draft-stop")
        ended, others = await asyncio.wait({stopping, *work}, return_when=asyncio.FIRST_COMPLETED)
        for task in others:
            task.cancel()
        await asyncio.wait(others)
        for task in ended:
            task.result()


def product_metrics(registry: CollectorRegistry) -> DraftMetrics:
    """The instruments, with the commits that gave up shown as none from the start.

    Prometheus sees no rise in a series that begins at one.
    """
    metrics = DraftMetrics(registry)
    metrics.steps.labels(SYSTEM, COMMIT, GAVE_UP)
    return metrics


@asynccontextmanager
async def open_product_orchestrator(
    settings: ProductDraftSettings,
    clients: Clients,
    *,
    registry: CollectorRegistry,
    clock: Clock,
    drain_seconds: float,
    pause: Pause = asyncio.sleep,
) -> AsyncIterator[ProductOrchestrator]:
    """Open it; at the end commits under way are waited for, and what happened last is told."""
    metrics = product_metrics(registry)
    store = DraftStore(client=clients.dynamodb, table=settings.dynamodb_drafts_table)
    relay = Relay(
        outbox=Outbox(client=clients.dynamodb, table=settings.dynamodb_drafts_table),
        channels=_channels(settings, clients),
        clock=clock,
        metrics=metrics,
    )
    catalogue = ProductCatalogue(
        client=clients.dynamodb,
        table=settings.dynamodb_records_table,
        code_scope=settings.product_code_scope,
    )
    drafts = ProductDrafts(
        store=store,
        catalogue=catalogue,
        relay=relay,
        code_rule=_code_rule(settings),
        share_within_organization=settings.orchestrator_share_within_org,
        clock=clock,
        metrics=metrics,
        lifetime=settings.orchestrator_ttl_seconds * 1000,
    )
    finishing = Finishing()
    async with open_verifier(settings) as verifier:
        application = _application(
            settings, clients, drafts, catalogue, finishing, verifier, metrics, pause
        )
        try:
            yield ProductOrchestrator(
                application=application, store=store, drafts=drafts, relay=relay, clock=clock
            )
        finally:
            await finishing.all_ended(drain_seconds)
            await _tell_the_last(relay)


def _application(
    settings: ProductDraftSettings,
    clients: Clients,
    drafts: ProductDrafts,
    catalogue: ProductCatalogue,
    finishing: Finishing,
    verifier: TokenVerifier,
    metrics: DraftMetrics,
    pause: Pause,
) -> web.Application:
    stamps = Stamps(
        catalogue=catalogue,
        code_scope=settings.product_code_scope,
        match_mode=settings.target_match_mode,
        clock=drafts.clock,
    )
    commit = ProductCommit(
        drafts=drafts,
        stamps=stamps,
        writes=clients.dynamodb_writes,
        records_table=settings.dynamodb_records_table,
        pause=pause,
    )
    calls = CatalogueCalls(
        catalogue=catalogue,
        writer=CatalogueWriter(client=clients.dynamodb, table=settings.dynamodb_records_table),
        code_rule=_code_rule(settings),
        stamps=stamps,
        clock=drafts.clock,
    )
    return create_draft_application(
        drafts=DraftApi(drafts=drafts, commit=commit, finishing=finishing, verifier=verifier),
        catalogue=CatalogueApi(calls=calls, verifier=verifier),
        metrics=metrics,
    )


def _channels(settings: ProductDraftSettings, clients: Clients) -> list[Channel]:
    """Everywhere that events go; a connector to another system is one more of these."""
    if settings.sns_draft_events_topic_arn is None:
        return [to_log]
    # The log last: it never fails, so no event comes there anew because another would not take it.
    return [to_topic(clients.sns, settings.sns_draft_events_topic_arn), to_log]


def _code_rule(settings: ProductDraftSettings) -> ProductCodeRule:
    return ProductCodeRule(
        pattern=compile_pattern(settings.product_code_pattern), hint=settings.product_code_hint
    )


async def _tell_the_last(relay: Relay) -> None:
    try:
        async with asyncio.timeout(_LAST_WORDS_SECONDS):
            await relay.tell_all(sweep=False)
    except TimeoutError:
        # They lie in the outbox: another instance tells them, or this one when it is back.
        log.warning("draft_events_left_in_the_outbox")
