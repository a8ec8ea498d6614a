"""A product orchestrator over real HTTP on a real engine, and its callers."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache

from assembly_service.aws.clients import Clients
from assembly_service.drafts.engine.draft_engine import DraftEngine
from assembly_service.drafts.product.calls import PREFIX
from assembly_service.drafts.product.document import product_drafts_document
from assembly_service.drafts.product.system import (
    ProductOrchestrator,
    create_product_orchestrator,
)
from assembly_service.openapi import openapi_document
from assembly_service.settings.drafts import ProductDraftSettings
from tests.harness.described import Described
from tests.harness.drafts import (
    SIGNING_KEY,
    Answer,
    DraftCaller,
    DraftInstance,
    Json,
    fields_of,
    running_drafts,
    token,
)
from tests.harness.served import Applications
from tests.harness.web import ManualClock

SESSIONS = f"{PREFIX}/products/orchestrate/session"
PRODUCTS = f"{PREFIX}/products"

PRODUCT: Json = {
    "productName": "Spring Workshop",
    "productCode": "OSOT-WORKSHOP-2026",
    "productDescription": "A day about hand rehabilitation.",
    "productCategory": 4,
    "productGlCode": 14,
    "productYear": "2026",
    "generalPrice": 120.5,
}
"""Everything that a product needs, and one price."""


class Caller(DraftCaller):
    """Someone who calls the orchestrator."""

    async def create(self) -> str:
        """The id of a new draft."""
        answer = await self.call("POST", f"{SESSIONS}/create")
        assert answer.status == 201, answer
        session_id: str = answer.body["sessionId"]
        return session_id

    async def add_product(self, session_id: str, **fields: object) -> Answer:
        """Add a product to the draft; `fields` replace those of `PRODUCT`, None as null."""
        return await self.call("POST", f"{SESSIONS}/{session_id}/product", {**PRODUCT, **fields})

    async def configure_target(self, session_id: str, **criteria: object) -> Answer:
        """Configure the draft's target."""
        return await self.call("POST", f"{SESSIONS}/{session_id}/audience-target", criteria)

    async def commit(self, session_id: str) -> Answer:
        """Commit the draft."""
        return await self.call("POST", f"{SESSIONS}/{session_id}/commit")

    async def progress(self, session_id: str) -> Answer:
        """Ask how far the draft is."""
        return await self.call("GET", f"{SESSIONS}/{session_id}/progress")

    async def draft_with_product(self, **fields: object) -> str:
        """The id of a new draft with a product."""
        session_id = await self.create()
        answer = await self.add_product(session_id, **fields)
        assert answer.status == 200, answer
        return session_id


@dataclass(frozen=True, kw_only=True)
class Instance(DraftInstance):
    """A running instance; `admin` is a caller."""

    admin: Caller
    orchestrator: ProductOrchestrator
    settings: ProductDraftSettings

    async def count_records(self) -> dict[str, int]:
        """How many products, targets, guards and audit items there are."""
        keys = [(row["pk"]["S"], row["sk"]["S"]) for row in await self.records()]
        products = [sort for _, sort in keys if sort.startswith("PRODUCT#")]
        targets = [sort for sort in products if sort.endswith("#TARGET")]
        return {
            "products": len(products) - len(targets),
            "targets": len(targets),
            "guards": sum(key.startswith("CODE#") for key, _ in keys),
            "audits": sum(key.startswith("AUDIT#") for key, _ in keys),
        }


def draft_settings(environment: Mapping[str, str], **changed: object) -> ProductDraftSettings:
    """Settings for an account; `changed` are fields."""
    settings = ProductDraftSettings.model_validate({**environment, "JWT_SECRET": SIGNING_KEY})
    return settings.model_copy(update=changed)


@asynccontextmanager
async def running_instance(
    clients: Clients,
    settings: ProductDraftSettings,
    *,
    clock: ManualClock | None = None,
    more: Callable[[DraftEngine], Applications] = lambda _: {},
    described: Described | None = None,
) -> AsyncIterator[Instance]:
    """Serve an orchestrator on a free port, with a clock that stands still.

    `more` adds other draft systems to its engine, and gives their applications by base path. Every
    answer has to be as `described`, which is without them unless it says otherwise.
    """
    made: list[ProductOrchestrator] = []

    def serve(engine: DraftEngine) -> Applications:
        made.append(create_product_orchestrator(settings, engine))
        return {**made[0].mounted.applications, **more(engine)}

    async with running_drafts(
        clients,
        settings,
        serve,
        clock=clock,
        described=described or _described(),
    ) as running:
        admin = Caller(session=running.session, token=token())
        own = {"settings": settings, "admin": admin, "orchestrator": made[0]}
        yield Instance(**fields_of(running) | own)


@cache
def _described() -> Described:
    return Described(openapi_document([product_drafts_document()]))
