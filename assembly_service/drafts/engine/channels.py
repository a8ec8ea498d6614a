"""Where events go when they leave the outbox."""

from typing import Any

import structlog

from assembly_service.domain import exact_json
from assembly_service.drafts.engine.events import StoredEvent
from assembly_service.drafts.engine.publishing import Channel
from assembly_service.runtime.line_writer import Receipt

_WRITE_SECONDS = 1.0

log = structlog.get_logger()


async def to_log(event: StoredEvent) -> None:
    """A line for each event; raises OSError or TimeoutError if it was not written."""
    receipt = log.info(
        "domain_event",
        name=event.name,
        event_id=event.event_id,
        payload=event.payload(),
    )
    # There is none where LOG_LEVEL leaves the line out.
    if isinstance(receipt, Receipt):
        await receipt.written(_WRITE_SECONDS)


def to_topic(sns: Any, topic_arn: str) -> Channel:
    """A message for each event: its body, with its name and id as attributes too.

    On a FIFO topic the subscribers too get a draft's events in order, and a repetition within
    five minutes only once.
    """
    is_fifo = topic_arn.endswith(".fifo")

    async def publish(event: StoredEvent) -> None:
        order = {"MessageGroupId": event.reference, "MessageDeduplicationId": event.event_id}
        await sns.publish(
            TopicArn=topic_arn,
            Message=exact_json.message_text(event.payload()),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in {"eventType": event.name, "eventId": event.event_id}.items()
            },
            **(order if is_fifo else {}),
        )

    return publish
