"""A product orchestrator on a fresh account."""

from functools import partial

import pytest

from assembly_service.aws.clients import Clients
from assembly_service.settings.drafts import ProductDraftSettings
from tests.drafts.conftest import Start
from tests.drafts.product.support import Caller, Instance, draft_settings, running_instance
from tests.harness.engine import Account


@pytest.fixture
def orchestrator_settings(aws: Account) -> ProductDraftSettings:
    """Settings for the fresh account."""
    return draft_settings(aws.environment)


@pytest.fixture
def start(clients: Clients, orchestrator_settings: ProductDraftSettings) -> Start:
    return partial(running_instance, clients, orchestrator_settings)


@pytest.fixture
def admin(instance: Instance) -> Caller:
    """An administrator of an organisation."""
    return instance.admin
