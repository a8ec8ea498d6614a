"""The dead-letter queue of a queue of halves: what lies in it, and the way back."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from assembly_service.aws.queue_descriptions import describe_queue
from assembly_service.aws.queues import (
    MESSAGES_PER_CALL,
    Message,
    batch_entries,
    queue_name,
    receive_messages,
)
from assembly_service.domain.product import HalfKind

RECEIVE_COUNT_EXCEEDED = "receive_count_exceeded"
"""The reason of messages that SQS moved by itself."""

_WAIT_SECONDS = 1
"""A receive that waits asks every server of the queue: its empty answer means empty."""
_OUR_ATTRIBUTES = frozenset({"reason", "detail", "sourceQueue", "originalMessageId"})


class NoDeadLetterQueue(Exception):
    """A queue has no dead-letter queue; the message is a sentence."""


class Size(NamedTuple):
    """About how many messages can be received, and how many somebody else has in hand."""

    visible: int
    in_hand: int


@dataclass(frozen=True, slots=True, eq=False)
class DeadLetter(Message):
    """A message of a dead-letter queue."""

    @property
    def reason(self) -> str:
        """Why it was set aside, as far as the service did that and not SQS."""
        return (self._ours and self.text("reason")) or RECEIVE_COUNT_EXCEEDED

    @property
    def detail(self) -> str | None:
        """What exactly was wrong with it, where the service set it aside."""
        return self.text("detail") if self._ours else None

    @property
    def original_message_id(self) -> str:
        """The id that it had in its source queue; SQS keeps the id of what it moves."""
        return (self._ours and self.text("originalMessageId")) or self.message_id

    @property
    def own_attributes(self) -> dict[str, Any]:
        """What a worker sent along, and the correlation id."""
        if not self._ours and not self.attributes.keys() >= _OUR_ATTRIBUTES:
            return dict(self.attributes)
        return {
            name: value for name, value in self.attributes.items() if name not in _OUR_ATTRIBUTES
        }

    def text(self, name: str) -> str | None:
        """The text of an attribute, None without it."""
        text: str | None = self.attributes.get(name, {}).get("StringValue")
        return text

    @property
    def _ours(self) -> bool:
        # A message that went back with our attributes and was then moved by SQS still has them.
        return not self.moved_by_sqs and "reason" in self.attributes


class DeadLetterQueue:
    """The dead-letter queue of the halves of one kind. All methods raise the client's errors."""

    def __init__(self, *, kind: HalfKind, url: str, source_url: str, sqs: Any) -> None:
        self.kind = kind
        self.url = url
        self.source_url = source_url
        self.sqs = sqs

    @property
    def name(self) -> str:
        """The name of the queue."""
        return queue_name(self.url)

    @property
    def source_name(self) -> str:
        """The name of the queue that its messages came from."""
        return queue_name(self.source_url)

    async def size(self) -> Size:
        """What SQS thinks that the queue holds."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = await self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)
        return Size(*(int(answer["Attributes"][name]) for name in names))

    async def receive(self, *, most: int, hidden_seconds: int) -> list[DeadLetter]:
        """Up to `most` messages, ten at the most, hidden from everyone for so long."""
        received = await receive_messages(
            self.sqs,
            self.url,
            most=min(most, MESSAGES_PER_CALL),
            wait_seconds=_WAIT_SECONDS,
            visibility_seconds=hidden_seconds,
        )
        return [DeadLetter.of(self.kind, raw) for raw in received]

    async def show_again(self, letters: Sequence[DeadLetter]) -> None:
        """Let everyone receive these messages again, at once."""
        await asyncio.gather(
            *(
                self.sqs.change_message_visibility_batch(
                    QueueUrl=self.url,
                    Entries=[{**entry, "VisibilityTimeout": 0} for entry in batch_entries(part)],
                )
                for part in _parts(letters)
            )
        )

    async def delete(self, letters: Sequence[DeadLetter]) -> list[DeadLetter]:
        """Delete messages; returns those that could not be deleted."""
        left: list[DeadLetter] = []
        for part in _parts(letters):
            answer = await self.sqs.delete_message_batch(
                QueueUrl=self.url, Entries=batch_entries(part)
            )
            left += [part[int(failed["Id"])] for failed in answer.get("Failed", [])]
        return left

    async def send_back(self, letter: DeadLetter) -> str:
        """Send a message to the source queue, as its worker sent it; returns its new id there."""
        answer = await self.sqs.send_message(
            QueueUrl=self.source_url,
            MessageBody=letter.body,
            MessageAttributes=letter.own_attributes,
        )
        message_id: str = answer["MessageId"]
        return message_id


async def find_dead_letter_queue(sqs: Any, kind: HalfKind, source_url: str) -> DeadLetterQueue:
    """The dead-letter queue that a queue of halves names. Raises NoDeadLetterQueue."""
    described = await describe_queue(sqs, source_url)
    if described.dead_letter_url is None:
        raise NoDeadLetterQueue(
            f"The {kind.value} queue {queue_name(source_url)} has no dead-letter queue: "
            f"give it a redrive policy, or name only the other one with --queue {kind.other.value}."
        )
    return DeadLetterQueue(kind=kind, url=described.dead_letter_url, source_url=source_url, sqs=sqs)


def _parts(letters: Sequence[DeadLetter]) -> list[Sequence[DeadLetter]]:
    return [
        letters[start : start + MESSAGES_PER_CALL]
        for start in range(0, len(letters), MESSAGES_PER_CALL)
    ]
