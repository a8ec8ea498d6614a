"""Reads the dead letters of both queues, one reader of this instance at a time."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import structlog

from assembly_service.aws.errors import AWS_ERRORS, code_of
from assembly_service.domain.product import HalfKind
from assembly_service.operations.dead_letters import (
    DeadLetter,
    DeadLetterQueue,
    NoDeadLetterQueue,
    find_dead_letter_queue,
)
from assembly_service.operations.inspection import inspect
from assembly_service.runtime.clock import wall_clock

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SeenLetters:
    """What was read from a dead-letter queue; other readers hold about `hidden` more."""

    letters: Sequence[DeadLetter]
    hidden: int
    has_more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LettersOfBoth:
    """What was read of both dead-letter queues, from `read_at` on, in milliseconds since 1970.

    `letters` is None if neither could be read. `unread` has sentences: why there may be others.
    """

    letters: Sequence[DeadLetter] | None
    unread: Sequence[str]
    read_at: int


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
        self._latest: LettersOfBoth | None = None

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
        # Even if it says zero, which is an estimate: what has just come may not count yet.
        seen = await inspect(queue, most=self.most, advance=lambda _: None)
        return SeenLetters(seen.letters, size.in_flight, has_more=seen.has_more)

    async def read_both(self, *, max_age_seconds: float) -> LettersOfBoth:
        """Read both queues, unless that was done at most so long ago: reading hides letters."""
        async with self.lock:
            latest = self._latest
            if latest is None or wall_clock() - latest.read_at > max_age_seconds * 1000:
                latest = self._latest = await self._read_both()
            return latest

    def forget(self) -> None:
        """Read again when asked the next time: letters have been moved."""
        self._latest = None

    async def _read_both(self) -> LettersOfBoth:
        read_at = wall_clock()
        found = await asyncio.gather(*map(self._read_if_possible, self._sources))
        read = [letters for letters, _ in found if letters is not None]
        return LettersOfBoth(
            letters=list(chain.from_iterable(read)) if read else None,
            unread=[sentence for _, sentences in found for sentence in sentences],
            read_at=read_at,
        )

    async def _read_if_possible(
        self, kind: HalfKind
    ) -> tuple[Sequence[DeadLetter] | None, Sequence[str]]:
        try:
            [queue] = await self.queues(kind)
            seen = await self.read(queue)
        except NoDeadLetterQueue as error:
            return None, [str(error)]
        except AWS_ERRORS as error:
            log.warning("dead_letters_unread", queue=kind.value, error=code_of(error))
            return None, [f"The {kind.value} dead letters cannot be read ({code_of(error)})."]
        return seen.letters, list(_unread(queue, seen))


def _unread(queue: DeadLetterQueue, seen: SeenLetters) -> Iterator[str]:
    if seen.has_more:
        yield f"Only {len(seen.letters)} dead letters of {queue.name} were read."
    if seen.hidden:
        are = "letter is" if seen.hidden == 1 else "letters are"
        yield f"About {seen.hidden} dead {are} hidden in {queue.name}, held by another reader."
