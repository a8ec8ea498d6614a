"""Watches how many messages of each queue are hidden or in its dead-letter queue."""

import asyncio

import structlog

from assembly_service.aws.errors import AWS_ERRORS, code_of
from assembly_service.aws.queues import HalfQueue
from assembly_service.pipeline.collaborators import Collaborators
from assembly_service.runtime.jitter import spread

log = structlog.get_logger()

_PAUSE_SECONDS = 60


class QueueWatch:
    """Exposes the depths of the queues and of their dead-letter queues as metrics."""

    def __init__(self, collaborators: Collaborators) -> None:
        self._queues = list(collaborators.queues.values())
        self._metrics = collaborators.metrics.queues

    async def run(self) -> None:
        """Update the metrics about once a minute, until cancelled."""
        while True:
            await asyncio.gather(*map(self._count_hidden, self._queues))
            await asyncio.gather(*map(self._count_dead_letters, self._queues))
            await asyncio.sleep(_PAUSE_SECONDS * spread(0.9, 1.1))

    async def _count_hidden(self, queue: HalfQueue) -> None:
        try:
            count = await queue.count_hidden()
        except AWS_ERRORS as error:
            log.warning("hidden_messages_not_counted", queue=queue.name, code=code_of(error))
            return
        self._metrics.hidden.labels(queue.kind.value).set(count)

    async def _count_dead_letters(self, queue: HalfQueue) -> None:
        try:
            count = await queue.count_dead_letters()
        except AWS_ERRORS as error:
            log.warning("dead_letters_not_counted", queue=queue.name, code=code_of(error))
            return
        if count is not None:
            self._metrics.dead_letters.labels(queue.kind.value).set(count)
