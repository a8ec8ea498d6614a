"""The figures that `/metrics` shows. No label has an unbounded set of values."""

import math

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from assembly_service.domain.intake import Reason
from assembly_service.domain.plan import Outcome
from assembly_service.domain.product import HalfKind

_SECONDS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2, 2.5, 5, 10, 30, 60)
_AGES = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 6 * 3_600, 86_400)


class Metrics:
    """All instruments of one service instance, in a registry of their own."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        r = self.registry
        self.events = Counter(
            "assembly_events", "Messages by queue and outcome.", ["queue", "outcome"], registry=r
        )
        self.quarantined = Counter(
            "assembly_quarantined",
            "Messages set aside, by queue and reason.",
            ["queue", "reason"],
            registry=r,
        )
        self.quarantine_impossible = Counter(
            "assembly_quarantine_impossible",
            "Messages that could not be set aside and were left to their queue.",
            ["queue"],
            registry=r,
        )
        self.aws_calls = Counter(
            "assembly_aws_calls", "AWS calls.", ["service", "operation"], registry=r
        )
        self.aws_errors = Counter(
            "assembly_aws_errors",
            "AWS calls that failed, whole or in an entry, by error code, each code once a call.",
            ["service", "operation", "code"],
            registry=r,
        )
        self.aws_retries = Counter(
            "assembly_aws_retries",
            "Attempts that AWS's client library repeated within a call.",
            ["service", "operation"],
            registry=r,
        )
        self.conditions_lost = Counter(
            "assembly_conditions_lost",
            "Conditional writes that another writer's came before; normal in small numbers.",
            ["operation"],
            registry=r,
        )
        self.consumed_capacity = Counter(
            "assembly_dynamodb_consumed_capacity_units",
            "DynamoDB capacity units, as DynamoDB reports them.",
            ["table", "operation"],
            registry=r,
        )
        self.announcements = Counter(
            "assembly_announcements", "Announcements that went out.", ["event_type"], registry=r
        )
        self.orphans = Counter(
            "assembly_orphans",
            "Halves whose other half did not come in time.",
            ["missing"],
            registry=r,
        )
        self.connections = Gauge("assembly_websocket_connections", "Connected clients.", registry=r)
        self.subscriptions = Gauge(
            "assembly_websocket_subscriptions", "Subscriptions of connected clients.", registry=r
        )
        self.slow_clients = Counter(
            "assembly_websocket_slow_clients",
            "Clients disconnected because too much waited for them.",
            registry=r,
        )
        self.bus_degraded = Gauge(
            "assembly_bus_degraded",
            "1 while other instances cannot be reached through Redis or Valkey.",
            registry=r,
        )
        self.in_flight = Gauge("assembly_messages_in_flight", "Messages in hand.", registry=r)
        self.oldest_staged = Gauge(
            "assembly_oldest_staged_half_seconds",
            "Age of the oldest half that waited for its other half at the last clean-up; "
            "not a number before the first.",
            registry=r,
        )
        self.oldest_staged.set(math.nan)
        self.since_last_receive = Gauge(
            "assembly_seconds_since_last_receive",
            "Seconds since the last successful receive; infinite before the first.",
            ["queue"],
            registry=r,
        )
        self.message_age = Histogram(
            "assembly_message_age_seconds",
            "Time from sending a message to receiving it, each time it is received.",
            ["queue"],
            buckets=_AGES,
            registry=r,
        )
        self.dead_letters = Gauge(
            "assembly_dead_letters",
            "Messages in a queue's dead-letter queue, asked about once a minute.",
            ["queue"],
            registry=r,
        )
        self.handling = Histogram(
            "assembly_handling_seconds",
            "Time from receiving a message to settling it.",
            ["queue"],
            buckets=_SECONDS,
            registry=r,
        )
        self.time_to_announcement = Histogram(
            "assembly_time_to_announcement_seconds",
            "Time from receiving the second half to the announcement.",
            buckets=_SECONDS,
            registry=r,
        )
        self._show_from_the_start()

    def _show_from_the_start(self) -> None:
        """What has not happened yet shows as 0: the step from nothing to 1 is no increase."""
        for kind in HalfKind:
            self.orphans.labels(kind.value)
            self.quarantine_impossible.labels(kind.value)
            for outcome in Outcome:
                self.events.labels(kind.value, outcome.value)
            for reason in Reason:
                self.quarantined.labels(kind.value, reason.value)
