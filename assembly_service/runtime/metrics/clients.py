"""The metrics of clients."""

from enum import StrEnum
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge

from assembly_service.runtime.metrics.limits import LimitMetrics


class StreamOutcome(StrEnum):
    """What becomes of an event stream that a client asks for, as its user sees it."""

    SERVED = "served"
    LATE = "late"
    REFUSED = "refused"
    FAILED = "failed"


class SubscribeOutcome(StrEnum):
    """What becomes of a subscribe on a socket, unless it is refused, or its client leaves first."""

    SERVED = "served"
    FAILED = "failed"


class ClientMetrics:
    """Clients on sockets and event streams."""

    def __init__(self, registry: CollectorRegistry, limits: LimitMetrics) -> None:
        self.limits = limits
        counter = partial(Counter, registry=registry)
        gauge = partial(Gauge, registry=registry)
        self.connections = gauge("assembly_websocket_connections", "Connected clients.")
        self.by_transport = gauge(
            "assembly_clients", "Connected clients by what they are connected by.", ["transport"]
        )
        self.subscriptions = gauge(
            "assembly_websocket_subscriptions", "Subscriptions of connected clients."
        )
        self.event_streams = gauge(
            "assembly_event_streams",
            "Clients connected by an event stream, which the figures of sockets count too.",
        )
        stream_requests = counter(
            "assembly_event_stream_requests",
            "Event streams that clients asked for, by what became of them.",
            ["outcome"],
        )
        self.stream_requests = {each: stream_requests.labels(each.value) for each in StreamOutcome}
        self.replays = counter(
            "assembly_replays", "Clients that came back and asked what they missed.", ["result"]
        )
        self.slow_clients = counter(
            "assembly_websocket_slow_clients",
            "Clients disconnected because their send queue was full.",
        )
        self.never_joined = counter(
            "assembly_websocket_never_joined",
            "Connections closed because their client never made a request.",
        )
        subscribes = counter(
            "assembly_websocket_subscribes",
            "Subscribe requests on sockets, by what became of them.",
            ["outcome"],
        )
        self.subscribes = {each: subscribes.labels(each.value) for each in SubscribeOutcome}
        self.subscribes_delayed = counter(
            "assembly_websocket_subscribes_delayed",
            "Subscribe requests delayed because their connection sent too many.",
        )
        self.subscribes_refused = counter(
            "assembly_websocket_subscribes_refused",
            "Subscribe requests refused because too many of their connection were waiting.",
        )
