"""The metrics of the process itself."""

import platform
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Gauge, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from assembly_service.runtime.logs import lines_dropped
from assembly_service.runtime.tasks import running_tasks
from assembly_service.runtime.version import own_version

_LAGS = (0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5)


class ProcessMetrics:
    """What the process is, and what it uses; `process_*` only where there is /proc."""

    def __init__(self, registry: CollectorRegistry, *, role: str) -> None:
        ProcessCollector(registry=registry)
        registry.register(_LogLines())
        build = Gauge(
            "assembly_build_info",
            "Always 1; its labels say what runs.",
            ["version", "role", "python"],
            registry=registry,
        )
        build.labels(own_version(), role, platform.python_version()).set(1)
        Gauge(
            "assembly_event_loop_tasks",
            "Tasks of the event loop that have not ended.",
            registry=registry,
        ).set_function(running_tasks)
        self.event_loop_lag = Histogram(
            "assembly_event_loop_lag_seconds",
            "How long what is ready waits for the event loop, sampled fifty times a second.",
            buckets=_LAGS,
            registry=registry,
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
