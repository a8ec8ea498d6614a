"""The client package against a running service."""

import pytest

from assembly_service.local_aws.provisioning import Connect
from assembly_service.local_aws.reference import load_samples
from assembly_service.settings.service import Settings
from tests.cli.runs import bare_environment
from tests.harness.drafts import SIGNING_KEY
from tests.harness.engine import Account
from tests.harness.node import node
from tests.harness.pipeline import open_pipeline
from tests.harness.service_process import ServiceProcess
from tests.harness.warm_processes import start_warm
from tests.typescript_client.package import MODULES, PACKAGE, VITEST
from tests.typescript_client.stage import running_stage

DRAFT_SYSTEMS = {
    "PRODUCT_DRAFTS": "true",
    "PROJECT_SESSIONS": "true",
    "EDUCATION_REGISTRATION": "true",
    "JWT_SECRET": SIGNING_KEY,
    # However slow the machine is, a repeated commit is answered with its result.
    "ORCHESTRATOR_REPLAY_SECONDS": "300",
    "SESSION_CREATES_PER_MINUTE": "10000",
    "READER_AUTH": "optional",
}


async def test_shops_and_drafts_work_against_a_running_service(
    aws: Account, settings: Settings, connect: Connect
) -> None:
    if not MODULES.is_dir():
        pytest.fail("Its packages are missing: run 'make test', or 'npm ci' in clients/typescript.")
    environment = bare_environment(
        **aws.environment, **aws.credentials, **DRAFT_SYSTEMS, SQS_WAIT_SECONDS="1"
    )
    load_samples(connect("dynamodb"), aws.environment["DYNAMODB_RECORDS_TABLE"])
    service = ServiceProcess(environment=environment, create=start_warm)
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
