"""A service with a local AWS of its own, for runs outside the test suite."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from assembly_service.local_aws.local_engine import running_engine
from assembly_service.settings.service import Settings
from tests.cli.runs import bare_environment
from tests.harness.engine import fresh_account
from tests.harness.pipeline import Pipeline, open_pipeline
from tests.harness.service_process import ServiceProcess


@asynccontextmanager
async def own_service() -> AsyncIterator[tuple[ServiceProcess, Pipeline]]:
    """A running service, and its account; credentials go into the environment."""
    with running_engine() as engine:
        aws = fresh_account(engine.url)
        named = bare_environment(**aws.environment, **aws.credentials, SQS_WAIT_SECONDS="1")
        os.environ |= aws.credentials
        service = ServiceProcess(environment=named)
        await service.start()
        try:
            async with open_pipeline(Settings.from_environment(named)) as account:
                yield service, account
        finally:
            if service.running:
                await service.stop()
