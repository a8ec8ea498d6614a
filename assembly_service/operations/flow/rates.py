"""What this instance did in the last minute, from its own counters."""

import asyncio
import time
from collections import Counter, deque
from typing import NamedTuple

from prometheus_client.registry import Collector

from assembly_service.domain.plan import Outcome
from assembly_service.domain.product import HalfKind
from assembly_service.runtime.metrics import Metrics
from assembly_service.runtime.tasks import wait_for_event

_STEP_SECONDS = 5
_WINDOW_SECONDS = 60


class Rates(NamedTuple):
    """Counts of the last minute: messages received, outcomes, announcements, deliveries."""

    received: dict[HalfKind, int]
    outcomes: dict[Outcome, int]
    announced: int
    delivered: int


class RateWatch:
    """Samples the counters every five seconds, so that the last minute is known to about that."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._samples: deque[tuple[float, Counter[str]]] = deque()
        self._sample()

    async def run(self, stop: asyncio.Event) -> None:
        """Sample until stopped."""
        while not await wait_for_event(stop, _STEP_SECONDS):
            self._sample()

    def rates(self) -> Rates:
        """Return the counts of the last minute, or since the start."""
        _, before = self._samples[0]
        counts = self._totals()
        counts.subtract(before)
        return Rates(
            received={kind: counts[f"received {kind.value}"] for kind in HalfKind},
            outcomes={outcome: counts[outcome.value] for outcome in Outcome},
            announced=counts["announced"],
            delivered=counts["delivered"],
        )

    def _sample(self) -> None:
        now = time.monotonic()
        self._samples.append((now, self._totals()))
        while now - self._samples[0][0] > _WINDOW_SECONDS:
            self._samples.popleft()

    def _totals(self) -> Counter[str]:
        totals: Counter[str] = Counter()
        for labels, value in _samples(self._metrics.queues.message_age, "_count"):
            totals[f"received {labels['queue']}"] += round(value)
        for labels, value in _samples(self._metrics.outcomes.events, "_total"):
            totals[labels["outcome"]] += round(value)
        for _, value in _samples(self._metrics.notification.announcements, "_total"):
            totals["announced"] += round(value)
        for _, value in _samples(self._metrics.notification.deliveries, "_total"):
            totals["delivered"] += round(value)
        return totals


def _samples(metric: Collector, suffix: str) -> list[tuple[dict[str, str], float]]:
    return [
        (sample.labels, sample.value)
        for family in metric.collect()
        for sample in family.samples
        if sample.name.endswith(suffix)
    ]
