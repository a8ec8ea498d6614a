"""Watches how many messages each queue and its dead-letter queue hold."""

import asyncio

import structlog

from assembly_service.aws.errors import AWS_ERRORS, code_of
from assembly_service.aws.queues import HalfQueue
from assembly_service.pipeline.collaborators import Collaborators
from assembly_service.runtime.jitter import spread
from assembly_service.runtime.metrics.reading_ages import ReadingAges

log = structlog.get_logger()

_PAUSE_SECONDS = 60


class QueueWatch:
    """Exposes the depths of the queues and of their dead-letter queues as metrics.

    A depth that cannot be read stays as it was; how old the depths are is a metric too.
    """

    def __init__(self, collaborators: Collaborators) -> None:
        self._queues = list(collaborators.queues.values())
        self._metrics = collaborators.metrics.queue_counts
        self._ages = ReadingAges(self._metrics.age)
        for kind in collaborators.queues:
            self._ages.add(kind.value)

    async def run(self) -> None:
        """Update the metrics about once a minute, until cancelled."""
        while True:
            await asyncio.gather(*map(self._count, self._queues))
            await asyncio.sleep(_PAUSE_SECONDS * spread(0.9, 1.1))

    async def _count(self, queue: HalfQueue) -> None:
        if all([await self._count_messages(queue), await self._count_dead_letters(queue)]):
            self._ages.renew(queue.kind.value)

    async def _count_messages(self, queue: HalfQueue) -> bool:
        try:
            counts = await queue.count_messages()
        except AWS_ERRORS as error:
            log.warning("messages_not_counted", queue=queue.name, code=code_of(error))
            return False
        self._metrics.visible.labels(queue.kind.value).set(counts.visible)
        self._metrics.hidden.labels(queue.kind.value).set(counts.hidden)
        return True

    async def _count_dead_letters(self, queue: HalfQueue) -> bool:
        try:
            count = await queue.count_dead_letters()
        except AWS_ERRORS as error:
            log.warning("dead_letters_not_counted", queue=queue.name, code=code_of(error))
            return False
        if count is not None:
            self._metrics.dead_letters.labels(queue.kind.value).set(count)
        return True
