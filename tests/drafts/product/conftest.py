"""A product orchestrator on a fresh account."""

from collections.abc import AsyncIterator

import pytest

from assembly_service.aws.clients import Clients
from assembly_service.settings.drafts import ProductDraftSettings
from tests.drafts.product.support import (
    Caller,
    Instance,
    draft_settings,
    running_instance,
)
from tests.harness.engine import Account


@pytest.fixture
def orchestrator_settings(aws: Account) -> ProductDraftSettings:
    """Settings of the fresh account's orchestrator."""
    return draft_settings(aws.environment)


@pytest.fixture
async def instance(
    clients: Clients, orchestrator_settings: ProductDraftSettings
) -> AsyncIterator[Instance]:
    """A running instance; its clock stands still."""
    async with running_instance(clients, orchestrator_settings) as running:
        yield running


@pytest.fixture
async def second(
    instance: Instance, clients: Clients, orchestrator_settings: ProductDraftSettings
) -> AsyncIterator[Instance]:
    """Another instance on the same tables, with the same clock."""
    async with running_instance(clients, orchestrator_settings, clock=instance.clock) as running:
        yield running


@pytest.fixture
def admin(instance: Instance) -> Caller:
    """An administrator of an organisation."""
    return instance.admin
