"""One SQS queue of halves: receive, delete, delay, and quarantine what can never be processed."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import structlog

from assembly_service.aws.clients import Clients
from assembly_service.aws.errors import AWS_ERRORS, ErrorKind, code_of, kind_of
from assembly_service.domain.product import HalfKind
from assembly_service.settings.masking import mask_urls

log = structlog.get_logger()

MESSAGES_PER_CALL = 10
_MOST_ATTRIBUTES = 10


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """A received message. `sent_at` is milliseconds since 1970, `received_at` monotonic seconds."""

    queue: HalfKind
    body: str
    message_id: str
    receipt_handle: str
    receive_count: int
    sent_at: int
    attributes: Mapping[str, Any] = field(default_factory=dict)
    received_at: float = field(default_factory=time.monotonic)


class Unchanged(NamedTuple):
    """Messages whose visibility was not changed: refused for good, or failed this time."""

    refused: list[Message]
    failed: list[Message]


class DeadLetterQueueMissing(Exception):
    """The queue's redrive policy names a dead-letter queue that does not exist: its ARN."""


class CannotSetAside(Exception):
    """The dead-letter queue is missing, or the message is too big to carry the reason."""


class HalfQueue:
    """The queue that brings halves of one kind, with its dead-letter queue if it has one.

    Every method raises the client's error when a call as a whole fails.
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
        self.name = url.rsplit("/", 1)[-1]
        self.visibility_seconds = visibility_seconds
        self._url = url
        self._dead_letter_url = dead_letter_url
        self._clients = clients
        self._wait_seconds = wait_seconds

    async def receive(self, *, wait: bool = True) -> list[Message]:
        """At most ten messages; none after the wait, or at once if it shall not wait."""
        answer = await self._clients.sqs_receive.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=MESSAGES_PER_CALL,
            WaitTimeSeconds=self._wait_seconds if wait else 0,
            VisibilityTimeout=self.visibility_seconds,
            MessageSystemAttributeNames=["ApproximateReceiveCount", "SentTimestamp"],
            MessageAttributeNames=["All"],
        )
        return [self._message(raw) for raw in answer.get("Messages", [])]

    async def delete(self, messages: Sequence[Message]) -> list[Message]:
        """Delete at most ten messages; returns those for which it is worth trying again."""
        answer = await self._clients.sqs.delete_message_batch(
            QueueUrl=self._url,
            Entries=[
                {"Id": str(number), "ReceiptHandle": message.receipt_handle}
                for number, message in enumerate(messages)
            ],
        )
        return [
            messages[int(failed["Id"])]
            for failed in answer.get("Failed", [])
            if not failed["SenderFault"]
        ]

    async def change_visibility(self, delays: Sequence[tuple[Message, int]]) -> Unchanged:
        """Hide at most ten messages for some seconds from now."""
        answer = await self._clients.sqs.change_message_visibility_batch(
            QueueUrl=self._url,
            Entries=[
                {
                    "Id": str(number),
                    "ReceiptHandle": message.receipt_handle,
                    "VisibilityTimeout": seconds,
                }
                for number, (message, seconds) in enumerate(delays)
            ],
        )
        unchanged = Unchanged(refused=[], failed=[])
        for failed in answer.get("Failed", []):
            messages = unchanged.refused if failed["SenderFault"] else unchanged.failed
            messages.append(delays[int(failed["Id"])][0])
        return unchanged

    async def send_to_dead_letters(
        self, *, body: str, reasons: Mapping[str, str], attributes: Mapping[str, Any]
    ) -> None:
        """Put a body unchanged into the dead-letter queue, with the reasons and its own attributes.

        Raises CannotSetAside if there is no such queue, it may not be written to, or SQS refuses
        the message as it is.
        """
        if self._dead_letter_url is None:
            raise CannotSetAside
        described = _text_attributes(reasons)
        kept = {name: value for name, value in attributes.items() if name not in described}
        room = _MOST_ATTRIBUTES - len(described)
        try:
            await self._clients.sqs.send_message(
                QueueUrl=self._dead_letter_url,
                MessageBody=body,
                MessageAttributes=described | dict(list(kept.items())[:room]),
            )
        except AWS_ERRORS as error:
            if kind_of(error) in _CANNOT_TAKE:
                raise CannotSetAside from error
            raise

    async def return_half(self, *, body: str, reasons: Mapping[str, str]) -> None:
        """Put a half that was staged into the dead-letter queue, with the reasons.

        Without a dead-letter queue that takes it, it goes back into this queue, whose retention
        then decides.
        """
        try:
            await self.send_to_dead_letters(body=body, reasons=reasons, attributes={})
        except CannotSetAside:
            await self._clients.sqs.send_message(QueueUrl=self._url, MessageBody=body)

    async def count_hidden(self) -> int:
        """About how many messages of the queue nobody can receive at the moment."""
        answer = await self._clients.sqs.get_queue_attributes(
            QueueUrl=self._url, AttributeNames=[_HIDDEN]
        )
        return int(answer["Attributes"][_HIDDEN])

    async def count_dead_letters(self) -> int | None:
        """About how many messages its dead-letter queue holds; None if it has no such queue."""
        if self._dead_letter_url is None:
            return None
        answer = await self._clients.sqs.get_queue_attributes(
            QueueUrl=self._dead_letter_url, AttributeNames=_COUNTS
        )
        return sum(int(answer["Attributes"][name]) for name in _COUNTS)

    def _message(self, raw: dict[str, Any]) -> Message:
        system = raw.get("Attributes", {})
        return Message(
            queue=self.kind,
            body=raw["Body"],
            message_id=raw["MessageId"],
            receipt_handle=raw["ReceiptHandle"],
            receive_count=int(system["ApproximateReceiveCount"]),
            sent_at=int(system["SentTimestamp"]),
            attributes={
                name: {key: value for key, value in attribute.items() if key in _SENDABLE}
                for name, attribute in raw.get("MessageAttributes", {}).items()
            },
        )


def _text_attributes(values: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {name: {"DataType": "String", "StringValue": value} for name, value in values.items()}


_CANNOT_TAKE = {ErrorKind.MESSAGE_UNFIT, ErrorKind.NOT_FOUND, ErrorKind.CREDENTIALS}
_HIDDEN = "ApproximateNumberOfMessagesNotVisible"
_UNKNOWN_TO_THE_ENGINE = "InvalidAction"
_COUNTS = ["ApproximateNumberOfMessages", _HIDDEN]
_SENDABLE = ("DataType", "StringValue", "BinaryValue")


@dataclass(frozen=True, slots=True)
class QueueDescription:
    """What a queue says of itself; what is of its dead-letter queue is None without one."""

    arn: str
    is_fifo: bool
    dead_letter_arn: str | None = None
    dead_letter_url: str | None = None
    most_receives: int | None = None


async def describe_queue(sqs: Any, url: str) -> QueueDescription:
    """Ask SQS about a queue and find its dead-letter queue through its redrive policy.

    Raises DeadLetterQueueMissing and the client's errors.
    """
    answer = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    attributes = answer.get("Attributes", {})
    arn = attributes.get("QueueArn", url)
    is_fifo = attributes.get("FifoQueue") == "true" or url.endswith(".fifo")
    policy = json.loads(attributes.get("RedrivePolicy") or "{}")
    if "deadLetterTargetArn" not in policy:
        return QueueDescription(arn=arn, is_fifo=is_fifo)
    account, name = policy["deadLetterTargetArn"].split(":")[-2:]
    try:
        found = await sqs.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)
    except AWS_ERRORS as error:
        if kind_of(error) is ErrorKind.NOT_FOUND:
            raise DeadLetterQueueMissing(policy["deadLetterTargetArn"]) from error
        raise
    return QueueDescription(
        arn=arn,
        is_fifo=is_fifo,
        dead_letter_arn=policy["deadLetterTargetArn"],
        dead_letter_url=found["QueueUrl"],
        most_receives=int(policy["maxReceiveCount"]),
    )


async def dead_letter_source(sqs: Any, url: str, arn: str) -> str | None:
    """A queue whose dead letters this queue takes; None if there is none, or SQS may not say."""
    try:
        answer = await sqs.list_dead_letter_source_queues(QueueUrl=url)
    except AWS_ERRORS as error:
        if code_of(error) != _UNKNOWN_TO_THE_ENGINE:
            log.warning("dead_letter_sources_unknown", queue=mask_urls(url), code=code_of(error))
            return None
        return await _source_among_all(sqs, arn)
    return next(iter(answer.get("queueUrls", [])), None)


async def _source_among_all(sqs: Any, arn: str) -> str | None:
    """The same from the queues' own policies: an engine that is not AWS holds few queues."""
    for url in (await sqs.list_queues()).get("QueueUrls", []):
        answer = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
        policy = json.loads(answer.get("Attributes", {}).get("RedrivePolicy") or "{}")
        if policy.get("deadLetterTargetArn") == arn:
            return str(url)
    return None
