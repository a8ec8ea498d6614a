"""Education registration on a fresh account, with reference data."""

from collections.abc import AsyncIterator

import pytest

from assembly_service.aws.clients import Clients
from assembly_service.settings.drafts import EducationSettings
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
    """Settings of the fresh account's registration."""
    return education_settings(aws.environment)


@pytest.fixture
async def instance(
    clients: Clients, registration_settings: EducationSettings
) -> AsyncIterator[Instance]:
    """A running instance; its clock stands still in March."""
    async with running_instance(clients, registration_settings) as running:
        await running.load(*accounts_and_membership())
        yield running


@pytest.fixture
async def second(
    instance: Instance, clients: Clients, registration_settings: EducationSettings
) -> AsyncIterator[Instance]:
    """Another instance on the same tables, with the same clock."""
    async with running_instance(clients, registration_settings, clock=instance.clock) as running:
        yield running


@pytest.fixture
def owner(instance: Instance) -> Caller:
    """A member with a registration of their own."""
    return instance.owner


@pytest.fixture
def main(instance: Instance) -> Caller:
    """A Main of the organisation."""
    return instance.main
