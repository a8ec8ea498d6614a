"""Reads the dead letters of both queues, one reader of this instance at a time."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assembly_service.domain.product import HalfKind
from assembly_service.operations.dead_letters import (
    DeadLetter,
    DeadLetterQueue,
    find_dead_letter_queue,
)
from assembly_service.operations.inspection import inspect


@dataclass(frozen=True, slots=True)
class SeenLetters:
    """What was read from a dead-letter queue; other readers hold about `hidden` more."""

    letters: Sequence[DeadLetter]
    hidden: int
    has_more: bool


class LetterReader:
    """Reads up to `most` dead letters of a queue, and leaves them where they are.

    `sources` are the addresses of the source queues. Whoever receives dead letters holds `lock`:
    two readers of a queue would hide its messages from each other.
    """

    def __init__(self, sqs: Any, sources: Mapping[HalfKind, str], *, most: int) -> None:
        self.lock = asyncio.Lock()
        self.most = most
        self._sqs = sqs
        self._sources = sources

    async def queues(self, kind: HalfKind | None = None) -> list[DeadLetterQueue]:
        """Find the dead-letter queue of this kind of halves, or of both.

        Raises NoDeadLetterQueue and the client's errors.
        """
        return [
            await find_dead_letter_queue(self._sqs, each, url)
            for each, url in self._sources.items()
            if kind in {None, each}
        ]

    async def read(self, queue: DeadLetterQueue) -> SeenLetters:
        """Read a queue. Raises the client's errors."""
        # Asked first: afterwards the messages read here would count as in flight.
        size = await queue.size()
        if size == (0, 0):
            return SeenLetters((), 0, has_more=False)
        seen = await inspect(queue, most=self.most, advance=lambda _: None)
        return SeenLetters(seen.letters, size.in_flight, has_more=seen.has_more)
