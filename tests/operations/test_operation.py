"""Health, metrics and connection statistics."""

import pytest
from aiohttp import ClientSession, web

from assembly_service.application import create_operations_application
from assembly_service.http.document import whole_document
from assembly_service.operations.calls import OPERATIONS_CALLS, operations_document, public_calls
from assembly_service.operations.handlers import OperationsHandlers
from assembly_service.operations.health import CheckStatus
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import Settings
from tests.harness.described import Described
from tests.harness.web import StatedHealth, StatedSubscriptions, check, load, products_path


async def report(api: ClientSession, path: str) -> tuple[int, object]:
    """The status and the body of a health endpoint."""
    async with api.get(path) as response:
        return response.status, await response.json()


@pytest.mark.parametrize(
    ("worst", "status"),
    [(CheckStatus.OK, 200), (CheckStatus.DEGRADED, 200), (CheckStatus.FAILING, 503)],
)
async def test_the_worst_check_decides(
    api: ClientSession, health: StatedHealth, worst: CheckStatus, status: int
) -> None:
    health.liveness = [check("process", CheckStatus.OK)]
    health.readiness = [check("tables", worst, "Said."), check("polls", CheckStatus.OK)]
    checks = {
        "tables": {"status": worst.value, "detail": "Said."},
        "polls": {"status": "ok", "detail": "It is so."},
    }
    assert await report(api, "/health/ready") == (
        status,
        {"status": worst.value, "checks": checks},
    )
    process = {"process": {"status": "ok", "detail": "It is so."}}
    assert await report(api, "/health") == (
        status,
        {"status": worst.value, "checks": process | checks},
    )


async def test_each_endpoint_reports_its_own_checks(
    api: ClientSession, health: StatedHealth
) -> None:
    health.readiness = [check("polls", CheckStatus.FAILING)]
    health.tables = [check("products", CheckStatus.FAILING)]
    health.polls = [check("caption_queue", CheckStatus.FAILING)]
    assert (await report(api, "/health/live"))[0] == 200
    assert (await report(api, "/health/ready"))[0] == 503
    assert (await report(api, "/health/database"))[0] == 503
    assert (await report(api, "/health/worker"))[0] == 503
    health.tables = health.polls = []
    assert (await report(api, "/health/database"))[0] == 200
    assert (await report(api, "/health/worker"))[0] == 200


@pytest.mark.parametrize(
    ("accepted", "content_type"),
    [
        ("*/*", "text/plain; version=0.0.4; charset=utf-8"),
        (
            "application/openmetrics-text;version=1.0.0",
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        ),
    ],
)
async def test_metrics_have_the_format_that_the_client_prefers(
    api: ClientSession, metrics: Metrics, accepted: str, content_type: str
) -> None:
    metrics.outcomes.events.labels("caption", "staged").inc(3)
    async with api.get("/metrics", headers={"Accept": accepted}) as response:
        assert response.status == 200
        assert response.headers["Content-Type"].startswith(content_type)
        assert 'assembly_events_total{outcome="staged",queue="caption"} 3.0' in (
            await response.text()
        )


async def test_time_gauges_are_evaluated_on_each_request(
    api: ClientSession, metrics: Metrics
) -> None:
    seconds = [7.0]
    metrics.queues.since_last_receive.labels("caption").set_function(lambda: seconds[0])
    for expected in (7.0, 9.0):
        seconds[0] = expected
        async with api.get("/metrics") as response:
            line = f'assembly_seconds_since_last_receive{{queue="caption"}} {expected}'
            assert line in await response.text()


async def test_the_statistics_count_connections_and_subscriptions(
    api: ClientSession, subscriptions: StatedSubscriptions
) -> None:
    subscriptions.total_connections = 4
    subscriptions.clients = {"zuri": 1, "amani_beads": 3}
    assert await load(api, "/api/v1/websocket/stats") == {
        "totalSubscriptions": 4,
        "totalConnections": 4,
        "sellerHandles": ["amani_beads", "zuri"],
        "clientsPerSeller": {"amani_beads": 3, "zuri": 1},
    }


PROBES = {"/health/live", "/health/ready"}
FIGURES = "/api/v1/websocket/stats"
MONITORING = PROBES | {"/health", "/health/worker", "/health/database", "/metrics"}


@pytest.mark.parametrize(
    ("given", "public"),
    [
        ({}, MONITORING | {FIGURES}),
        ({"public_stats": False}, MONITORING),
        ({"operations_port": 9_000}, PROBES | {FIGURES}),
        ({"operations_port": 9_000, "public_stats": False}, PROBES),
        ({"service_role": "worker"}, MONITORING),
        ({"service_role": "worker", "operations_port": 9_000}, PROBES),
    ],
)
async def test_with_an_operators_port_the_public_one_keeps_probes_and_statistics(
    settings: Settings, given: dict[str, object], public: set[str]
) -> None:
    assert {call.path for call in public_calls(settings.model_copy(update=given))} == public


class TestForOperatorsAlone:
    """The operators' port."""

    @pytest.fixture
    def application(self, operations: OperationsHandlers) -> web.Application:
        return create_operations_application(operations, OPERATIONS_CALLS)

    @pytest.fixture
    def described(self) -> Described:
        return Described(whole_document({}, [operations_document()]))

    @pytest.mark.parametrize(
        ("path", "status"),
        [("/health", 200), ("/metrics", 200), (FIGURES, 200), (products_path(), 404)],
    )
    async def test_it_serves_only_operators_calls(
        self, api: ClientSession, path: str, status: int
    ) -> None:
        async with api.get(path) as response:
            assert response.status == status
