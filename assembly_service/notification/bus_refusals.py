"""What was heard on the bus and is not shown to clients: counted, and now and then logged."""

import time
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

import structlog

from assembly_service.runtime.metrics import NotificationMetrics

_SAY_AGAIN_SECONDS = 60.0

log = structlog.get_logger()


class RefusalReason(StrEnum):
    """Why a message is not taken as it came."""

    TOO_LARGE = "too_large"
    UNDECODABLE = "undecodable"
    UNSIGNED = "unsigned"
    WRONG_SIGNATURE = "wrong_signature"
    OTHER_DEPLOYMENT = "other_deployment"
    UNKNOWN_VERSION = "unknown_version"
    INVALID = "invalid"
    AHEAD_OF_CLOCK = "ahead_of_clock"


@dataclass(frozen=True, slots=True)
class MessageRefused:
    """A message that is not taken; `seller_handle` is whom it may concern, if that can be read."""

    reason: RefusalReason
    seller_handle: str | None = None


class Refusals:
    """Counts refused messages; the log is told once a minute at most of each reason."""

    def __init__(self, *, metrics: NotificationMetrics) -> None:
        self._counter = metrics.bus_messages_refused
        self._unsaid: Counter[RefusalReason] = Counter()
        self._said_at: dict[RefusalReason, float] = {}
        for reason in RefusalReason:
            self._counter.labels(reason.value)

    def add(self, refused: MessageRefused) -> None:
        """Take note of a refused message."""
        reason, now = refused.reason, time.monotonic()
        self._counter.labels(reason.value).inc()
        self._unsaid[reason] += 1
        if now - self._said_at.get(reason, float("-inf")) >= _SAY_AGAIN_SECONDS:
            self._said_at[reason] = now
            log.warning(
                "bus_message_refused",
                reason=reason.value,
                seller_handle=refused.seller_handle,
                messages=self._unsaid.pop(reason),
            )
