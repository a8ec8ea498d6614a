"""What `/metrics` shows of drafts. No label has an unbounded set of values."""

from prometheus_client import CollectorRegistry, Counter, Gauge

GAVE_UP = "gave_up"
"""The outcome of a commit that wrote nothing although nobody but an operator could mend it."""


class DraftMetrics:
    """The instruments of all draft systems of one instance.

    Who follows a system's steps sees where people give up: a draft that expires counts once, by
    the state in which it was left.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.steps = Counter(
            "assembly_draft_steps",
            "Calls by step and outcome.",
            ["system", "step", "outcome"],
            registry=registry,
        )
        self.abandoned = Counter(
            "assembly_drafts_abandoned",
            "Drafts that expired, by the state in which they were left.",
            ["system", "state"],
            registry=registry,
        )
        self.events_published = Counter(
            "assembly_draft_events",
            "Events that were published.",
            ["system", "event"],
            registry=registry,
        )
        self.events_waiting = Gauge(
            "assembly_draft_events_waiting_seconds",
            "Age of the oldest event in the outbox that cannot be published; 0 if there is none.",
            ["system"],
            registry=registry,
        )

    def add_system(self, system: str, *, commit_step: str) -> None:
        """Show from the start what alerts read.

        Prometheus sees no rise in a series that begins at one.
        """
        self.steps.labels(system, commit_step, GAVE_UP)
        self.events_waiting.labels(system).set(0)
