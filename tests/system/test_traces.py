"""A product is followed from its queue to the browser: by its correlation id, and by its trace."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from structlog.testing import capture_logs

from assembly_service.domain.product import HalfKind
from assembly_service.runtime.tracing import NO_TRACING, Tracing
from assembly_service.service import Service, running_service
from assembly_service.settings.service import Settings
from tests.harness.pipeline import Pipeline, key_of, sample_events
from tests.harness.senders import SENDER, SENDER_ID, TRACE_ID
from tests.harness.spans import SpanRecorder, attribute
from tests.notification.clients import event_source, stock_client
from tests.notification.support import until

[CAPTION], [THUMBNAIL] = sample_events(HalfKind.CAPTION, 1), sample_events(HalfKind.THUMBNAIL, 1)
SELLER = key_of(CAPTION).seller_handle
EARLIER_ID = "a" * 32
EARLIER = f"00-{EARLIER_ID}-{'b' * 16}-01"


@pytest.fixture
def on_a_bus(settings: Settings, valkey: str) -> Settings:
    return settings.model_copy(update={"socketio_redis_url": valkey})


@asynccontextmanager
async def worker_and_web(
    settings: Settings, worker: Tracing = NO_TRACING, web: Tracing = NO_TRACING
) -> AsyncIterator[Service]:
    """Two instances; yields the one for browsers."""
    of_worker, of_web = (
        settings.model_copy(update={"service_role": role}) for role in ("worker", "web")
    )
    async with (
        running_service(of_web, tracing=web) as service,
        running_service(of_worker, tracing=worker),
    ):
        yield service


async def test_a_correlation_id_leads_from_the_queue_to_the_browser_and_the_log_of_its_instance(
    on_a_bus: Settings, pipeline: Pipeline
) -> None:
    events = f"/api/v1/shop/{SELLER}/events"
    with capture_logs() as logs:
        async with (
            worker_and_web(on_a_bus) as web,
            stock_client(web) as browser,
            event_source(web, events) as streamed,
        ):
            await browser.subscribe(SELLER)
            await browser.record.first("subscribed")
            await streamed.first("subscribed")
            await pipeline.send(HalfKind.CAPTION, CAPTION, correlationId="upload-7")
            await pipeline.send(HalfKind.THUMBNAIL, THUMBNAIL, correlationId="upload-7")
            for record in (browser.record, streamed):
                assert (await record.first("new_product"))["correlation_id"] == "upload-7"
            await pipeline.drained()
    events_with_it = [each["event"] for each in logs if each.get("correlation_id") == "upload-7"]
    assert events_with_it.count("message_handled") == 2
    [delivered] = [each for each in logs if each["event"] == "product_delivered"]
    assert delivered == {
        "event": "product_delivered",
        "log_level": "info",
        "event_type": "new_product",
        **key_of(CAPTION)._asdict(),
        "correlation_id": "upload-7",
        "clients": 2,
    }


async def test_one_trace_leads_from_the_senders_span_over_the_bus_to_the_push(
    on_a_bus: Settings, pipeline: Pipeline
) -> None:
    at_worker, at_web = SpanRecorder(), SpanRecorder()
    async with (
        worker_and_web(on_a_bus, at_worker.tracing(), at_web.tracing()) as web,
        stock_client(web) as browser,
    ):
        await browser.subscribe(SELLER)
        await browser.record.first("subscribed")
        await pipeline.send(HalfKind.CAPTION, CAPTION, traceparent=EARLIER)
        await until(lambda: at_worker.outcomes(EARLIER_ID) == ["staged"])
        await pipeline.send(HalfKind.THUMBNAIL, THUMBNAIL, **SENDER, correlationId="c")
        await browser.record.first("new_product")
        # The message's own span ends last.
        await until(lambda: at_worker.outcomes(TRACE_ID) == ["assembled"])
    recorded = at_worker.spans(TRACE_ID) + at_web.spans(TRACE_ID)
    names = {each.context.span_id: each.name for each in recorded}
    queue = on_a_bus.sqs_thumbnail_generation_queue_url.rpartition("/")[2]
    [channel] = {each.name.removeprefix("process ") for each in at_web.spans(TRACE_ID)} - {"push"}
    topic = (on_a_bus.sns_new_product_topic_arn or "").rpartition(":")[2]
    products, staging = on_a_bus.dynamodb_products_table, on_a_bus.dynamodb_staging_table
    assert {(each.name, each.kind.name, _parent(each, names)) for each in recorded} == {
        (f"process {queue}", "CONSUMER", SENDER_ID),
        ("BatchGetItem", "CLIENT", f"process {queue}"),
        (f"BatchExecuteStatement {products}", "CLIENT", f"process {queue}"),
        ("announce", "INTERNAL", f"process {queue}"),
        (f"publish {topic}", "PRODUCER", "announce"),
        (f"publish {channel}", "PRODUCER", "announce"),
        (f"process {channel}", "CONSUMER", f"publish {channel}"),
        ("push", "INTERNAL", f"process {channel}"),
        (f"BatchExecuteStatement {staging}", "CLIENT", f"process {queue}"),
        (f"delete {queue}", "CLIENT", f"process {queue}"),
    }
    assert len(recorded) == len({each.context.span_id for each in recorded})
    [handled] = [each for each in recorded if _parent_id(each) == SENDER_ID]
    assert [f"{link.context.span_id:016x}" for link in handled.links] == [SENDER_ID]
    assert (handled.attributes or {}).items() >= {
        ("messaging.system", "aws_sqs"),
        ("messaging.operation.type", "process"),
        ("messaging.operation.name", "process"),
        ("messaging.destination.name", queue),
        ("aws.sqs.queue.url", on_a_bus.sqs_thumbnail_generation_queue_url),
        ("messaging.message.conversation_id", "c"),
    }
    assert {each.context.trace_state.to_header() for each in recorded} == {"us=1"}
    assert {attribute(each, "db.system.name") for each in recorded} == {"aws.dynamodb", None}


def _parent_id(span: ReadableSpan) -> str:
    return f"{span.parent.span_id:016x}" if span.parent is not None else ""


def _parent(span: ReadableSpan, names: dict[int, str]) -> str:
    assert span.parent is not None
    return names.get(span.parent.span_id, _parent_id(span))
