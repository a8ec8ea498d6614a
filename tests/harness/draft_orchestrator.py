"""What makes products of drafts, without HTTP before it."""

import json
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from prometheus_client import CollectorRegistry

from assembly_service.access.caller import Caller, Privilege
from assembly_service.domain.code_pattern import compile_pattern
from assembly_service.drafts.engine.background import BackgroundTasks
from assembly_service.drafts.engine.channels import to_log
from assembly_service.drafts.engine.commit import DraftCommit
from assembly_service.drafts.engine.json_body import ReadBody
from assembly_service.drafts.engine.lifetime import Lifetime
from assembly_service.drafts.engine.metrics import DraftMetrics
from assembly_service.drafts.engine.outbox import Outbox
from assembly_service.drafts.engine.relay import Relay
from assembly_service.drafts.engine.store import DraftStore
from assembly_service.drafts.engine.system_drafts import Drafts
from assembly_service.drafts.engine.waiting import Waiting
from assembly_service.drafts.product.catalogue import ProductCatalogue
from assembly_service.drafts.product.catalogue_writes import CatalogueWriter, ConditionLost
from assembly_service.drafts.product.commit import ProductCommit, ProductRecords
from assembly_service.drafts.product.creation_metadata import MetadataFactory
from assembly_service.drafts.product.product_code import ProductCodeRule
from assembly_service.drafts.product.rules import LIFETIME_MILLISECONDS
from assembly_service.drafts.product.workflow import PRODUCT_DRAFTS, ProductDrafts
from assembly_service.runtime.clock import Clock
from tests.drafts.product.support import PRODUCT
from tests.harness.drafts import ORGANIZATION, no_pause

DRAFTS, RECORDS = "drafts", "records"
ADA = Caller(user_id="ada", privilege=Privilege.ADMIN, organization=ORGANIZATION)
BESIDE = "who makes products without a draft"
_ANY_CODE = ProductCodeRule(pattern=compile_pattern(".*"), hint="anything")
_METRICS = DraftMetrics(CollectorRegistry())


@dataclass(frozen=True, kw_only=True)
class Orchestrator:
    """What serves the calls. `writes` is the client for attempts of commits."""

    reads: Any
    writes: Any
    clock: Clock
    drafts_table: str = DRAFTS
    records_table: str = RECORDS

    @cached_property
    def store(self) -> DraftStore:
        return DraftStore(client=self.reads, table=self.drafts_table)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(client=self.reads, table=self.drafts_table)

    @cached_property
    def catalogue(self) -> ProductCatalogue:
        return ProductCatalogue(
            client=self.reads, table=self.records_table, code_scope="organization"
        )

    @cached_property
    def metadata(self) -> MetadataFactory:
        return MetadataFactory(
            catalogue=self.catalogue,
            code_scope="organization",
            match_mode="any",
            clock=self.clock,
        )

    @cached_property
    def relay(self) -> Relay:
        return Relay(
            outbox=self.outbox,
            channels=[],
            write_line=to_log,
            clock=self.clock,
            metrics=_METRICS,
        )

    @cached_property
    def engine_drafts(self) -> Drafts:
        return Drafts(
            PRODUCT_DRAFTS,
            store=self.store,
            relay=self.relay,
            clock=self.clock,
            metrics=_METRICS,
        )

    @cached_property
    def drafts(self) -> ProductDrafts:
        return ProductDrafts(
            drafts=self.engine_drafts,
            catalogue=self.catalogue,
            code_rule=_ANY_CODE,
            share_within_organization=False,
            lifetime=Lifetime(length=LIFETIME_MILLISECONDS),
        )

    @cached_property
    def commit(self) -> ProductCommit:
        return ProductCommit(
            drafts=self.drafts,
            metadata=self.metadata,
            commit=DraftCommit(
                ProductRecords(self.records_table),
                drafts=self.engine_drafts,
                writes=self.writes,
                replay_seconds=5,
                background=BackgroundTasks(),
                pause=no_pause,
                waiting=Waiting(pause=no_pause, seconds=0.1),
            ),
        )

    async def create_product(self, code: str, operation: str) -> None:
        """Make a product without a draft, if its code is free."""
        metadata = await self.metadata.new(ORGANIZATION, BESIDE, operation)
        writer = CatalogueWriter(client=self.reads, table=self.records_table)
        with suppress(ConditionLost):
            await writer.create(metadata, {**PRODUCT, "productCode": code})


def sends(body: bytes) -> ReadBody:
    """A caller whose body is available at once."""

    async def read_body() -> bytes:
        return body

    return read_body


def product_body(code: str) -> bytes:
    """A product as a client sends it."""
    return json.dumps({**PRODUCT, "productCode": code}).encode()
