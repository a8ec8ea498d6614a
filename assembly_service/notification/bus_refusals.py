"""Messages of the bus that are not passed on to clients: counted, and logged once a minute."""

import time
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

import structlog

from assembly_service.runtime.metrics import BusMetrics

_LOG_SECONDS = 60.0

log = structlog.get_logger()


class RefusalReason(StrEnum):
    """Why a message is refused."""

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
    """A refused message. `seller_handle` is the seller it names, None if that cannot be read."""

    reason: RefusalReason
    seller_handle: str | None = None


class Refusals:
    """Counts refused messages, and logs each reason at most once a minute."""

    def __init__(self, *, metrics: BusMetrics) -> None:
        self._counter = metrics.messages_refused
        self._unlogged: Counter[RefusalReason] = Counter()
        self._logged_at: dict[RefusalReason, float] = {}
        for reason in RefusalReason:
            self._counter.labels(reason.value)

    def add(self, refused: MessageRefused) -> None:
        """Count a refused message."""
        reason, now = refused.reason, time.monotonic()
        self._counter.labels(reason.value).inc()
        self._unlogged[reason] += 1
        if now - self._logged_at.get(reason, float("-inf")) >= _LOG_SECONDS:
            self._logged_at[reason] = now
            log.warning(
                "bus_message_refused",
                reason=reason.value,
                seller_handle=refused.seller_handle,
                messages=self._unlogged.pop(reason),
            )
