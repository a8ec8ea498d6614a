"""The figures that `/metrics` shows. No label has an unbounded set of values.

Where a label has few values, what has not happened yet shows as 0: the step from nothing to 1 is
no increase.
"""

import math
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from assembly_service.domain.intake import RejectionReason
from assembly_service.domain.plan import Outcome
from assembly_service.domain.product import HalfKind
from assembly_service.runtime.logs import lines_dropped

_SECONDS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2, 2.5, 5, 10, 30, 60)
_AGES = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 6 * 3_600, 86_400)


class Metrics:
    """All instruments of one service instance, by subject, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.aws = AwsMetrics(self.registry)
        self.queues = QueueMetrics(self.registry)
        self.outcomes = OutcomeMetrics(self.registry)
        self.assembly = AssemblyMetrics(self.registry)
        self.http = HttpMetrics(self.registry)
        self.notification = NotificationMetrics(self.registry)
        self.registry.register(_LogLines())


class AwsMetrics:
    """The calls to AWS."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.calls = Counter(
            "assembly_aws_calls", "AWS calls.", ["service", "operation"], registry=registry
        )
        self.errors = Counter(
            "assembly_aws_errors",
            "AWS calls that failed, whole or in an entry, by error code, each code once a call.",
            ["service", "operation", "code"],
            registry=registry,
        )
        self.retries = Counter(
            "assembly_aws_retries",
            "Attempts that AWS's client library repeated within a call.",
            ["service", "operation"],
            registry=registry,
        )
        self.conditions_lost = Counter(
            "assembly_conditions_lost",
            "Conditional writes that another writer's came before; normal in small numbers.",
            ["operation"],
            registry=registry,
        )
        self.consumed_capacity = Counter(
            "assembly_dynamodb_consumed_capacity_units",
            "DynamoDB capacity units, as DynamoDB reports them.",
            ["table", "operation"],
            registry=registry,
        )


class HttpMetrics:
    """The connections of clients on the public port; without a registry, some that nobody sees."""

    def __init__(self, registry: CollectorRegistry | None) -> None:
        self.connections = Gauge(
            "assembly_http_connections", "Connections that are open.", registry=registry
        )
        self.accepting = Gauge(
            "assembly_http_accepting",
            "1 while new connections are accepted, 0 while the limit is reached.",
            registry=registry,
        )
        self.accepting_paused = Counter(
            "assembly_http_accepting_paused",
            "Times that no new connection was accepted for a while, by the limit that was reached.",
            ["limit"],
            registry=registry,
        )
        self.connections_refused = Counter(
            "assembly_http_connections_refused",
            "Connections that were closed at once, and requests through proxies that were refused: "
            "their address has too many.",
            registry=registry,
        )
        self.connections_closed = Counter(
            "assembly_http_connections_closed",
            "Connections that were closed because the client let the service wait for too long, "
            "by what was missing.",
            ["missing"],
            registry=registry,
        )
        for limit in ("connections", "descriptors"):
            self.accepting_paused.labels(limit)
        for missing in ("headers", "body"):
            self.connections_closed.labels(missing)


