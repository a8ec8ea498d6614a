"""The client package against a running service."""

import pytest

from assembly_service.settings.service import Settings
from tests.cli.runs import bare_environment
from tests.harness.engine import Account
from tests.harness.node import node
from tests.harness.pipeline import open_pipeline
from tests.harness.service_process import ServiceProcess
from tests.typescript_client.package import MODULES, PACKAGE, VITEST
from tests.typescript_client.stage import running_stage


async def test_shops_follow_a_running_service_over_cuts_and_restarts(
    aws: Account, settings: Settings
) -> None:
    if not MODULES.is_dir():
        pytest.fail("Its packages are missing: run 'make test', or 'npm ci' in clients/typescript.")
    environment = bare_environment(**aws.environment, **aws.credentials, SQS_WAIT_SECONDS="1")
    service = ServiceProcess(environment=environment)
    await service.start()
    try:
        async with open_pipeline(settings) as account, running_stage(service, account) as stage:
            code, printed = await node(
                PACKAGE,
                *(VITEST, "run", "--project", "live"),
                SERVICE_URL=service.url,
                STAGE_URL=stage,
            )
    finally:
        if service.running:
            await service.stop()
    assert code == 0, f"{printed}\n{service.journal.last}"
