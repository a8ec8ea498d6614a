"""The operators' port answers whatever clients do."""

import asyncio
from contextlib import AsyncExitStack
from typing import Literal

import pytest
from aiohttp import ClientSession, web
from prometheus_client.parser import text_string_to_metric_families

from assembly_service.aws.start_errors import CannotStart
from assembly_service.service import running_service
from assembly_service.settings.service import Settings
from tests.cli.runs import bare_environment
from tests.harness.engine import Account
from tests.harness.pipeline import eventually
from tests.harness.service_process import ServiceProcess
from tests.harness.valkey import free_port

FIGURES = "/api/v1/websocket/stats"
FLOW = "/api/v1/operations/flow"
OPERATORS_ALONE = ("/metrics", "/health", "/health/worker", "/health/database", FLOW)


async def status(http: ClientSession, path: str) -> int:
    async with http.get(path) as answer:
        await answer.read()
        return answer.status


async def details(http: ClientSession, path: str) -> dict[str, str]:
    """The detail of each check."""
    async with http.get(path) as answer:
        return {name: check["detail"] for name, check in (await answer.json())["checks"].items()}


@pytest.mark.parametrize("role", ["all", "worker"])
async def test_each_port_answers_its_own_calls(
    settings: Settings, role: Literal["all", "worker"]
) -> None:
    own_port = {"service_role": role, "operations_port": free_port()}
    async with running_service(settings.model_copy(update=own_port)) as service:
        assert service.operations_url == f"http://127.0.0.1:{own_port['operations_port']}"
        async with (
            ClientSession(service.url) as public,
            ClientSession(service.operations_url) as operators,
        ):

            async def polls() -> bool:
                return await status(operators, "/health/worker") == 200

            await eventually(polls)
            for path in OPERATORS_ALONE:
                assert (await status(public, path), await status(operators, path)) == (404, 200)
            for path in ("/health/live", "/health/ready"):
                assert (await status(public, path), await status(operators, path)) == (200, 200)
                told, known = await details(public, path), await details(operators, path)
                assert told == dict.fromkeys(known, "Details are on the operators' port.")
                assert set(told.values()).isdisjoint(known.values())
            assert await status(public, FIGURES) == (200 if role == "all" else 404)
            assert await status(operators, FIGURES) == 200
            assert await status(operators, "/api/docs") == 404
            if role == "all":
                async with public.get("/api/openapi.json") as answer:
                    documented = (await answer.json())["paths"].keys()
                assert documented.isdisjoint(OPERATORS_ALONE)
                assert documented >= {"/health/live", "/health/ready", FIGURES}


async def test_without_an_operators_port_the_public_one_serves_everything(
    settings: Settings,
) -> None:
    async with running_service(settings) as service, ClientSession(service.url) as public:
        assert service.operations_url is None
        assert service.urls == {"url": service.url}
        assert {await status(public, path) for path in ("/metrics", "/health/database")} == {200}
        table = settings.dynamodb_products_table
        assert table in (await details(public, "/health/ready"))["products_table"]
        assert await status(public, "/health/worker") in {200, 503}


async def test_the_flow_page_is_where_its_calls_are(settings: Settings) -> None:
    changes = {"operations_port": free_port(), "service_role": "web", "pages": True}
    async with (
        running_service(settings.model_copy(update=changes)) as service,
        ClientSession(service.url) as public,
        ClientSession(service.operations_url) as operators,
    ):
        for http, pages in ((operators, {"/flow"}), (public, {"/", "/docs"})):
            for path in ("/flow", "/", "/docs"):
                # 503 says that the pages are not built.
                assert (await status(http, path) in {200, 503}) is (path in pages)


async def test_operators_calls_are_on_the_public_port_in_the_local_mode_alone(
    settings: Settings,
) -> None:
    for local_calls, found in ((lambda *_: web.Application(), 200), (None, 404)):
        async with (
            running_service(settings, local_calls=local_calls) as service,
            ClientSession(service.url) as public,
        ):
            assert await status(public, FLOW) == found
            async with public.get("/api/openapi.json") as answer:
                assert (FLOW in (await answer.json())["paths"]) is (found == 200)


async def test_an_operators_port_in_use_is_reported_by_its_setting(settings: Settings) -> None:
    async with running_service(settings) as other:
        taken = int(other.url.rsplit(":", 1)[-1])
        with pytest.raises(CannotStart, match="set another OPERATIONS_PORT"):
            async with running_service(settings.model_copy(update={"operations_port": taken})):
                pass


async def paused(operators: ClientSession) -> float:
    """How often accepting paused for lack of descriptors, according to `/metrics`."""
    async with operators.get("/metrics") as answer:
        families = text_string_to_metric_families(await answer.text())
    [found] = [
        sample.value
        for family in families
        for sample in family.samples
        if sample.name == "assembly_http_accepting_paused_total"
        and sample.labels == {"limit": "descriptors"}
    ]
    return found


async def test_operators_are_answered_while_idle_clients_use_up_the_descriptors(
    aws: Account,
) -> None:
    port = free_port()
    service = ServiceProcess(
        environment=bare_environment(
            **aws.environment, **aws.credentials, OPERATIONS_PORT=str(port), SQS_WAIT_SECONDS="1"
        ),
        through=["sh", "-c", 'ulimit -n 128 && exec "$0" "$@"'],
    )
    await service.start()
    async with AsyncExitStack() as opened:
        opened.push_async_callback(service.stop)
        idle = [await asyncio.open_connection("127.0.0.1", service.port) for _ in range(140)]
        for _, writer in idle:
            opened.callback(writer.close)
        await service.until(lambda: service.journal.events["accepting_paused"] > 0)
        async with ClientSession(f"http://127.0.0.1:{port}") as operators:
            assert await status(operators, "/health/live") == 200
            assert await status(operators, "/health/database") == 200
            assert await paused(operators) >= 1
        for _, writer in idle:
            writer.close()
        async with ClientSession(service.url) as client:
            assert await status(client, "/health/ready") == 200
    assert service.journal.events["accepting_paused"] == 1
    assert service.journal.events["accepting_resumed"] == 1
    assert service.journal.errors == []