class QueueMetrics:
    """What is received, what is in hand, and what waits for a person."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.in_flight = Gauge(
            "assembly_messages_in_flight", "Messages in hand.", registry=registry
        )
        self.since_last_receive = Gauge(
            "assembly_seconds_since_last_receive",
            "Seconds since the last successful receive; infinite before the first.",
            ["queue"],
            registry=registry,
        )
        self.message_age = Histogram(
            "assembly_message_age_seconds",
            "Time from sending a message to receiving it, each time it is received.",
            ["queue"],
            buckets=_AGES,
            registry=registry,
        )
        self.waiting = Gauge(
            "assembly_keys_waiting",
            "Videos in trouble whose messages wait in hand for the next try.",
            registry=registry,
        )
        self.receiving_paused = Gauge(
            "assembly_receiving_paused",
            "1 while an outage keeps this instance from receiving.",
            registry=registry,
        )
        self.seem_swapped = Gauge(
            "assembly_queues_seem_swapped",
            "1 while all events since the start, at least ten, came on the other half's queue.",
            registry=registry,
        )
        self.hidden = Gauge(
            "assembly_messages_hidden",
            "Messages of a queue that are in flight or were handed back with a delay, "
            "asked about once a minute. SQS allows 120,000.",
            ["queue"],
            registry=registry,
        )
        self.dead_letters = Gauge(
            "assembly_dead_letters",
            "Messages in a queue's dead-letter queue, asked about once a minute.",
            ["queue"],
            registry=registry,
        )


class OutcomeMetrics:
    """What becomes of messages."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.events = Counter(
            "assembly_events",
            "Messages by queue and outcome.",
            ["queue", "outcome"],
            registry=registry,
        )
        self.quarantined = Counter(
            "assembly_quarantined",
            "Messages quarantined, by queue and reason.",
            ["queue", "reason"],
            registry=registry,
        )
        self.quarantine_impossible = Counter(
            "assembly_quarantine_impossible",
            "Messages that could not be quarantined and were left to their queue.",
            ["queue"],
            registry=registry,
        )
        self.handling = Histogram(
            "assembly_handling_seconds",
            "Time from receiving a message to settling it.",
            ["queue"],
            buckets=_SECONDS,
            registry=registry,
        )
        for kind in HalfKind:
            self.quarantine_impossible.labels(kind.value)
            for outcome in Outcome:
                self.events.labels(kind.value, outcome.value)
            for reason in RejectionReason:
                self.quarantined.labels(kind.value, reason.value)


class AssemblyMetrics:
    """How halves find their other half."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.orphans = Counter(
            "assembly_orphans",
            "Halves whose other half did not come in time.",
            ["missing"],
            registry=registry,
        )
        for kind in HalfKind:
            self.orphans.labels(kind.value)
        self.oldest_staged = Gauge(
            "assembly_oldest_staged_half_seconds",
            "Age of the oldest half that waited for its other half at the last clean-up; "
            "not a number before the first.",
            registry=registry,
        )
        self.oldest_staged.set(math.nan)
        self.time_to_announcement = Histogram(
            "assembly_time_to_announcement_seconds",
            "Time from receiving the second half to the announcement.",
            buckets=_SECONDS,
            registry=registry,
        )


class NotificationMetrics:
    """The sockets, and what goes out."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.announcements = Counter(
            "assembly_announcements",
            "Announcements that went out.",
            ["event_type"],
            registry=registry,
        )
        self.connections = Gauge(
            "assembly_websocket_connections", "Connected clients.", registry=registry
        )
        self.subscriptions = Gauge(
            "assembly_websocket_subscriptions",
            "Subscriptions of connected clients.",
            registry=registry,
        )
        self.slow_clients = Counter(
            "assembly_websocket_slow_clients",
            "Clients disconnected because too much waited for them.",
            registry=registry,
        )
        self.never_joined = Counter(
            "assembly_websocket_never_joined",
            "Connections that were closed because they asked for nothing after they were made.",
            registry=registry,
        )
        self.subscribes_delayed = Counter(
            "assembly_websocket_subscribes_delayed",
            "Subscribe requests that waited because their connection had sent so many.",
            registry=registry,
        )
        self.subscribes_refused = Counter(
            "assembly_websocket_subscribes_refused",
            "Subscribe requests that were refused because too many of their connection waited.",
            registry=registry,
        )
        self.bus_messages_refused = Counter(
            "assembly_bus_messages_refused",
            "Messages heard through Redis or Valkey that were not shown as they came, by reason; "
            "those who watch the seller are asked to load again instead.",
            ["reason"],
            registry=registry,
        )
        self.bus_degraded = Gauge(
            "assembly_bus_degraded",
            "1 while other instances cannot be reached through Redis or Valkey.",
            registry=registry,
        )


class _LogLines(Collector):
    """The lines of the process's log, which are counted where they are written."""

    def collect(self) -> Iterator[CounterMetricFamily]:
        """What has been counted so far."""
        yield CounterMetricFamily(
            "assembly_log_lines_dropped",
            "Log lines that were dropped: nobody read them, or they could not be written.",
            value=lines_dropped(),
        )
