"""Describes a queue and finds its dead-letter queue."""

import json
from dataclasses import dataclass
from typing import Any

import structlog

from assembly_service.aws.errors import AWS_ERRORS, ErrorKind, code_of, kind_of
from assembly_service.settings.masking import mask_urls

_UNKNOWN_TO_THE_ENGINE = "InvalidAction"

log = structlog.get_logger()


class DeadLetterQueueMissing(Exception):
    """The queue's redrive policy names a dead-letter queue that does not exist: its ARN."""


@dataclass(frozen=True, slots=True)
class QueueDescription:
    """What SQS says about a queue; without a dead-letter queue its fields are None."""

    arn: str
    is_fifo: bool
    dead_letter_arn: str | None = None
    dead_letter_url: str | None = None
    most_receives: int | None = None


async def describe_queue(sqs: Any, url: str) -> QueueDescription:
    """Describe a queue, with the dead-letter queue that its redrive policy names.

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
    """Return a queue whose dead-letter queue this is; None if there is none or SQS may not say."""
    try:
        answer = await sqs.list_dead_letter_source_queues(QueueUrl=url)
    except AWS_ERRORS as error:
        if code_of(error) != _UNKNOWN_TO_THE_ENGINE:
            log.warning("dead_letter_sources_unknown", queue=mask_urls(url), code=code_of(error))
            return None
        return await _source_among_all(sqs, arn)
    return next(iter(answer.get("queueUrls", [])), None)


async def _source_among_all(sqs: Any, arn: str) -> str | None:
    """Search the redrive policies of all queues: an engine that is not AWS has few."""
    for url in (await sqs.list_queues()).get("QueueUrls", []):
        answer = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
        policy = json.loads(answer.get("Attributes", {}).get("RedrivePolicy") or "{}")
        if policy.get("deadLetterTargetArn") == arn:
            return str(url)
    return None
