"""What traces say about the steps of a message's handling."""

from collections.abc import Mapping

from assembly_service.aws.queues import HalfQueue, Message
from assembly_service.domain.product import HalfKind
from assembly_service.pipeline.work_item import ArrivedMessage, UnfitMessage
from assembly_service.runtime.tracing import Step, messaging_step

_SQS = "aws_sqs"


class QueueSteps:
    """The steps that concern the queues."""

    def __init__(self, queues: Mapping[HalfKind, HalfQueue]) -> None:
        self._queues = queues

    def process(self, each: ArrivedMessage | UnfitMessage) -> Step:
        """A message is handled, from its receipt until it is settled."""
        correlation_id, key = each.identity
        names = ("assembly.seller_handle", "assembly.video_id")
        return messaging_step(
            "process",
            system=_SQS,
            destination=self._queues[each.message.queue].name,
            attributes={
                "messaging.message.id": each.message.message_id,
                "messaging.message.conversation_id": correlation_id,
                **dict(zip(names, key or (), strict=False)),
            },
        )

    def acknowledge(self, message: Message) -> Step:
        """A message is deleted from its queue."""
        return messaging_step(
            "settle",
            system=_SQS,
            destination=self._queues[message.queue].name,
            name="delete",
            attributes={"messaging.message.id": message.message_id},
        )

    def quarantine(self, message: Message) -> Step:
        """A message is sent to its dead-letter queue; it keeps the trace context of its sender."""
        return messaging_step(
            "send",
            system=_SQS,
            destination=self._queues[message.queue].dead_letter_name or "",
            kind="CLIENT",
        )
