"""Education registration on a fresh account, with reference data."""

from collections.abc import AsyncIterator
from functools import partial

import pytest

from assembly_service.aws.clients import Clients
from assembly_service.settings.drafts import EducationSettings
from tests.drafts.conftest import Start
from tests.drafts.education.support import (
    Caller,
    Instance,
    accounts_and_membership,
    education_settings,
    running_instance,
)
from tests.harness.engine import Account


@pytest.fixture
def registration_settings(aws: Account) -> EducationSettings:
    """Settings for the fresh account."""
    return education_settings(aws.environment)


@pytest.fixture
def start(clients: Clients, registration_settings: EducationSettings) -> Start:
    return partial(running_instance, clients, registration_settings)


@pytest.fixture
async def instance(start: Start) -> AsyncIterator[Instance]:
    """A running instance; its clock stands still in March."""
    async with start() as running:
        await running.load(*accounts_and_membership())
        yield running


@pytest.fixture
def owner(instance: Instance) -> Caller:
    """A member with a registration of their own."""
    return instance.owner


@pytest.fixture
def main(instance: Instance) -> Caller:
    """A Main of the organisation."""
    return instance.main
