"""The dead-letter queue of a queue of halves: receive, release, delete, send back."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assembly_service.aws.message_limits import MESSAGES_PER_CALL
from assembly_service.aws.queue_descriptions import DeadLetterQueueMissing, describe_queue
from assembly_service.aws.queues import (
    Message,
    QueueCounts,
    batch_entries,
    count_messages,
    in_group,
    queue_name,
    receive_messages,
)
from assembly_service.domain.intake import RejectionReason
from assembly_service.domain.product import HalfKind
from assembly_service.runtime.chunks import chunks

RECEIVE_COUNT_EXCEEDED = "receive_count_exceeded"
"""The reason given for messages that SQS itself moved."""
REASONS = [*(reason.value for reason in RejectionReason), RECEIVE_COUNT_EXCEEDED]

_WAIT_SECONDS = 1
"""With a wait, SQS asks all of its servers: an empty answer means an empty queue."""
_OUR_ATTRIBUTES = frozenset({"reason", "detail", "sourceQueue", "originalMessageId"})


class NoDeadLetterQueue(Exception):
    """The queue of these halves has no dead-letter queue; the text is a sentence."""

    def __init__(self, kind: HalfKind, sentence: str) -> None:
        super().__init__(sentence)
        self.kind = kind


@dataclass(frozen=True, slots=True, eq=False)
class DeadLetter(Message):
    """A message of a dead-letter queue."""

    @property
    def reason(self) -> str:
        """Why the service quarantined it, or RECEIVE_COUNT_EXCEEDED."""
        return (self._ours and self.text("reason")) or RECEIVE_COUNT_EXCEEDED

    @property
    def detail(self) -> str | None:
        """What exactly was wrong with it, if the service quarantined it."""
        return self.text("detail") if self._ours else None

    @property
    def original_message_id(self) -> str:
        """Its id in the source queue. Messages that SQS moves keep their id."""
        return (self._ours and self.text("originalMessageId")) or self.message_id

    @property
    def own_attributes(self) -> dict[str, Any]:
        """The attributes that its producer set, and the correlation id."""
        if not self._ours and not self.attributes.keys() >= _OUR_ATTRIBUTES:
            return dict(self.attributes)
        return {
            name: value for name, value in self.attributes.items() if name not in _OUR_ATTRIBUTES
        }

    def text(self, name: str) -> str | None:
        """Return the text of an attribute, or None."""
        text: str | None = self.attributes.get(name, {}).get("StringValue")
        return text

    @property
    def _ours(self) -> bool:
        # One that SQS moved may still have our attributes from an earlier quarantine.
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
        """The last part of its URL."""
        return queue_name(self.url)

    @property
    def source_name(self) -> str:
        """The name of the source queue."""
        return queue_name(self.source_url)

    async def size(self) -> QueueCounts:
        """Return SQS's estimate of how many messages it holds."""
        return await count_messages(self.sqs, self.url)

    async def receive(self, *, most: int, hidden_seconds: int) -> list[DeadLetter]:
        """Receive up to `most` messages, ten at most, and hide them for `hidden_seconds`."""
        received = await receive_messages(
            self.sqs,
            self.url,
            most=min(most, MESSAGES_PER_CALL),
            wait_seconds=_WAIT_SECONDS,
            visibility_seconds=hidden_seconds,
        )
        return [DeadLetter.of(self.kind, raw) for raw in received]

    async def release(self, letters: Sequence[DeadLetter]) -> None:
        """Make these messages visible again at once."""
        await asyncio.gather(
            *(
                self.sqs.change_message_visibility_batch(
                    QueueUrl=self.url,
                    Entries=[{**entry, "VisibilityTimeout": 0} for entry in batch_entries(batch)],
                )
                for batch in chunks(letters, MESSAGES_PER_CALL)
            )
        )

    async def delete(self, letters: Sequence[DeadLetter]) -> list[DeadLetter]:
        """Delete messages. Returns those that could not be deleted."""
        left: list[DeadLetter] = []
        for batch in chunks(letters, MESSAGES_PER_CALL):
            answer = await self.sqs.delete_message_batch(
                QueueUrl=self.url, Entries=batch_entries(batch)
            )
            left += [batch[int(failed["Id"])] for failed in answer.get("Failed", [])]
        return left

    async def send_back(self, letter: DeadLetter) -> str:
        """Send a message to the source queue as its producer did. Returns its new id."""
        answer = await self.sqs.send_message(
            QueueUrl=self.source_url,
            MessageBody=letter.body,
            MessageAttributes=letter.own_attributes,
            **in_group(letter.group),
        )
        message_id: str = answer["MessageId"]
        return message_id


async def find_dead_letter_queue(sqs: Any, kind: HalfKind, source_url: str) -> DeadLetterQueue:
    """Find the dead-letter queue that a queue names. Raises NoDeadLetterQueue."""
    try:
        described = await describe_queue(sqs, source_url)
    except DeadLetterQueueMissing as missing:
        raise NoDeadLetterQueue(
            kind,
            f"The {kind.value} queue {queue_name(source_url)} names a dead-letter queue that does "
            f"not exist: create {missing}, or correct the redrive policy.",
        ) from None
    if described.dead_letter_url is None:
        raise NoDeadLetterQueue(
            kind,
            f"The {kind.value} queue {queue_name(source_url)} has no dead-letter queue: "
            "give it a redrive policy.",
        )
    return DeadLetterQueue(kind=kind, url=described.dead_letter_url, source_url=source_url, sqs=sqs)
