"""Announces products: to the sockets first, then to the topic."""

from collections.abc import Mapping, Sequence

import structlog

from assembly_service.aws.errors import Failure
from assembly_service.domain.product import Announcement, ProductKey
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.notification.rooms import Push, Rooms
from assembly_service.notification.sns import SnsPublisher
from assembly_service.runtime.clock import Clock
from assembly_service.runtime.metrics import NotificationMetrics
from assembly_service.runtime.tracing import NO_TRACING, Step, Tracing

_STEP = Step("announce")

log = structlog.get_logger()


class Announcer:
    """Pushes products to everyone who watches their sellers, then publishes them to any topic."""

    def __init__(
        self,
        *,
        rooms: Rooms,
        topic: SnsPublisher | None,
        clock: Clock,
        metrics: NotificationMetrics,
        tracing: Tracing = NO_TRACING,
    ) -> None:
        self._rooms = rooms
        self._topic = topic
        self._clock = clock
        self._metrics = metrics
        self._topic_failures = metrics.topic_failures.labels("products")
        self._tracing = tracing

    async def announce(self, announcements: Sequence[Announcement]) -> Mapping[ProductKey, Failure]:
        """Announce all. Returns those that the topic refused, which must be announced again.

        Products that were `pushed` before are not pushed again.
        """
        with self._tracing.spans(_STEP, announcements) as spans:
            failed = await self._announce(spans.inside())
            spans.fail(
                "not_published" if each.product.key in failed else None for each in announcements
            )
        self._topic_failures.inc(len(failed))
        for announcement in announcements:
            key, event_type = announcement.product.key, announcement.event_type.value
            if key not in failed:
                self._metrics.announcements.labels(event_type).inc()
                log.debug(
                    "product_announced",
                    event_type=event_type,
                    correlation_id=announcement.correlation_id,
                    **key._asdict(),
                )
        return failed

    async def _announce(
        self, announcements: Sequence[Announcement]
    ) -> Mapping[ProductKey, Failure]:
        timestamp = format_milliseconds(self._clock())
        await self._rooms.push(
            [_push(each, timestamp) for each in announcements if not each.pushed]
        )
        if self._topic is None:
            return {}
        return await self._topic.publish(announcements, timestamp)


def _push(announcement: Announcement, timestamp: str) -> Push:
    return Push(
        event=announcement.event_type.value,
        seller_handle=announcement.product.key.seller_handle,
        payload=announcement.payload(timestamp),
        trace_context=announcement.trace_context,
    )
