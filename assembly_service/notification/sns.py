"""Publishes announcements to an SNS topic, for other services."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from assembly_service.aws.errors import AWS_ERRORS, Failure, code_of, is_throttled
from assembly_service.aws.message_limits import (
    MESSAGES_PER_CALL,
    MOST_PUBLISHED_BYTES,
    REFUSED_CHARACTER,
)
from assembly_service.domain import exact_json
from assembly_service.domain.product import Announcement, EventType, ProductKey, positions_by_seller
from assembly_service.runtime.tracing import NO_TRACING, Tracing, messaging_step

_SUBJECTS = {
    EventType.NEW_PRODUCT: "New Product Available",
    EventType.PRODUCT_UPDATED: "Product Updated",
}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Entry:
    key: ProductKey
    message: str
    subject: str
    attributes: dict[str, str]

    @property
    def size(self) -> int:
        texts = (self.message, self.subject, *self.attributes, *self.attributes.values())
        return sum(len(text.encode()) for text in texts) + len("String") * len(self.attributes)

    def request(self, entry_id: int) -> dict[str, Any]:
        return {
            "Id": str(entry_id),
            "Message": self.message,
            "Subject": self.subject,
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value}
                for name, value in self.attributes.items()
            },
        }


class SnsPublisher:
    """Publishes announcements to one topic, at least once. `sns` is a low-level client."""

    def __init__(self, *, sns: Any, topic_arn: str, tracing: Tracing = NO_TRACING) -> None:
        self._sns = sns
        self._topic_arn = topic_arn
        self._tracing = tracing
        self._step = messaging_step(
            "send",
            system="aws.sns",
            destination=topic_arn.rsplit(":", 1)[-1],
            name="publish",
            attributes={"aws.sns.topic.arn": topic_arn},
        )

    async def publish(
        self, announcements: Sequence[Announcement], timestamp: str
    ) -> Mapping[ProductKey, Failure]:
        """Publish all. Returns those that may not have arrived, with what each failure names."""
        with self._tracing.spans(self._step, announcements) as spans:
            failed = await self._publish_batches(
                _batches([_entry(announcement, timestamp) for announcement in spans.inside()])
            )
            spans.fail(
                "not_published" if each.product.key in failed else None for each in announcements
            )
        return failed

    async def _publish_batches(
        self, batches: Iterable[Sequence[_Entry]]
    ) -> dict[ProductKey, Failure]:
        failed: dict[ProductKey, Failure] = {}
        for of_batch in await asyncio.gather(*map(self._publish_batch, batches)):
            failed |= of_batch
        return failed

    async def _publish_batch(self, entries: Sequence[_Entry]) -> dict[ProductKey, Failure]:
        """Publish a batch. If it is throttled whole, split it by seller: one may be the cause."""
        try:
            answer = await self._sns.publish_batch(
                TopicArn=self._topic_arn,
                PublishBatchRequestEntries=[
                    entry.request(position) for position, entry in enumerate(entries)
                ],
            )
        except AWS_ERRORS as error:
            log.warning("topic_publish_failed", code=code_of(error), entries=len(entries))
            failure = Failure.ITEM if is_throttled(code_of(error)) else Failure.CALL
            sellers = positions_by_seller([entry.key.seller_handle for entry in entries])
            if failure is Failure.ITEM and len(sellers) > 1:
                return await self._publish_batches(
                    [entries[position] for position in positions] for positions in sellers
                )
            return dict.fromkeys((entry.key for entry in entries), failure)
        return {_failed(entries, failed): Failure.ITEM for failed in answer.get("Failed", [])}


def _failed(entries: Sequence[_Entry], failure: dict[str, Any]) -> ProductKey:
    key = entries[int(failure["Id"])].key
    log.warning("topic_publish_failed", code=failure.get("Code"), **key._asdict())
    return key


def _entry(announcement: Announcement, timestamp: str) -> _Entry:
    key = announcement.product.key
    attributes = {
        "eventType": announcement.event_type.value,
        "sellerHandle": key.seller_handle,
        "videoId": key.video_id,
        **announcement.trace_context,
    }
    correlation_id = announcement.correlation_id
    if correlation_id and not REFUSED_CHARACTER.search(correlation_id):
        attributes["correlationId"] = correlation_id
    subject = _SUBJECTS[announcement.event_type]
    whole = _Entry(
        key, exact_json.message_text(announcement.payload(timestamp)), subject, attributes
    )
    if whole.size <= MOST_PUBLISHED_BYTES:
        return whole
    keys = {
        **key._asdict(),
        "event_type": announcement.event_type.value,
        "truncated": True,
        "timestamp": timestamp,
    }
    return _Entry(key, exact_json.message_text(keys), subject, attributes)


def _batches(entries: Sequence[_Entry]) -> list[list[_Entry]]:
    batches: list[list[_Entry]] = []
    size = 0
    for entry in entries:
        is_full = size + entry.size > MOST_PUBLISHED_BYTES
        if not batches or is_full or len(batches[-1]) == MESSAGES_PER_CALL:
            batches.append([])
            size = 0
        batches[-1].append(entry)
        size += entry.size
    return batches
