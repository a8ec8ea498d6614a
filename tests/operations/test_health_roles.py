"""Every role is judged by its own checks."""

from typing import Literal

import pytest
from aiohttp import ClientSession

from assembly_service.service import running_service
from assembly_service.settings.drafts import ProductDraftSettings
from assembly_service.settings.service import Settings
from tests.harness.engine import Account
from tests.harness.pipeline import eventually

FRONT = {"process", "products_table"}
WORKER = FRONT | {"staging_table", "caption_queue", "thumbnail_queue"}


@pytest.mark.parametrize(("role", "checks"), [("web", FRONT), ("worker", WORKER), ("all", WORKER)])
async def test_a_role_is_ready_when_its_own_checks_pass(
    settings: Settings, role: Literal["all", "worker", "web"], checks: set[str]
) -> None:
    of_the_role = settings.model_copy(update={"service_role": role})
    async with running_service(of_the_role) as service, ClientSession(service.url) as http:

        async def ready() -> bool:
            async with http.get("/health") as answer:
                report = await answer.json()
                assert report["checks"].keys() == checks
                return answer.status == 200 and report["status"] == "ok"

        await eventually(ready)
        async with http.get("/health/database") as answer:
            tables = {name for name in checks if name.endswith("_table")}
            assert (await answer.json())["checks"].keys() == tables


@pytest.mark.parametrize("role", ["web", "all"])
async def test_an_instance_that_serves_drafts_is_ready_when_their_tables_answer(
    aws: Account, settings: Settings, role: Literal["all", "web"]
) -> None:
    drafts = ProductDraftSettings.model_validate({**aws.environment, "JWT_SECRET": "secret" * 6})
    serving = settings.model_copy(update={"service_role": role, "product_drafts": drafts})
    async with (
        running_service(serving) as service,
        ClientSession(service.url) as http,
        http.get("/health/database") as answer,
    ):
        checks = (await answer.json())["checks"]
        assert answer.status == 200
        assert {"drafts_table", "records_table"} <= checks.keys()


async def test_the_web_front_is_ready_without_queues_and_staging_table(settings: Settings) -> None:
    gone = {
        "sqs_caption_analysis_queue_url": f"{settings.sqs_caption_analysis_queue_url}-none",
        "dynamodb_staging_table": "none",
        "service_role": "web",
    }
    async with (
        running_service(settings.model_copy(update=gone)) as service,
        ClientSession(service.url) as http,
        http.get("/health/ready") as answer,
    ):
        assert answer.status == 200
