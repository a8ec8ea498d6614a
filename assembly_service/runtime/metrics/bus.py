"""The metrics of the bus between instances."""

from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge


class BusMetrics:
    """What goes over the bus, and what is lost."""

    def __init__(self, registry: CollectorRegistry) -> None:
        counter = partial(Counter, registry=registry)
        self.messages_sent = counter(
            "assembly_bus_messages_sent", "Pushes sent to the other instances."
        )
        self.messages_received = counter(
            "assembly_bus_messages_received",
            "Pushes of other instances that were received, without those that were refused.",
        )
        self.messages_lost = counter(
            "assembly_bus_messages_lost",
            "Pushes that could not be sent to the other instances; their watchers reload later.",
        )
        self.connections_lost = counter(
            "assembly_bus_connections_lost",
            "Times that this instance could no longer publish, or no longer receive.",
        )
        self.messages_refused = counter(
            "assembly_bus_messages_refused",
            "Bus messages that were not shown as received, by reason; watchers of the seller are "
            "told to reload instead.",
            ["reason"],
        )
        self.degraded = Gauge(
            "assembly_bus_degraded",
            "1 while other instances cannot be reached over the bus.",
            registry=registry,
        )
