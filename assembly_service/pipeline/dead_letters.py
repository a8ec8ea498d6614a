"""Keeps count of the messages that were set aside and wait for a person."""

import asyncio
import random
from collections.abc import Iterable

import structlog

from assembly_service.aws.errors import code_of, is_aws_error
from assembly_service.aws.queues import HalfQueue
from assembly_service.monitoring.metrics import QueueMetrics

log = structlog.get_logger()

_PAUSE_SECONDS = 60


class DeadLetterWatch:
    """Shows how many messages lie in the dead-letter queues; a queue without one is not shown."""

    def __init__(self, *, queues: Iterable[HalfQueue], metrics: QueueMetrics) -> None:
        self._queues = list(queues)
        self._metrics = metrics

    async def run(self) -> None:
        """Ask about once a minute, until cancelled. A question that fails is asked again then."""
        while True:
            await asyncio.gather(*(self._ask(queue) for queue in self._queues))
            await asyncio.sleep(_PAUSE_SECONDS * random.uniform(0.9, 1.1))  # noqa: S311 - spread

    async def _ask(self, queue: HalfQueue) -> None:
        try:
            count = await queue.count_dead_letters()
        except Exception as error:
            if not is_aws_error(error):
                raise
            log.warning("dead_letters_not_counted", queue=queue.name, code=code_of(error))
            return
        if count is not None:
            self._metrics.dead_letters.labels(queue.kind.value).set(count)
