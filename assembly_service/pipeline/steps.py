"""What traces say about the steps of a message's handling."""

from collections.abc import Mapping
from typing import Literal

from assembly_service.aws.queues import HalfQueue, Message, queue_name
from assembly_service.domain.product import HalfKind
from assembly_service.pipeline.work_item import ArrivedMessage, UnfitMessage
from assembly_service.runtime.tracing import Attribute, Step, messaging_step


class QueueSteps:
    """The steps that concern the queues."""

    def __init__(self, queues: Mapping[HalfKind, HalfQueue]) -> None:
        self._queues = queues

    def process(self, each: ArrivedMessage | UnfitMessage) -> Step:
        """Describe the handling of a message, from its receipt until it is settled."""
        correlation_id, key = each.identity
        names = ("assembly.seller_handle", "assembly.video_id")
        return _step(
            "process",
            self._queues[each.message.queue].url,
            {
                "messaging.message.id": each.message.message_id,
                "messaging.message.conversation_id": correlation_id,
                **dict(zip(names, key or (), strict=False)),
            },
        )

    def acknowledge(self, message: Message) -> Step:
        """Describe the deletion of a message from its queue."""
        return _step(
            "settle",
            self._queues[message.queue].url,
            {"messaging.message.id": message.message_id},
            name="delete",
        )

    def quarantine(self, message: Message) -> Step:
        """Describe the move of a message to its dead-letter queue, in its sender's trace."""
        return _step("send", self._queues[message.queue].dead_letter_url or "", kind="CLIENT")


def _step(
    operation: Literal["process", "send", "settle"],
    url: str,
    attributes: Mapping[str, Attribute] | None = None,
    *,
    name: str | None = None,
    kind: Literal["CLIENT"] | None = None,
) -> Step:
    return messaging_step(
        operation,
        system="aws_sqs",
        destination=queue_name(url),
        name=name,
        kind=kind,
        attributes={"aws.sqs.queue.url": url, **(attributes or {})},
    )
