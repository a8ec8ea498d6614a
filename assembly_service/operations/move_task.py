"""Letting SQS itself move a whole dead-letter queue back."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from assembly_service.aws.errors import AWS_ERRORS
from assembly_service.operations.dead_letters import DeadLetterQueue

_LOOK_SECONDS = 1.0


class MoveFailed(Exception):
    """SQS gave up moving; the message is a sentence."""


async def move_all(
    queue: DeadLetterQueue,
    *,
    most: int,
    progressed: Callable[[int], None],
    look_seconds: float = _LOOK_SECONDS,
) -> int | None:
    """Have SQS move everything to the source queue; returns about how much was moved.

    None where SQS does not take the task: then nothing was moved. The task ends after `most`
    messages, because what fails again and comes back would keep it busy, and with this call if
    that is cancelled. The messages keep the attributes that they were set aside with.
    """
    source = await _arn(queue.sqs, queue.url)
    destination = await _arn(queue.sqs, queue.source_url)
    try:
        started = await queue.sqs.start_message_move_task(
            SourceArn=source, DestinationArn=destination
        )
    except AWS_ERRORS:
        # Unknown to the engine, not permitted, or under way already: by hand it goes all the same.
        return None
    try:
        return await _until_moved(queue.sqs, source, most, progressed, look_seconds)
    finally:
        await _cancel(queue.sqs, started["TaskHandle"])


async def _until_moved(
    sqs: Any, source: str, most: int, progressed: Callable[[int], None], look_seconds: float
) -> int:
    moved = 0
    while True:
        answer = await sqs.list_message_move_tasks(SourceArn=source, MaxResults=1)
        task = answer["Results"][0]
        before, moved = moved, int(task.get("ApproximateNumberOfMessagesMoved", 0))
        progressed(moved - before)
        if task["Status"] == "FAILED":
            raise MoveFailed(f"SQS gave up moving the messages: {task.get('FailureReason')}.")
        if task["Status"] not in {"RUNNING", "CANCELLING"} or moved >= most:
            return moved
        await asyncio.sleep(look_seconds)


async def _cancel(sqs: Any, handle: str) -> None:
    """Does nothing to a task that has ended."""
    with suppress(*AWS_ERRORS):
        await sqs.cancel_message_move_task(TaskHandle=handle)


async def _arn(sqs: Any, url: str) -> str:
    answer = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn: str = answer["Attributes"]["QueueArn"]
    return arn
