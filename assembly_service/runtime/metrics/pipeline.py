"""The metrics of messages, from their queues to the finished product."""

import math
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from assembly_service.domain.intake import RejectionReason
from assembly_service.domain.plan import Outcome
from assembly_service.domain.product import HalfKind
from assembly_service.runtime.metrics.limits import LimitMetrics

_SECONDS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2, 2.5, 5, 10, 30, 60)
_AGES = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 6 * 3_600, 86_400)


class QueueMetrics:
    """Messages received and in flight."""

    def __init__(self, registry: CollectorRegistry, limits: LimitMetrics) -> None:
        self.limits = limits
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


class QueueCountMetrics:
    """Messages in queues and their dead-letter queues, as SQS counts them once a minute."""

    def __init__(self, registry: CollectorRegistry) -> None:
        gauge = partial(Gauge, registry=registry)
        self.visible = gauge(
            "assembly_queue_messages",
            "Messages of a queue that wait to be received, updated once a minute.",
            ["queue"],
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
        self.age = gauge(
            "assembly_queue_counts_age_seconds",
            "Seconds since all messages of a queue and of its dead-letter queue were last counted; "
            "infinite before the first time.",
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
