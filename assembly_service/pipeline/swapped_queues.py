"""Detects swapped queue settings before both queues are emptied into quarantine."""

from collections.abc import Iterable

import structlog

from assembly_service.domain.intake import RejectionReason
from assembly_service.pipeline.work_item import ArrivedMessage, UnfitMessage
from assembly_service.runtime.metrics import QueueMetrics

log = structlog.get_logger()

_SUSPICIOUS = 10


class SwappedQueues:
    """Counts messages on the wrong queue until one is on the right queue.

    From the tenth on they are not quarantined: the settings may be wrong. A redelivered message
    counts once.
    """

    def __init__(self, metrics: QueueMetrics) -> None:
        self._metrics = metrics
        self._wrong: set[str] = set()
        self._seen_right = False

    @property
    def suspected(self) -> bool:
        """Whether at least ten messages were on the wrong queue, and none on the right one."""
        return len(self._wrong) >= _SUSPICIOUS and not self._seen_right

    def see(self, decoded: Iterable[ArrivedMessage | UnfitMessage]) -> None:
        """Note what arrived. Even an invalid event shows that its queue is right."""
        if self._seen_right or not any(map(_is_right, decoded)):
            return
        if self.suspected:
            log.info(
                "queues_not_swapped", from_now_on="messages on the wrong queue go to quarantine"
            )
        self._seen_right = True
        self._metrics.seem_swapped.set(0)

    def withhold(self, unfit: UnfitMessage) -> bool:
        """Return whether to keep an unfit message out of quarantine."""
        if self._seen_right or unfit.rejected.reason is not RejectionReason.WRONG_QUEUE:
            return False
        if self.suspected:
            return True
        self._wrong.add(unfit.message.message_id)
        if not self.suspected:
            return False
        self._metrics.seem_swapped.set(1)
        log.error(
            "queues_seem_swapped",
            wrong_messages=len(self._wrong),
            check=["SQS_CAPTION_ANALYSIS_QUEUE_URL", "SQS_THUMBNAIL_GENERATION_QUEUE_URL"],
            from_now_on="messages on the wrong queue are handed back to it",
        )
        return True


def _is_right(decoded: ArrivedMessage | UnfitMessage) -> bool:
    if isinstance(decoded, ArrivedMessage):
        return True
    return decoded.rejected.reason is RejectionReason.INVALID_EVENT
