"""Has SQS itself move a whole dead-letter queue back."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from assembly_service.aws.errors import AWS_ERRORS
from assembly_service.operations.dead_letters import DeadLetterQueue

_POLL_SECONDS = 1.0


class MoveFailed(Exception):
    """SQS gave up moving the messages; the text of the exception is a sentence."""


async def move_all(
    queue: DeadLetterQueue,
    *,
    most: int,
    advance: Callable[[int], None],
    poll_seconds: float = _POLL_SECONDS,
) -> int | None:
    """Have SQS move everything to the source queue. Returns roughly how many messages it moved.

    Returns None if SQS does not accept the task; then nothing was moved. The task is cancelled
    with this call, and after `most` messages: those that fail again and come back would keep it
    busy. The messages keep the attributes that they were quarantined with.
    """
    source = await _arn(queue.sqs, queue.url)
    destination = await _arn(queue.sqs, queue.source_url)
    try:
        started = await queue.sqs.start_message_move_task(
            SourceArn=source, DestinationArn=destination
        )
    except AWS_ERRORS:
        # Not supported, not permitted, or already running: Redrive works in all three cases.
        return None
    try:
        return await _until_moved(queue.sqs, source, most, advance, poll_seconds)
    finally:
        await _cancel(queue.sqs, started["TaskHandle"])


async def _until_moved(
    sqs: Any, source: str, most: int, advance: Callable[[int], None], poll_seconds: float
) -> int:
    moved = 0
    while True:
        answer = await sqs.list_message_move_tasks(SourceArn=source, MaxResults=1)
        task = answer["Results"][0]
        before, moved = moved, int(task.get("ApproximateNumberOfMessagesMoved", 0))
        advance(moved - before)
        if task["Status"] == "FAILED":
            raise MoveFailed(f"SQS gave up moving the messages: {task.get('FailureReason')}.")
        if task["Status"] not in {"RUNNING", "CANCELLING"} or moved >= most:
            return moved
        await asyncio.sleep(poll_seconds)


async def _cancel(sqs: Any, handle: str) -> None:
    # SQS refuses to cancel a task that has ended.
    with suppress(*AWS_ERRORS):
        await sqs.cancel_message_move_task(TaskHandle=handle)


async def _arn(sqs: Any, url: str) -> str:
    answer = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn: str = answer["Attributes"]["QueueArn"]
    return arn
