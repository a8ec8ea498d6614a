"""Logs and counts the outcome of every message."""

import time
from functools import cache
from typing import NamedTuple

import structlog

from assembly_service.aws.queues import Message
from assembly_service.domain.intake import Rejected
from assembly_service.domain.plan import Outcome
from assembly_service.domain.product import ProductKey
from assembly_service.domain.staging import StagedHalf
from assembly_service.runtime.metrics import OutcomeMetrics

log = structlog.get_logger()


class Identity(NamedTuple):
    """What identifies a message in logs: its correlation id, and its key if it could be read."""

    correlation_id: str
    key: ProductKey | None = None


class OutcomeLog:
    """Counts and logs outcomes, with the key, the correlation id and the duration."""

    def __init__(self, metrics: OutcomeMetrics) -> None:
        self._metrics = metrics
        # Kept by their labels: finding them takes longer than counting.
        self._events = cache(metrics.events.labels)
        self._handling = cache(metrics.handling.labels)

    def handled(self, message: Message, identity: Identity, outcome: Outcome) -> None:
        """Record that a message was acknowledged."""
        self._count(message, outcome)
        log.info("message_handled", outcome=outcome.value, **_common(message, identity))

    def handed_back(
        self, message: Message, identity: Identity, seconds: int, *, logged: bool
    ) -> None:
        """Record that a message was handed back and is visible again in `seconds`."""
        self._count(message, Outcome.RETRIED)
        if not logged:
            return
        log.warning(
            "message_handed_back",
            outcome=Outcome.RETRIED.value,
            visible_in_seconds=seconds,
            **_common(message, identity),
        )

    def quarantined(self, message: Message, identity: Identity, rejected: Rejected) -> None:
        """Record that a message was sent to the dead-letter queue."""
        self._count(message, Outcome.QUARANTINED)
        self._metrics.quarantined.labels(message.queue.value, rejected.reason.value).inc()
        log.warning(
            "message_quarantined",
            outcome=Outcome.QUARANTINED.value,
            reason=rejected.reason.value,
            detail=rejected.detail,
            **_common(message, identity),
        )

    def could_not_quarantine(
        self, message: Message, identity: Identity, rejected: Rejected
    ) -> None:
        """Record that a message could not be quarantined and stays in its queue."""
        self._metrics.quarantine_impossible.labels(message.queue.value).inc()
        log.error(
            "message_not_quarantined",
            reason=rejected.reason.value,
            detail=rejected.detail,
            **_common(message, identity),
        )

    def staged_half_quarantined(self, staged: StagedHalf, rejected: Rejected) -> None:
        """Record that a staged half was sent to the dead-letter queue."""
        kind = staged.half.kind.value
        self._events(kind, Outcome.QUARANTINED.value).inc()
        self._metrics.quarantined.labels(kind, rejected.reason.value).inc()
        log.warning(
            "staged_half_quarantined",
            reason=rejected.reason.value,
            queue=kind,
            message_id=staged.message_id,
            correlation_id=staged.correlation_id,
            **staged.half.key._asdict(),
        )

    def _count(self, message: Message, outcome: Outcome) -> None:
        message.trace.end(outcome.value)
        self._events(message.queue.value, outcome.value).inc()
        self._handling(message.queue.value).observe(_age(message))


def _common(message: Message, identity: Identity) -> dict[str, object]:
    return {
        **(identity.key._asdict() if identity.key is not None else {}),
        "queue": message.queue.value,
        "message_id": message.message_id,
        "correlation_id": identity.correlation_id,
        "receive_count": message.receive_count,
        "duration_ms": round(_age(message) * 1000, 1),
    }


def _age(message: Message) -> float:
    return time.monotonic() - message.received_at
