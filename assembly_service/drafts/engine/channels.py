"""Where events go when they leave the outbox."""

import asyncio
import logging
from typing import Any

import structlog
from prometheus_client import Counter

from assembly_service.aws.errors import AWS_ERRORS
from assembly_service.domain import exact_json
from assembly_service.drafts.engine.events import StoredEvent
from assembly_service.drafts.engine.publishing import Channel
from assembly_service.runtime.line_writer import Receipt

# At any LOG_LEVEL: without a topic the line is the only trace of an event.
_log = structlog.wrap_logger(
    None, wrapper_class=structlog.make_filtering_bound_logger(logging.NOTSET)
)


def to_log(event: StoredEvent) -> asyncio.Future[bool]:
    """Log the event; the future says whether the line was written."""
    receipt = _log.info(
        "domain_event",
        name=event.name,
        event_id=event.event_id,
        payload=event.payload(),
    )
    if isinstance(receipt, Receipt):
        return receipt.written()
    # Any other logger has written the line when it returns.
    written = asyncio.get_running_loop().create_future()
    written.set_result(True)
    return written


def to_topic(sns: Any, topic_arn: str, *, failures: Counter) -> Channel:
    """Publish each event as a message, with its name and id as attributes; count failures.

    Subscribers of a FIFO topic get a draft's events in order, and a repetition within five minutes
    only once.
    """
    is_fifo = topic_arn.endswith(".fifo")

    async def publish(event: StoredEvent) -> None:
        order = {"MessageGroupId": event.reference, "MessageDeduplicationId": event.event_id}
        try:
            await sns.publish(
                TopicArn=topic_arn,
                Message=exact_json.message_text(event.payload()),
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value}
                    for name, value in {"eventType": event.name, "eventId": event.event_id}.items()
                },
                **(order if is_fifo else {}),
            )
        except AWS_ERRORS:
            failures.inc()
            raise

    return publish
