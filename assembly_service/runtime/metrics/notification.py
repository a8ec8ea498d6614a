"""The metrics of announcements."""

from functools import partial

from prometheus_client import CollectorRegistry, Counter

from assembly_service.domain.product import EventType


class NotificationMetrics:
    """Announcements, and what became of them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        counter = partial(Counter, registry=registry)
        self.announcements = counter(
            "assembly_announcements", "Announcements made.", ["event_type"]
        )
        for event_type in EventType:
            self.announcements.labels(event_type.value)
        self.deliveries = counter(
            "assembly_deliveries", "Events passed on to watching clients, once for each of them."
        )
        self.delivered_bytes = counter(
            "assembly_delivered_bytes",
            "Bytes of the events passed on to watching clients, framed, before compression.",
        )
        self.resyncs = counter(
            "assembly_resyncs",
            "Watching clients asked to load their lists again because they may have missed "
            "something, by why.",
            ["reason"],
        )
        for reason in ("connection_restored", "change_unconfirmed"):
            self.resyncs.labels(reason)
        self.topic_failures = counter(
            "assembly_topic_failures",
            "Events that a topic did not take; each is published again.",
            ["topic"],
        )
        for topic in ("products", "draft_events"):
            self.topic_failures.labels(topic)

    def delivered(self, clients: int, size: int) -> None:
        """Count an event that was passed on to so many clients, in so many bytes."""
        self.deliveries.inc(clients)
        self.delivered_bytes.inc(size)
