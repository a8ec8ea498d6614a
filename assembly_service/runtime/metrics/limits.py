"""The metrics of limits that were reached."""

from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter


class Limit(StrEnum):
    """A limit without a figure of its own, by what it limits."""

    CLIENTS = "clients"
    SUBSCRIPTIONS = "subscriptions"
    QUEUED_PACKETS = "queued_packets"
    DRAFT_CALLS = "draft_calls"
    MESSAGES_IN_FLIGHT = "messages_in_flight"
    WAITING_MESSAGES = "waiting_messages"


class LimitMetrics:
    """How often each limit was reached."""

    def __init__(self, registry: CollectorRegistry) -> None:
        reached = Counter(
            "assembly_limits_reached",
            "Times that something was refused or had to wait because of a limit.",
            ["limit"],
            registry=registry,
        )
        self._reached = {limit: reached.labels(limit.value) for limit in Limit}

    def reached(self, limit: Limit) -> None:
        """Count that a limit was reached."""
        self._reached[limit].inc()
