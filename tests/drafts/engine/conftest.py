"""Drafts and their outbox on a fresh account."""

import pytest

from assembly_service.aws.clients import Clients
from assembly_service.drafts.engine.outbox import Outbox
from assembly_service.drafts.engine.store import DraftStore
from assembly_service.settings.drafts import ProductDraftSettings
from tests.drafts.product.conftest import admin, orchestrator_settings, start
from tests.harness.drafts import TroubledClient

__all__ = ["admin", "orchestrator_settings", "start"]


@pytest.fixture
def table(orchestrator_settings: ProductDraftSettings) -> str:
    """The name of the fresh account's drafts table."""
    return orchestrator_settings.dynamodb_drafts_table


@pytest.fixture
def client(clients: Clients) -> TroubledClient:
    """A client of the fresh account that fails on demand."""
    return TroubledClient(clients.dynamodb)


@pytest.fixture
def store(client: TroubledClient, table: str) -> DraftStore:
    """The drafts of the fresh account."""
    return DraftStore(client=client, table=table)


@pytest.fixture
def outbox(client: TroubledClient, table: str) -> Outbox:
    """The outbox of the fresh account."""
    return Outbox(client=client, table=table)
