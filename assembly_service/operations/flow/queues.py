"""How many messages the queues and their dead-letter queues hold, by SQS's estimate."""

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

from assembly_service.aws.errors import AWS_ERRORS, code_of
from assembly_service.aws.queues import QueueCounts, count_messages, queue_name
from assembly_service.domain.product import HalfKind
from assembly_service.operations.dead_letters import (
    DeadLetterQueue,
    NoDeadLetterQueue,
    find_dead_letter_queue,
)


class QueueSizes(NamedTuple):
    """The sizes of a queue and of its dead-letter queue; None for what cannot be read."""

    name: str
    source: QueueCounts | None
    dead_letters: QueueCounts | None
    problem: str | None


class QueueSizeReader:
    """Reads the sizes of both queues. Finds each dead-letter queue once, while all goes well."""

    def __init__(self, sqs: Any, sources: Mapping[HalfKind, str]) -> None:
        self._sqs = sqs
        self._sources = sources
        self._dead_letters: dict[HalfKind, DeadLetterQueue] = {}

    async def read(self) -> dict[HalfKind, QueueSizes]:
        """Read the sizes. Never fails: what cannot be read is None and has a sentence."""
        sizes = await asyncio.gather(*(self._read(kind) for kind in self._sources))
        return dict(zip(self._sources, sizes, strict=True))

    async def _read(self, kind: HalfKind) -> QueueSizes:
        url = self._sources[kind]
        name, source = queue_name(url), None
        try:
            source = await count_messages(self._sqs, url)
            if kind not in self._dead_letters:
                self._dead_letters[kind] = await find_dead_letter_queue(self._sqs, kind, url)
            return QueueSizes(name, source, await self._dead_letters[kind].size(), None)
        except NoDeadLetterQueue as error:
            return QueueSizes(name, source, None, str(error))
        except AWS_ERRORS as error:
            self._dead_letters.pop(kind, None)
            what = "its dead-letter queue" if source else "its size"
            problem = f"Of queue {name} {what} cannot be read ({code_of(error)})."
            return QueueSizes(name, source, None, problem)
