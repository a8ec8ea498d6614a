"""The metrics of connections and requests."""

from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class HttpMetrics:
    """Connections and requests on the public port.

    Without a registry they are counted but not shown.
    """

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
        self.requests = counter(
            "assembly_http_requests", "Requests answered.", ["route", "method", "status"]
        )
        self.request_seconds = Histogram(
            "assembly_http_request_seconds",
            "Time from a request's headers to its answer, without answers that wait for events.",
            ["route", "method"],
            buckets=_SECONDS,
            registry=registry,
        )
        for limit in ("connections", "descriptors"):
            self.accepting_paused.labels(limit)
        for missing in ("headers", "body"):
            self.connections_closed.labels(missing)
