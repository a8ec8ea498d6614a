"""The metrics of announcements, clients and the bus."""

from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge

from assembly_service.domain.product import EventType
from assembly_service.runtime.metrics.limits import LimitMetrics


class NotificationMetrics:
    """Announcements, clients and the bus."""

    def __init__(self, registry: CollectorRegistry, limits: LimitMetrics) -> None:
        self.limits = limits
        counter = partial(Counter, registry=registry)
        gauge = partial(Gauge, registry=registry)
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
        self.replays = counter(
            "assembly_replays", "Clients that came back and asked what they missed.", ["result"]
        )
        self.topic_failures = counter(
            "assembly_topic_failures",
            "Events that a topic did not take; each is published again.",
            ["topic"],
        )
        for topic in ("products", "draft_events"):
            self.topic_failures.labels(topic)
        self.connections = gauge("assembly_websocket_connections", "Connected clients.")
        self.clients = gauge(
            "assembly_clients", "Connected clients by what they are connected by.", ["transport"]
        )
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
        self.bus_messages_sent = counter(
            "assembly_bus_messages_sent", "Pushes sent to the other instances."
        )
        self.bus_messages_received = counter(
            "assembly_bus_messages_received",
            "Pushes of other instances that were received, without those that were refused.",
        )
        self.bus_messages_lost = counter(
            "assembly_bus_messages_lost",
            "Pushes that could not be sent to the other instances; their watchers reload later.",
        )
        self.bus_connections_lost = counter(
            "assembly_bus_connections_lost",
            "Times that this instance could no longer publish, or no longer receive.",
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

    def delivered(self, clients: int, size: int) -> None:
        """Count an event that was passed on to so many clients, in so many bytes."""
        self.deliveries.inc(clients)
        self.delivered_bytes.inc(size)
