"""One log line and one count for what became of every message."""

import time

import structlog

from assembly_service.aws.queues import Message
from assembly_service.domain.decision import Outcome
from assembly_service.domain.intake import Rejected
from assembly_service.domain.product import ProductKey
from assembly_service.monitoring.metrics import Metrics

log = structlog.get_logger()


class OutcomeLog:
    """Counts and logs outcomes with the key, the correlation id and the duration."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def handled(
        self, message: Message, outcome: Outcome, key: ProductKey, correlation_id: str
    ) -> None:
        """A message was acknowledged."""
        self._count(message, outcome)
        log.info(
            "message_handled",
            outcome=outcome.value,
            seller_handle=key.seller_handle,
            video_id=key.video_id,
            **_common(message, correlation_id),
        )

    def handed_back(self, message: Message, seconds: int) -> None:
        """A message goes back to its queue and comes again after so many seconds."""
        self._count(message, Outcome.RETRIED)
        log.warning(
            "message_handed_back",
            outcome=Outcome.RETRIED.value,
            visible_in_seconds=seconds,
            **_common(message, message.message_id),
        )

    def set_aside(self, message: Message, correlation_id: str, rejected: Rejected) -> None:
        """A message lies in the dead-letter queue."""
        self._count(message, Outcome.QUARANTINED)
        self._metrics.quarantined.labels(message.queue.value, rejected.reason.value).inc()
        log.warning(
            "message_set_aside",
            outcome=Outcome.QUARANTINED.value,
            reason=rejected.reason.value,
            detail=rejected.detail,
            **_common(message, correlation_id),
        )

    def could_not_set_aside(
        self, message: Message, correlation_id: str, rejected: Rejected
    ) -> None:
        """A message that should lie in a dead-letter queue is left to its own queue."""
        self._metrics.quarantine_impossible.labels(message.queue.value).inc()
        log.error(
            "message_could_not_be_set_aside",
            reason=rejected.reason.value,
            detail=rejected.detail,
            **_common(message, correlation_id),
        )

    def _count(self, message: Message, outcome: Outcome) -> None:
        self._metrics.events.labels(message.queue.value, outcome.value).inc()
        self._metrics.handling.labels(message.queue.value).observe(_age(message))


def _common(message: Message, correlation_id: str) -> dict[str, object]:
    return {
        "queue": message.queue.value,
        "message_id": message.message_id,
        "correlation_id": correlation_id,
        "receive_count": message.receive_count,
        "duration_ms": round(_age(message) * 1000, 1),
    }


def _age(message: Message) -> float:
    return time.monotonic() - message.received_at
