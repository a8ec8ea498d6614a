"""Project sessions on a fresh account."""

from functools import partial

import pytest

from assembly_service.aws.clients import Clients
from assembly_service.settings.drafts import ProjectSessionSettings
from tests.drafts.conftest import Start
from tests.drafts.project.support import Caller, Instance, running_sessions, session_settings
from tests.harness.engine import Account


@pytest.fixture
def project_settings(aws: Account) -> ProjectSessionSettings:
    """Settings for the fresh account."""
    return session_settings(aws.environment)


@pytest.fixture
def start(clients: Clients, project_settings: ProjectSessionSettings) -> Start:
    return partial(running_sessions, clients, project_settings)


@pytest.fixture
def anybody(instance: Instance) -> Caller:
    """A caller without a token."""
    return instance.anybody
