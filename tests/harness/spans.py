"""Records spans in memory."""

from dataclasses import dataclass, field

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from assembly_service.runtime.open_telemetry import OpenTelemetryTracing
from assembly_service.runtime.tracing import Tracing


@dataclass(frozen=True)
class SpanRecorder:
    """Records the spans of one instance."""

    _exporter: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)

    def tracing(self) -> Tracing:
        """Return what the instance traces with."""
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        return OpenTelemetryTracing(provider)

    def spans(self, trace_id: str) -> list[ReadableSpan]:
        """Return the ended spans of a trace."""
        finished = self._exporter.get_finished_spans()
        return [each for each in finished if f"{each.context.trace_id:032x}" == trace_id]

    def outcomes(self, trace_id: str) -> list[object]:
        """Return how the handling of messages ended in a trace."""
        outcomes = (attribute(each, "assembly.outcome") for each in self.spans(trace_id))
        return [each for each in outcomes if each is not None]


def attribute(span: ReadableSpan, name: str) -> object:
    """Return an attribute of a span; None if it has none."""
    return (span.attributes or {}).get(name)
