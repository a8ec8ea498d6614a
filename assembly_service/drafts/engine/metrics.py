"""The metrics of drafts. No label has an unbounded set of values."""

from functools import partial

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from assembly_service.runtime.metrics.reading_ages import ReadingAges

GAVE_UP = "gave_up"
"""The outcome of a commit that wrote nothing for a cause that only an operator can fix."""
_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10, 20, 30)

log = structlog.get_logger()


class DraftMetrics:
    """The metrics of all draft systems of one instance.

    They show where people give up: a draft that expires counts once, by the state it was left in.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        counter = partial(Counter, registry=registry)
        gauge = partial(Gauge, registry=registry)
        histogram = partial(Histogram, registry=registry)
        self.steps = counter(
            "assembly_draft_steps", "Calls by step and outcome.", ["system", "step", "outcome"]
        )
        self.step_seconds = histogram(
            "assembly_draft_step_seconds",
            "How long calls took, by step.",
            ["system", "step"],
            buckets=_SECONDS,
        )
        self.open = gauge(
            "assembly_drafts_open",
            "Drafts that are neither committed nor over, as the one instance that counts them saw.",
            ["system"],
        )
        self.abandoned = counter(
            "assembly_drafts_abandoned",
            "Drafts that expired, by the state in which they were left.",
            ["system", "state"],
        )
        self.events_published = counter(
            "assembly_draft_events", "Events that were published.", ["system", "event"]
        )
        self.events_waiting = gauge(
            "assembly_draft_events_waiting_seconds",
            "Age of the oldest event in the outbox that cannot be published; 0 if there is none.",
            ["system"],
        )
        self._readings = ReadingAges(
            gauge(
                "assembly_draft_events_waiting_age_seconds",
                "Seconds since the outbox was last read for the figure above; infinite before the "
                "first time.",
                ["system"],
            )
        )
        self.systems: set[str] = set()
        """Those whose waiting events are shown."""
        self.mistakes = counter(
            "assembly_draft_validation_errors",
            "Calls that found a step of a draft incomplete or wrong, by that step.",
            ["system", "draft_step"],
        )
        self.limits_not_counted = counter(
            "assembly_draft_limits_not_counted",
            "Calls that were let through because their limit could not be counted.",
            ["system", "step"],
        )

    def add_system(self, system: str, *, commit_step: str) -> None:
        """Create the series that alerts read: Prometheus sees no rise in one that starts at 1."""
        self.steps.labels(system, commit_step, GAVE_UP)
        self.events_waiting.labels(system).set(0)
        self._readings.add(system)
        self.systems.add(system)

    def show_waiting(self, system: str, seconds: float) -> None:
        """Show the age of a system's oldest event that cannot be published, as just read."""
        self.events_waiting.labels(system).set(seconds)
        self._readings.renew(system)
        self.systems.add(system)

    def limit_not_counted(self, system: str, step: str, code: str) -> None:
        """Count and log a call that was let through because its limit could not be counted."""
        self.limits_not_counted.labels(system, step).inc()
        log.warning("draft_limit_not_counted", system=system, step=step, code=code)
