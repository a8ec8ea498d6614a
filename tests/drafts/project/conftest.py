"""Project sessions on a fresh account."""

from collections.abc import AsyncIterator

import pytest

from assembly_service.aws.clients import Clients
from assembly_service.settings.drafts import ProjectSessionSettings
from tests.drafts.project.support import (
    Caller,
    Instance,
    running_sessions,
    session_settings,
)
from tests.harness.engine import Account


@pytest.fixture
def project_settings(aws: Account) -> ProjectSessionSettings:
    """Settings of the fresh account's sessions."""
    return session_settings(aws.environment)


@pytest.fixture
async def instance(
    clients: Clients, project_settings: ProjectSessionSettings
) -> AsyncIterator[Instance]:
    """A running instance; its clock stands still."""
    async with running_sessions(clients, project_settings) as running:
        yield running


@pytest.fixture
async def second(
    instance: Instance, clients: Clients, project_settings: ProjectSessionSettings
) -> AsyncIterator[Instance]:
    """Another instance on the same tables, with the same clock."""
    async with running_sessions(clients, project_settings, clock=instance.clock) as running:
        yield running


@pytest.fixture
def anybody(instance: Instance) -> Caller:
    """Somebody without a token."""
    return instance.anybody
