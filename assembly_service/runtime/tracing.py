"""Records how messages are handled, as spans of traces. By default nothing is recorded.

Names and attributes follow OpenTelemetry's semantic conventions.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Literal, Protocol, TypeVar

from assembly_service.domain.trace_context import NO_TRACE, TraceContext

if TYPE_CHECKING:
    from opentelemetry.trace import Span

Attribute = str | int | Sequence[str]
Kind = Literal["INTERNAL", "CLIENT", "PRODUCER", "CONSUMER"]
_KINDS: Mapping[str, Kind] = {"process": "CONSUMER", "send": "PRODUCER", "settle": "CLIENT"}


@dataclass(frozen=True, slots=True)
class Step:
    """What a span is about: its name, kind and attributes."""

    name: str
    kind: Kind = "INTERNAL"
    attributes: Mapping[str, Attribute] = field(default_factory=dict)


def messaging_step(
    operation: Literal["process", "send", "settle"],
    *,
    system: str,
    destination: str,
    name: str | None = None,
    kind: Kind | None = None,
    attributes: Mapping[str, Attribute] | None = None,
) -> Step:
    """Describe what is done with a message; `name` is the operation's own, as in `delete`."""
    return Step(
        f"{name or operation} {destination}",
        kind or _KINDS[operation],
        {
            "messaging.system": system,
            "messaging.operation.name": name or operation,
            "messaging.operation.type": operation,
            "messaging.destination.name": destination,
            **(attributes or {}),
        },
    )


def database_step(operation: str, *tables: str) -> Step:
    """Describe an operation of DynamoDB on tables."""
    return Step(
        " ".join([operation, *tables]) if len(tables) == 1 else operation,
        "CLIENT",
        {
            "db.system.name": "aws.dynamodb",
            "db.operation.name": operation,
            "aws.dynamodb.table_names": tables,
        },
    )


class Trace:
    """The trace of a message's handling. `context` is what its steps belong to."""

    __slots__ = ("context", "span")

    def __init__(self) -> None:
        self.context: TraceContext = NO_TRACE
        self.span: Span | None = None

    def end(self, outcome: str) -> None:
        """Record how the handling ended; later calls do nothing."""
        if self.span is not None and self.span.is_recording():
            self.span.set_attribute("assembly.outcome", outcome)
            self.span.end()

    def link(self, other: "Trace") -> None:
        """Point to the trace of a message that was handled together with this one."""
        if self.span is not None and other.span is not None:
            self.span.add_link(other.span.get_span_context())


class Traced(Protocol):
    """Something that is done as a part of a trace, or of none."""

    @property
    def trace_context(self) -> TraceContext:
        """The span that it belongs to."""
        ...


Thing = TypeVar("Thing")
TracedThing = TypeVar("TracedThing", bound=Traced)
StepOf = Step | Callable[[Thing], Step]


class Spans(Generic[TracedThing]):
    """A step that is taken for several things together, recorded in the trace of each."""

    __slots__ = ("_things",)

    def __init__(self, things: Sequence[TracedThing]) -> None:
        self._things = things

    def __enter__(self) -> "Spans[TracedThing]":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        pass

    def inside(self) -> Sequence[TracedThing]:
        """Return the things, dataclasses, as parts of this step."""
        return self._things

    def fail(self, errors: Iterable[str | None]) -> None:
        """Say for each thing why the step failed, or None if it did not."""


class Tracing(Protocol):
    """Records traces, or passes on the trace context of senders."""

    def begin(
        self,
        trace: Trace,
        step: Callable[[Thing], Step],
        thing: Thing,
        parent: TraceContext,
        received_at: float,
        /,
    ) -> None:
        """Begin the trace of a message, `thing`, as a part of its sender's if it has one.

        `received_at` is in monotonic seconds. A trace that has begun goes on.
        """
        ...

    def spans(
        self, step: StepOf[TracedThing], things: Sequence[TracedThing], /
    ) -> Spans[TracedThing]:
        """Record a step of those things that belong to a trace."""
        ...


class _NoTracing:
    """Records nothing."""

    def begin(
        self, trace: Trace, _: object, __: object, parent: TraceContext, ___: float, /
    ) -> None:
        """Pass on the trace context of the sender."""
        trace.context = parent

    def spans(self, _: object, things: Sequence[TracedThing], /) -> Spans[TracedThing]:
        """Record nothing."""
        return Spans(things)


NO_TRACING: Tracing = _NoTracing()
