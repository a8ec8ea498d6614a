"""Records traces with OpenTelemetry, which is installed by the extra `tracing` only."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from types import TracebackType
from typing import Any
from uuid import uuid4

import structlog
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import (
    Link,
    Span,
    SpanKind,
    Status,
    StatusCode,
    Tracer,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from assembly_service.domain.trace_context import TraceContext
from assembly_service.runtime.tracing import (
    Spans,
    Step,
    StepOf,
    Thing,
    Trace,
    TracedThing,
)
from assembly_service.runtime.version import own_version

log = structlog.get_logger()

# A name that older versions of the library do not have.
_SCHEMA_URL = "https://opentelemetry.io/schemas/1.44.0"
_propagator = TraceContextTextMapPropagator()


class _OwnContext(dict[str, str]):
    """The trace context of a span of this process, with what its children need."""

    def __init__(self, span: Span) -> None:
        super().__init__()
        self.is_sampled = span.get_span_context().trace_flags.sampled
        self.parent = set_span_in_context(span, Context())
        _propagator.inject(self, self.parent)


class OpenTelemetryTracing:
    """Records spans with the tracer of a provider."""

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer(
            "assembly_service", own_version(), schema_url=_SCHEMA_URL
        )

    def begin(
        self,
        trace: Trace,
        step: Callable[[Thing], Step],
        thing: Thing,
        parent: TraceContext,
        received_at: float,
        /,
    ) -> None:
        """Begin a message's trace, as a child of its sender's span and linked to it.

        One that has begun goes on: a message whose batch failed is decoded again, by itself.
        """
        if trace.span is not None:
            return
        context = _parent_of(parent)
        sender = get_current_span(context).get_span_context()
        trace.span = _start(
            self._tracer,
            step(thing),
            context,
            links=[Link(sender)] if sender.is_valid else (),
            start_time=time.time_ns() - round((time.monotonic() - received_at) * 1e9),
        )
        trace.context = _OwnContext(trace.span)

    def spans(self, step: StepOf[TracedThing], things: Sequence[TracedThing]) -> Spans[TracedThing]:
        """Record a step of those things that belong to a trace."""
        return _RecordedSpans(self._tracer, step, things)


class _RecordedSpans(Spans[TracedThing]):
    """A span for each thing that belongs to a trace."""

    __slots__ = ("_spans",)

    def __init__(
        self, tracer: Tracer, step: StepOf[TracedThing], things: Sequence[TracedThing]
    ) -> None:
        super().__init__(things)
        self._spans = [
            _start(
                tracer,
                step if isinstance(step, Step) else step(thing),
                _parent_of(thing.trace_context),
            )
            if _has_spans(thing.trace_context)
            else None
            for thing in things
        ]

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.fail([kind.__qualname__] * len(self._spans))
        for span in self._spans:
            if span is not None:
                span.end()

    def inside(self) -> Sequence[TracedThing]:
        """Return the things, dataclasses, as parts of this step."""
        return [
            thing if span is None else _with_context(thing, _OwnContext(span))
            for thing, span in zip(self._things, self._spans, strict=True)
        ]

    def fail(self, errors: Iterable[str | None]) -> None:
        """Say for each thing why the step failed, or None if it did not."""
        for span, error in zip(self._spans, errors, strict=True):
            if span is not None and error is not None:
                span.set_attribute("error.type", error)
                span.set_status(Status(StatusCode.ERROR))


def _start(tracer: Tracer, step: Step, parent: Context, **rest: Any) -> Span:
    return tracer.start_span(
        step.name, parent, kind=SpanKind[step.kind], attributes=step.attributes, **rest
    )


def _has_spans(context: TraceContext) -> bool:
    """Whether a step is recorded: of a trace of this process, not if it was sampled out."""
    return context.is_sampled if isinstance(context, _OwnContext) else bool(context)


def _parent_of(context: TraceContext) -> Context:
    if isinstance(context, _OwnContext):
        return context.parent
    return _propagator.extract(context, Context())


def _with_context(thing: Any, context: TraceContext) -> Any:
    return replace(thing, trace_context=context)


def exporting_provider() -> TracerProvider:
    """Return a provider that exports as the standard OTEL_* variables of the environment say.

    It keeps a bounded number of spans until a thread has exported them; the oldest are dropped.
    Raises ValueError for variables that it cannot use.
    """
    provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(_Exporter(OTLPSpanExporter())))
    return provider


def flush(provider: TracerProvider) -> "Future[None]":
    """Export the last spans and shut down; the thread that does so never delays an exit."""
    ended: Future[None] = Future()
    # From now on nobody can cancel it, so the thread can always say that it ended.
    ended.set_running_or_notify_cancel()

    def shut_down() -> None:
        provider.shutdown()
        ended.set_result(None)

    threading.Thread(target=shut_down, name="flush-traces", daemon=True).start()
    return ended


def _resource() -> Resource:
    """Return what the environment says of this service, else its name, version and a random id."""
    own = {
        "service.name": "assembly-service",
        "service.version": own_version(),
        "service.instance.id": str(uuid4()),
    }
    return Resource.create().merge(Resource(own)).merge(OTELResourceDetector().detect())


class _FirstMessage(logging.Handler):
    """Keeps what the library says of an export first, which names the cause."""

    text = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message of a record if it is the first."""
        self.text = self.text or record.getMessage()


class _Exporter(SpanExporter):
    """Exports with another exporter; logs when that begins to fail and when it works again."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._lost = 0
        self._reason = _FirstMessage()
        # The library would log every attempt, and every span that is dropped.
        library = logging.getLogger("opentelemetry")
        library.handlers, library.propagate = [logging.NullHandler()], False
        logging.getLogger("opentelemetry.exporter").handlers = [self._reason]

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export spans; those that cannot be exported are lost."""
        self._reason.text = ""
        result = self._exporter.export(spans)
        if result is SpanExportResult.SUCCESS:
            if self._lost:
                log.info("traces_exported_again", spans_lost=self._lost)
            self._lost = 0
            return result
        if not self._lost:
            log.warning("traces_not_exported", reason=self._reason.text)
        self._lost += len(spans)
        return result

    def shutdown(self) -> None:
        """Stop exporting."""
        self._exporter.shutdown()
