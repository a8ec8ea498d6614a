"""What `/metrics` shows of drafts. No label has an unbounded set of values."""

from prometheus_client import CollectorRegistry, Counter, Gauge


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
        self.events_told = Counter(
            "assembly_draft_events", "Events that went out.", ["event"], registry=registry
        )
        self.events_waiting = Gauge(
            "assembly_draft_events_waiting_seconds",
            "Age of the oldest event in the outbox that cannot be told; 0 if there is none.",
            registry=registry,
        )
