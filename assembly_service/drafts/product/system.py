"""Assembles the product orchestrator."""

from dataclasses import dataclass

from aiohttp import web

from assembly_service.domain.code_pattern import compile_pattern
from assembly_service.drafts.engine.draft_engine import DraftEngine
from assembly_service.drafts.engine.lifetime import Lifetime
from assembly_service.drafts.engine.requests import create_system_application
from assembly_service.drafts.engine.system_drafts import Drafts
from assembly_service.drafts.product.calls import PREFIX
from assembly_service.drafts.product.catalogue import ProductCatalogue
from assembly_service.drafts.product.catalogue_api import CatalogueApi
from assembly_service.drafts.product.catalogue_workflow import CatalogueWorkflow
from assembly_service.drafts.product.catalogue_writes import CatalogueWriter
from assembly_service.drafts.product.commit import ProductCommit, ProductRecords
from assembly_service.drafts.product.creation_metadata import MetadataFactory
from assembly_service.drafts.product.document import product_drafts_document
from assembly_service.drafts.product.draft_api import DraftApi
from assembly_service.drafts.product.product_code import ProductCodeRule
from assembly_service.drafts.product.rules import COMMIT_STEP
from assembly_service.drafts.product.workflow import PRODUCT_DRAFTS, ProductDrafts
from assembly_service.http.mounting import Mounted
from assembly_service.settings.drafts import ProductDraftSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductOrchestrator:
    """The product orchestrator of an instance."""

    mounted: Mounted
    drafts: Drafts


def create_product_orchestrator(
    settings: ProductDraftSettings, engine: DraftEngine
) -> ProductOrchestrator:
    """Create the orchestrator on an instance's engine, which sweeps its drafts."""
    catalogue = ProductCatalogue(
        client=engine.clients.dynamodb,
        table=settings.dynamodb_records_table,
        code_scope=settings.product_code_scope,
    )
    drafts = engine.drafts_of(PRODUCT_DRAFTS, commit_step=COMMIT_STEP)
    application = _application(settings, engine, drafts, catalogue)
    document = product_drafts_document(settings.target_match_mode)
    mounted = Mounted(applications={PREFIX: application}, document=document)
    return ProductOrchestrator(mounted=mounted, drafts=drafts)


def _application(
    settings: ProductDraftSettings,
    engine: DraftEngine,
    drafts: Drafts,
    catalogue: ProductCatalogue,
) -> web.Application:
    table, verifier = settings.dynamodb_records_table, engine.verifier
    code_rule = ProductCodeRule(
        pattern=compile_pattern(settings.product_code_pattern), hint=settings.product_code_hint
    )
    metadata = MetadataFactory(
        catalogue=catalogue,
        code_scope=settings.product_code_scope,
        match_mode=settings.target_match_mode,
        clock=engine.clock,
    )
    product_drafts = ProductDrafts(
        drafts=drafts,
        catalogue=catalogue,
        code_rule=code_rule,
        share_within_organization=settings.orchestrator_share_within_org,
        lifetime=Lifetime(length=settings.orchestrator_ttl_seconds * 1000),
    )
    commit = ProductCommit(
        drafts=product_drafts,
        metadata=metadata,
        commit=engine.commit_of(
            ProductRecords(table), drafts, replay_seconds=settings.orchestrator_replay_seconds
        ),
    )
    workflow = CatalogueWorkflow(
        catalogue=catalogue,
        writer=CatalogueWriter(client=engine.clients.dynamodb, table=table),
        code_rule=code_rule,
        metadata=metadata,
        clock=engine.clock,
    )
    draft_api = DraftApi(
        drafts=product_drafts, commit=commit, background=engine.background, verifier=verifier
    )
    catalogue_api = CatalogueApi(workflow=workflow, verifier=verifier)
    routes = [*draft_api.routes(), *catalogue_api.routes()]
    return create_system_application(PRODUCT_DRAFTS, routes, engine)
