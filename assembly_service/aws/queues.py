"""One SQS queue of halves: receive, delete, delay, quarantine."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from assembly_service.aws.clients import Clients
from assembly_service.aws.errors import AWS_ERRORS, ErrorKind, kind_of
from assembly_service.aws.message_limits import MESSAGES_PER_CALL
from assembly_service.domain.product import HalfKind
from assembly_service.domain.trace_context import TraceContext
from assembly_service.runtime.tracing import Trace

_MOST_ATTRIBUTES = 10
_UNDELIVERABLE = {ErrorKind.MESSAGE_UNFIT, ErrorKind.NOT_FOUND, ErrorKind.CREDENTIALS}
_COUNTS = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
_SENDABLE = ("DataType", "StringValue", "BinaryValue")


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """A received message. `sent_at` is milliseconds since 1970, `received_at` monotonic seconds.

    `attributes` are those of the sender, as SQS takes them, and `group` names whom a fair queue
    counts it for, if the sender said so. `moved_by_sqs`: SQS moved it to this dead-letter queue.
    `trace` is that of its handling.
    """

    queue: HalfKind
    body: str
    message_id: str
    receipt_handle: str
    receive_count: int
    sent_at: int
    attributes: Mapping[str, Any] = field(default_factory=dict)
    group: str | None = None
    moved_by_sqs: bool = False
    received_at: float = field(default_factory=time.monotonic)
    trace: Trace = field(default_factory=Trace)

    @classmethod
    def of(cls, queue: HalfKind, raw: dict[str, Any]) -> Self:
        """Read a message as `receive_messages` returns it."""
        system = raw["Attributes"]
        return cls(
            queue=queue,
            body=raw["Body"],
            message_id=raw["MessageId"],
            receipt_handle=raw["ReceiptHandle"],
            receive_count=int(system["ApproximateReceiveCount"]),
            sent_at=int(system["SentTimestamp"]),
            attributes={
                name: {key: value for key, value in attribute.items() if key in _SENDABLE}
                for name, attribute in raw.get("MessageAttributes", {}).items()
            },
            group=system.get("MessageGroupId"),
            moved_by_sqs="DeadLetterQueueSourceArn" in system,
        )

    @property
    def trace_context(self) -> TraceContext:
        """What the steps of its handling belong to."""
        return self.trace.context

    def text_attribute(self, name: str) -> object:
        """Return the text of an attribute of the sender; None if there is none."""
        return self.attributes.get(name, {}).get("StringValue")


class Unchanged(NamedTuple):
    """Messages whose visibility was not changed: refused for good, or failed this time."""

    refused: list[Message]
    failed: list[Message]


class QueueCounts(NamedTuple):
    """About how many messages of a queue can be received now, and how many are invisible.

    Hidden ones are in flight at a consumer, or were handed back with a delay.
    """

    visible: int
    hidden: int


class CannotQuarantine(Exception):
    """The dead-letter queue is missing, denies access, or refuses the message with its reason."""


class HalfQueue:
    """The queue of one kind of halves, with its dead-letter queue if it has one.

    Every method raises the client's error if a call fails as a whole.
    """

    def __init__(
        self,
        *,
        kind: HalfKind,
        url: str,
        dead_letter_url: str | None,
        clients: Clients,
        wait_seconds: int,
        visibility_seconds: int,
    ) -> None:
        self.kind = kind
        self.url = url
        self.name = queue_name(url)
        self.dead_letter_url = dead_letter_url
        self.visibility_seconds = visibility_seconds
        self._clients = clients
        self._wait_seconds = wait_seconds

    async def receive(self, *, wait: bool = True) -> list[Message]:
        """Receive up to ten messages; `wait` for some, or return at once."""
        received = await receive_messages(
            self._clients.sqs_receive,
            self.url,
            wait_seconds=self._wait_seconds if wait else 0,
            visibility_seconds=self.visibility_seconds,
        )
        return [Message.of(self.kind, raw) for raw in received]

    async def delete(self, messages: Sequence[Message]) -> list[Message]:
        """Delete up to ten messages; return those worth another attempt."""
        answer = await self._clients.sqs.delete_message_batch(
            QueueUrl=self.url, Entries=batch_entries(messages)
        )
        return [
            messages[int(failed["Id"])]
            for failed in answer.get("Failed", [])
            if not failed["SenderFault"]
        ]

    async def change_visibility(self, delays: Sequence[tuple[Message, int]]) -> Unchanged:
        """Hide up to ten messages, each for some seconds from now."""
        answer = await self._clients.sqs.change_message_visibility_batch(
            QueueUrl=self.url,
            Entries=[
                {**entry, "VisibilityTimeout": seconds}
                for entry, (_, seconds) in zip(
                    batch_entries([message for message, _ in delays]), delays, strict=True
                )
            ],
        )
        unchanged = Unchanged(refused=[], failed=[])
        for failed in answer.get("Failed", []):
            messages = unchanged.refused if failed["SenderFault"] else unchanged.failed
            messages.append(delays[int(failed["Id"])][0])
        return unchanged

    async def send_to_dead_letters(
        self,
        *,
        body: str,
        reasons: Mapping[str, str],
        attributes: Mapping[str, Any],
        group: str | None,
    ) -> None:
        """Send an unchanged body to the dead-letter queue, with the reasons, attributes and group.

        Raises CannotQuarantine if there is no such queue, access is denied, or SQS refuses the
        message.
        """
        if self.dead_letter_url is None:
            raise CannotQuarantine
        described = _text_attributes(reasons)
        kept = {name: value for name, value in attributes.items() if name not in described}
        room = _MOST_ATTRIBUTES - len(described)
        try:
            await self._clients.sqs.send_message(
                QueueUrl=self.dead_letter_url,
                MessageBody=body,
                MessageAttributes=described | dict(list(kept.items())[:room]),
                **in_group(group),
            )
        except AWS_ERRORS as error:
            if kind_of(error) in _UNDELIVERABLE:
                raise CannotQuarantine from error
            raise

    async def return_half(self, *, body: str, reasons: Mapping[str, str], group: str) -> None:
        """Send a staged half to the dead-letter queue, with the reasons and its group.

        If no dead-letter queue takes it, it returns to this queue until the retention ends.
        """
        try:
            await self.send_to_dead_letters(body=body, reasons=reasons, attributes={}, group=group)
        except CannotQuarantine:
            await self._clients.sqs.send_message(
                QueueUrl=self.url, MessageBody=body, **in_group(group)
            )

    async def count_messages(self) -> QueueCounts:
        """Return about how many messages it holds."""
        return await count_messages(self._clients.sqs, self.url)

    async def count_dead_letters(self) -> int | None:
        """Return about how many messages its dead-letter queue holds; None without such a queue."""
        if self.dead_letter_url is None:
            return None
        return sum(await count_messages(self._clients.sqs, self.dead_letter_url))


async def count_messages(sqs: Any, url: str) -> QueueCounts:
    """Return SQS's estimate of how many messages a queue holds. Raises the client's errors."""
    answer = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=_COUNTS)
    return QueueCounts(*(int(answer["Attributes"][name]) for name in _COUNTS))


async def receive_messages(
    sqs: Any,
    url: str,
    *,
    most: int = MESSAGES_PER_CALL,
    wait_seconds: int,
    visibility_seconds: int,
) -> list[dict[str, Any]]:
    """Receive up to `most` messages, ten at most, for `Message.of`."""
    answer = await sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=most,
        WaitTimeSeconds=wait_seconds,
        VisibilityTimeout=visibility_seconds,
        MessageSystemAttributeNames=[
            "ApproximateReceiveCount",
            "SentTimestamp",
            "MessageGroupId",
            "DeadLetterQueueSourceArn",
        ],
        MessageAttributeNames=["All"],
    )
    messages: list[dict[str, Any]] = answer.get("Messages", [])
    return messages


def in_group(group: str | None) -> dict[str, str]:
    """Return the parameter by which a fair queue counts a message for a group, if it has one."""
    return {} if group is None else {"MessageGroupId": group}


def batch_entries(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Return the entries of a batch call; their ids are the messages' indices."""
    return [
        {"Id": str(number), "ReceiptHandle": message.receipt_handle}
        for number, message in enumerate(messages)
    ]


def queue_name(url: str) -> str:
    """Return the name at the end of a queue's URL."""
    return url.rsplit("/", 1)[-1]


def _text_attributes(values: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {name: {"DataType": "String", "StringValue": value} for name, value in values.items()}
