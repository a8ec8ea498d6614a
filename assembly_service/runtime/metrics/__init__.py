"""The metrics of one service instance. No label has an unbounded set of values.

Label values that are known in advance start at 0: Prometheus sees no increase in a series that
begins at 1.
"""

from prometheus_client import CollectorRegistry, disable_created_metrics

from assembly_service.runtime.metrics.aws import AwsMetrics
from assembly_service.runtime.metrics.bus import BusMetrics
from assembly_service.runtime.metrics.clients import ClientMetrics, StreamOutcome, SubscribeOutcome
from assembly_service.runtime.metrics.http import HttpMetrics
from assembly_service.runtime.metrics.limits import Limit, LimitMetrics
from assembly_service.runtime.metrics.notification import NotificationMetrics
from assembly_service.runtime.metrics.pipeline import (
    AssemblyMetrics,
    OutcomeMetrics,
    QueueCountMetrics,
    QueueMetrics,
)
from assembly_service.runtime.metrics.process import ProcessMetrics

__all__ = [
    "AssemblyMetrics",
    "AwsMetrics",
    "BusMetrics",
    "ClientMetrics",
    "HttpMetrics",
    "Limit",
    "LimitMetrics",
    "Metrics",
    "NotificationMetrics",
    "OutcomeMetrics",
    "QueueMetrics",
    "StreamOutcome",
    "SubscribeOutcome",
]

# In the text format each would be a series of its own, and nothing reads them.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """All metrics by subject, in a registry of their own. `role` is the instance's."""

    def __init__(self, *, role: str = "all") -> None:
        self.registry = CollectorRegistry()
        self.limits = LimitMetrics(self.registry)
        self.aws = AwsMetrics(self.registry)
        self.queues = QueueMetrics(self.registry, self.limits)
        self.queue_counts = QueueCountMetrics(self.registry)
        self.outcomes = OutcomeMetrics(self.registry)
        self.assembly = AssemblyMetrics(self.registry)
        self.http = HttpMetrics(self.registry)
        self.notification = NotificationMetrics(self.registry)
        self.clients = ClientMetrics(self.registry, self.limits)
        self.bus = BusMetrics(self.registry)
        self.process = ProcessMetrics(self.registry, role=role)
