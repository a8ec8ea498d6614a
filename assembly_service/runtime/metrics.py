"""The metrics of one service instance. No label has an unbounded set of values.

Label values that are known in advance start at 0: Prometheus sees no increase in a series that
begins at 1.
"""

import math
from collections.abc import Iterator
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from assembly_service.domain.intake import RejectionReason
from assembly_service.domain.plan import Outcome
from assembly_service.domain.product import HalfKind
from assembly_service.runtime.logs import lines_dropped
from assembly_service.runtime.tasks import running_tasks

_SECONDS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2, 2.5, 5, 10, 30, 60)
_LAGS = (0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5)
_AGES = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 6 * 3_600, 86_400)


class Metrics:
    """All metrics by subject, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.aws = AwsMetrics(self.registry)
        self.queues = QueueMetrics(self.registry)
        self.outcomes = OutcomeMetrics(self.registry)
        self.assembly = AssemblyMetrics(self.registry)
        self.http = HttpMetrics(self.registry)
        self.notification = NotificationMetrics(self.registry)
        self.event_loop_lag = Histogram(
            "assembly_event_loop_lag_seconds",
            "How long what is ready waits for the event loop, sampled fifty times a second.",
            buckets=_LAGS,
            registry=self.registry,
        )
        Gauge(
            "assembly_event_loop_tasks",
            "Tasks of the event loop that have not ended.",
            registry=self.registry,
        ).set_function(running_tasks)
        self.registry.register(_LogLines())


class AwsMetrics:
    """The calls to AWS."""

    def __init__(self, registry: CollectorRegistry) -> None:
        counter = partial(Counter, registry=registry)
        self.calls = counter("assembly_aws_calls", "AWS calls.", ["service", "operation"])
        self.errors = counter(
            "assembly_aws_errors",
            "Failed AWS calls, whole or in part, by error code; each code counts once a call.",
            ["service", "operation", "code"],
        )
        self.retries = counter(
            "assembly_aws_retries",
            "Attempts repeated within an AWS call.",
            ["service", "operation"],
        )
        self.conditions_lost = counter(
            "assembly_conditions_lost",
            "Conditional writes that lost to another writer; a few are normal.",
            ["operation"],
        )
        self.consumed_capacity = counter(
            "assembly_dynamodb_consumed_capacity_units",
            "DynamoDB capacity units, as reported by DynamoDB.",
            ["table", "operation"],
        )


class HttpMetrics:
    """Client connections on the public port. Without a registry they are counted but not shown."""

    def __init__(self, registry: CollectorRegistry | None) -> None:
        counter = partial(Counter, registry=registry)
        gauge = partial(Gauge, registry=registry)
        self.connections = gauge("assembly_http_connections", "Open connections.")
        self.accepting = gauge(
            "assembly_http_accepting",
            "1 while new connections are accepted, 0 while the limit is reached.",
        )
        self.accepting_paused = counter(
            "assembly_http_accepting_paused",
            "Times that accepting connections paused, by the limit that was reached.",
            ["limit"],
        )
        self.connections_refused = counter(
            "assembly_http_connections_refused",
            "Connections and proxied requests refused because their address has too many "
            "connections.",
        )
        self.connections_closed = counter(
            "assembly_http_connections_closed",
            "Connections closed because the client kept the service waiting, by what was missing.",
            ["missing"],
        )
        for limit in ("connections", "descriptors"):
            self.accepting_paused.labels(limit)
        for missing in ("headers", "body"):
            self.connections_closed.labels(missing)


class QueueMetrics:
    """Messages received, in flight, and in dead-letter queues."""

    def __init__(self, registry: CollectorRegistry) -> None:
        gauge = partial(Gauge, registry=registry)
        histogram = partial(Histogram, registry=registry)
        self.in_flight = gauge("assembly_messages_in_flight", "Messages in flight.")
        self.since_last_receive = gauge(
            "assembly_seconds_since_last_receive",
            "Seconds since the last successful receive; infinite before the first.",
            ["queue"],
        )
        self.message_age = histogram(
            "assembly_message_age_seconds",
            "Age of a message at each receive.",
            ["queue"],
            buckets=_AGES,
        )
        self.waiting = gauge(
            "assembly_keys_waiting",
            "Videos in trouble whose messages wait in flight for a retry.",
        )
        self.receiving_paused = gauge(
            "assembly_receiving_paused", "1 while an outage pauses receiving."
        )
        self.seem_swapped = gauge(
            "assembly_queues_seem_swapped",
            "1 while all events since the start, at least ten, arrived on the wrong queue.",
        )
        self.hidden = gauge(
            "assembly_messages_hidden",
            "Messages of a queue in flight or handed back with a delay, updated once a minute. "
            "SQS allows 120,000.",
            ["queue"],
        )
        self.dead_letters = gauge(
            "assembly_dead_letters",
            "Messages in a queue's dead-letter queue, updated once a minute.",
            ["queue"],
        )


class OutcomeMetrics:
    """Outcomes of messages."""

    def __init__(self, registry: CollectorRegistry) -> None:
        counter = partial(Counter, registry=registry)
        histogram = partial(Histogram, registry=registry)
        self.events = counter(
            "assembly_events", "Messages by queue and outcome.", ["queue", "outcome"]
        )
        self.quarantined = counter(
            "assembly_quarantined",
            "Messages quarantined, by queue and reason.",
            ["queue", "reason"],
        )
        self.quarantine_impossible = counter(
            "assembly_quarantine_impossible",
            "Messages that could not be quarantined and were left in their queue.",
            ["queue"],
        )
        self.handling = histogram(
            "assembly_handling_seconds",
            "Time from receiving a message to settling it.",
            ["queue"],
            buckets=_SECONDS,
        )
        for kind in HalfKind:
            self.quarantine_impossible.labels(kind.value)
            for outcome in Outcome:
                self.events.labels(kind.value, outcome.value)
            for reason in RejectionReason:
                self.quarantined.labels(kind.value, reason.value)


class AssemblyMetrics:
    """Pairing of halves."""

    def __init__(self, registry: CollectorRegistry) -> None:
        counter = partial(Counter, registry=registry)
        gauge = partial(Gauge, registry=registry)
        histogram = partial(Histogram, registry=registry)
        self.orphans = counter(
            "assembly_orphans", "Halves whose other half did not arrive in time.", ["missing"]
        )
        for kind in HalfKind:
            self.orphans.labels(kind.value)
        self.oldest_staged = gauge(
            "assembly_oldest_staged_half_seconds",
            "Age of the oldest staged half at the last clean-up; NaN before the first.",
        )
        self.oldest_staged.set(math.nan)
        self.time_to_announcement = histogram(
            "assembly_time_to_announcement_seconds",
            "Time from receiving the second half to the announcement.",
            buckets=_SECONDS,
        )


class NotificationMetrics:
    """Announcements, sockets and the bus."""

    def __init__(self, registry: CollectorRegistry) -> None:
        counter = partial(Counter, registry=registry)
        gauge = partial(Gauge, registry=registry)
        self.announcements = counter(
            "assembly_announcements", "Announcements made.", ["event_type"]
        )
        self.deliveries = counter(
            "assembly_deliveries", "Events passed on to watching clients, once for each of them."
        )
        self.connections = gauge("assembly_websocket_connections", "Connected clients.")
        self.subscriptions = gauge(
            "assembly_websocket_subscriptions", "Subscriptions of connected clients."
        )
        self.event_streams = gauge(
            "assembly_event_streams",
            "Clients connected by an event stream, which the figures of sockets count too.",
        )
        self.slow_clients = counter(
            "assembly_websocket_slow_clients",
            "Clients disconnected because their send queue was full.",
        )
        self.never_joined = counter(
            "assembly_websocket_never_joined",
            "Connections closed because their client never made a request.",
        )
        self.subscribes_delayed = counter(
            "assembly_websocket_subscribes_delayed",
            "Subscribe requests delayed because their connection sent too many.",
        )
        self.subscribes_refused = counter(
            "assembly_websocket_subscribes_refused",
            "Subscribe requests refused because too many of their connection were waiting.",
        )
        self.bus_messages_refused = counter(
            "assembly_bus_messages_refused",
            "Bus messages that were not shown as received, by reason; watchers of the seller are "
            "told to reload instead.",
            ["reason"],
        )
        self.bus_degraded = gauge(
            "assembly_bus_degraded",
            "1 while other instances cannot be reached over the bus.",
        )


class _LogLines(Collector):
    """The log lines that this process dropped, counted where they are written."""

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Yield the current count."""
        yield CounterMetricFamily(
            "assembly_log_lines_dropped",
            "Log lines dropped because they were not read, or could not be written.",
            value=lines_dropped(),
        )
