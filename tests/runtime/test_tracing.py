"""Traces never disturb the service: without the extra, and with a collector that fails."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from assembly_service.domain.trace_context import TraceContext
from assembly_service.runtime.trace_export import open_tracing
from assembly_service.runtime.tracing import NO_TRACING, Step, Trace, Tracing
from assembly_service.runtime.version import own_version
from tests.harness.senders import SENDER, TRACE_ID
from tests.harness.served import served
from tests.notification.support import until

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


@dataclass(frozen=True)
class Thing:
    """Something that belongs to a trace."""

    trace_context: TraceContext


@pytest.fixture
def logs() -> Iterator[list[EventDict]]:
    with capture_logs() as captured:
        yield captured


@pytest.fixture
def exports_at_once(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Each span is exported by itself; few may wait."""
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1")
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "4")
    return monkeypatch


@asynccontextmanager
async def tracing_to(
    endpoint: str, patch: pytest.MonkeyPatch, *, flush_seconds: float = 10
) -> AsyncIterator[Tracing]:
    patch.setenv(ENDPOINT, endpoint)
    async with open_tracing({ENDPOINT: endpoint}, flush_seconds=flush_seconds) as tracing:
        yield tracing


@dataclass
class Collector:
    """Receives traces; answers as told."""

    url: str = ""
    status: int = 200
    exports: int = 0
    latest: bytes = b""

    async def take(self, request: web.Request) -> web.Response:
        self.latest = await request.read()
        self.exports += 1
        return web.Response(status=self.status)


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    collector, app = Collector(), web.Application()
    app.router.add_post("/v1/traces", collector.take)
    async with served(app) as collector.url:
        yield collector


def record(tracing: Tracing, *, spans: int = 1) -> None:
    """Record the handling of messages of one sender."""
    for _ in range(spans):
        trace = Trace()
        tracing.begin(trace, lambda _: Step("process"), None, SENDER, 0)
        trace.end("staged")


async def test_a_failing_collector_costs_one_line_until_it_works_again(
    collector: Collector,
    exports_at_once: pytest.MonkeyPatch,
    logs: list[EventDict],
    caplog: pytest.LogCaptureFixture,
) -> None:
    collector.status = 400
    async with tracing_to(collector.url, exports_at_once) as tracing:
        for export in (1, 2):
            record(tracing)
            await until(lambda export=export: collector.exports == export)  # type: ignore[misc]
        collector.status = 200
        record(tracing)
    refused, again = [each for each in logs if each["event"].startswith("traces_")]
    assert refused["event"] == "traces_not_exported"
    assert "400" in refused["reason"]
    assert not caplog.records
    assert again == {"event": "traces_exported_again", "log_level": "info", "spans_lost": 2}


async def test_spans_are_exported_at_the_stop_under_the_names_that_the_environment_gives(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "assembly-eu")
    async with tracing_to(collector.url, monkeypatch) as tracing:
        record(tracing)
    [resource] = ExportTraceServiceRequest.FromString(collector.latest).resource_spans
    names = {each.key: each.value.string_value for each in resource.resource.attributes}
    assert (names["service.name"], names["service.version"]) == ("assembly-eu", own_version())
    [span] = resource.scope_spans[0].spans
    assert (span.name, span.trace_id.hex(), span.trace_state) == ("process", TRACE_ID, "us=1")


async def test_a_collector_that_hangs_delays_neither_work_nor_the_stop(
    exports_at_once: pytest.MonkeyPatch, logs: list[EventDict]
) -> None:
    reached, forever = asyncio.Event(), asyncio.Event()

    async def hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.set()
        await forever.wait()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    endpoint = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with tracing_to(endpoint, exports_at_once, flush_seconds=0.05) as tracing:
        record(tracing)
        await reached.wait()
        record(tracing, spans=100)
    assert [each for each in logs if each["event"].startswith("traces_")] == [
        {"event": "traces_not_flushed", "log_level": "warning", "seconds": 0.05}
    ]
    forever.set()
    server.close()


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "set it to otlp or none"),
        ({ENDPOINT: "http://c:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "http/protobuf"),
    ],
    ids=["another exporter", "another protocol"],
)
async def test_settings_that_do_not_fit_are_logged_and_the_service_runs_without_traces(
    environment: dict[str, str], reason: str, logs: list[EventDict]
) -> None:
    async with open_tracing(environment, flush_seconds=1) as tracing:
        assert tracing is NO_TRACING
    [unavailable] = logs
    assert unavailable["event"] == "tracing_unavailable"
    assert reason in unavailable["reason"]


async def test_whatever_the_library_fails_with_the_service_runs_without_traces(
    monkeypatch: pytest.MonkeyPatch, logs: list[EventDict]
) -> None:
    monkeypatch.setenv("OTEL_PYTHON_EXPORTER_OTLP_HTTP_CREDENTIAL_PROVIDER", "nope")
    async with tracing_to("http://127.0.0.1:4318", monkeypatch) as tracing:
        assert tracing is NO_TRACING
    [unavailable] = logs
    assert unavailable["event"] == "tracing_unavailable"
    assert "nope" in unavailable["reason"]


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {ENDPOINT: ""},
        {ENDPOINT: "http://c:4318", "OTEL_TRACES_EXPORTER": "none"},
        {ENDPOINT: "http://c:4318", "OTEL_SDK_DISABLED": "true"},
    ],
    ids=["nothing", "empty", "none", "disabled"],
)
async def test_by_default_and_when_switched_off_nothing_is_recorded(
    environment: dict[str, str], logs: list[EventDict]
) -> None:
    async with open_tracing(environment, flush_seconds=1) as tracing:
        assert tracing is NO_TRACING
    assert not logs


def test_the_service_runs_without_the_extra_and_says_what_to_install() -> None:
    program = """
import asyncio, sys
sys.modules["opentelemetry"] = None
import assembly_service.service
from assembly_service.runtime.trace_export import open_tracing
from assembly_service.runtime.tracing import NO_TRACING

async def main():
    async with open_tracing({"OTEL_TRACES_EXPORTER": "otlp"}, flush_seconds=1) as tracing:
        assert tracing is NO_TRACING

asyncio.run(main())
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert "run pip install '.[tracing]' in a clone" in ended.stdout


def test_without_tracing_the_context_of_the_sender_is_passed_on() -> None:
    trace = Trace()
    NO_TRACING.begin(trace, lambda _: Step("process"), None, SENDER, 0)
    assert trace.context == SENDER
    with NO_TRACING.spans(Step("push"), [thing := Thing(trace.context)]) as spans:
        assert spans.inside() == [thing]
