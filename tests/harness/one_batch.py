"""Messages in flight without a worker: handled as one batch, independent of timing."""

import asyncio
from typing import Any

from assembly_service.aws.queues import Message
from assembly_service.domain.product import HalfKind
from tests.harness.handling import Handling
from tests.harness.pipeline import Pipeline

Answer = dict[str, Any]


async def received(pipeline: Pipeline, **counts: int) -> list[Message]:
    """Receive messages from the queue of each kind."""
    messages: list[Message] = []
    for kind, count in counts.items():
        queue = await pipeline.queue(HalfKind(kind))
        own: list[Message] = []
        while len(own) < count:
            own += await queue.receive()
        messages += own
    return messages


async def handle_together(pipeline: Pipeline, **counts: int) -> list[Message]:
    """Receive messages of each kind and handle them as one batch.

    Returns those that are still in flight at the end.
    """
    messages = await received(pipeline, **counts)
    handling = Handling(await pipeline.collaborators(asyncio.Event()), messages)
    await handling.handle(messages)
    return handling.in_flight.held


class FailingStatements:
    """Makes statements of batches that contain a text fail, up to `most` times."""

    def __init__(
        self, pipeline: Pipeline, text: str, *, most: int, code: str = "ThrottlingError"
    ) -> None:
        self.failed = 0
        self.messages_left: list[int] = []
        self._pipeline, self._text, self._most, self._code = pipeline, text, most, code
        client = pipeline.clients.dynamodb_writes
        self._call = client.batch_execute_statement
        client.batch_execute_statement = self._execute

    async def _execute(self, Statements: list[Answer], **others: Any) -> Answer:  # noqa: N803
        failing = [self._text in str(each) for each in Statements]
        if not any(failing) or self.failed == self._most:
            answer: Answer = await self._call(Statements=Statements, **others)
            return answer
        self.failed += 1
        self.messages_left.append(await self._pipeline.messages_left())
        passed = [each for each, fails in zip(Statements, failing, strict=True) if not fails]
        answers = iter(
            (await self._call(Statements=passed, **others))["Responses"] if passed else []
        )
        error = {"Error": {"Code": self._code, "Message": "A bad day."}}
        return {"Responses": [error if fails else next(answers) for fails in failing]}
