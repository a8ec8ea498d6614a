"""A browser and running instances, which the scenarios of a module share."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from assembly_service.local_aws.local_engine import Engine
from assembly_service.settings.service import Settings
from tests.harness.engine import fresh_account
from tests.http.test_documentation_page import find_chromium
from tests.pages.browser import Browser, running_browser
from tests.pages.stage import DRAFTS, Stage, running_stage


@pytest.fixture(scope="module")
def settings(engine: Engine) -> Iterator[Settings]:
    """Those of an account that all scenarios share; each has sellers of its own."""
    account = fresh_account(engine.url)
    quick = {"PORT": "0", "SQS_WAIT_SECONDS": "1", "DRAIN_DEADLINE_SECONDS": "5"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in account.credentials.items():
            patch.setenv(name, value)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield Settings.from_environment(account.environment | quick | DRAFTS)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(settings: Settings, valkey: str) -> AsyncIterator[Stage]:
    async with running_stage(settings, valkey) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with running_browser(find_chromium()) as running:
        yield running
