"""Keeps count of the messages that were set aside and wait for a person."""

import asyncio
import random

import structlog

from assembly_service.aws.errors import AWS_ERRORS, code_of
from assembly_service.aws.queues import HalfQueue
from assembly_service.pipeline.collaborators import Collaborators

log = structlog.get_logger()

_PAUSE_SECONDS = 60


class DeadLetterWatch:
    """Shows how many messages lie in the dead-letter queues; a queue without one is not shown."""

    def __init__(self, collaborators: Collaborators) -> None:
        self._queues = list(collaborators.queues.values())
        self._metrics = collaborators.metrics.queues

    async def run(self) -> None:
        """Ask about once a minute, until cancelled. A question that fails is asked again then."""
        while True:
            await asyncio.gather(*(self._ask(queue) for queue in self._queues))
            await asyncio.sleep(_PAUSE_SECONDS * random.uniform(0.9, 1.1))  # noqa: S311 - spread

    async def _ask(self, queue: HalfQueue) -> None:
        try:
            count = await queue.count_dead_letters()
        except AWS_ERRORS as error:
            log.warning("dead_letters_not_counted", queue=queue.name, code=code_of(error))
            return
        if count is not None:
            self._metrics.dead_letters.labels(queue.kind.value).set(count)
