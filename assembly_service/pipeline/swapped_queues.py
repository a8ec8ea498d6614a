"""Suspects that the settings of the two queues are swapped, before both queues are emptied."""

from collections.abc import Iterable

import structlog

from assembly_service.domain.intake import Reason, Rejected
from assembly_service.pipeline.work_item import ArrivedMessage, UnfitMessage
from assembly_service.runtime.metrics import QueueMetrics

log = structlog.get_logger()

_SUSPICIOUS = 10


class SwappedQueues:
    """Counts messages on the wrong queue until the first one on the right queue is seen.

    From the tenth on they are not to be quarantined: the mistake may be in the settings.
    """

    def __init__(self, metrics: QueueMetrics) -> None:
        self._metrics = metrics
        self._wrong = 0
        self._seen_right = False

    @property
    def suspected(self) -> bool:
        """Whether ten messages or more were on the wrong queue since the start, and none right."""
        return self._wrong >= _SUSPICIOUS and not self._seen_right

    def see(self, decoded: Iterable[ArrivedMessage | UnfitMessage]) -> None:
        """Note what arrived. An event with a mistake in it shows as well where it belongs."""
        if not self._seen_right and any(map(_is_right, decoded)):
            self._seen_right = True
            self._metrics.seem_swapped.set(0)

    def withhold(self, rejected: Rejected) -> bool:
        """Whether a rejected message is to be kept from quarantine; each is asked about once."""
        if self._seen_right or rejected.reason is not Reason.WRONG_QUEUE:
            return False
        self._wrong += 1
        if self._wrong == _SUSPICIOUS:
            self._metrics.seem_swapped.set(1)
            log.error(
                "queues_seem_swapped",
                wrong_messages=self._wrong,
                check=["SQS_CAPTION_ANALYSIS_QUEUE_URL", "SQS_THUMBNAIL_GENERATION_QUEUE_URL"],
            )
        return self.suspected


def _is_right(decoded: ArrivedMessage | UnfitMessage) -> bool:
    if isinstance(decoded, ArrivedMessage):
        return True
    return decoded.rejected.reason is Reason.INVALID_EVENT
