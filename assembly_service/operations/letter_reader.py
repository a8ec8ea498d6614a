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
from assembly_service.runtime.clock import Clock

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenLetters:
    """What was read from a dead-letter queue; other readers hold about `hidden` more.

    The read began at `read_at`, in milliseconds since 1970.
    """

    queue_name: str
    letters: Sequence[DeadLetter]
    hidden: int
    has_more: bool
    read_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LettersOfBoth:
    """What was read of both dead-letter queues, at `read_at` or later.

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

    def __init__(
        self, sqs: Any, sources: Mapping[HalfKind, str], *, most: int, clock: Clock
    ) -> None:
        self.lock = asyncio.Lock()
        self.most = most
        self._clock = clock
        self._sqs = sqs
        self._sources = sources
        self._latest: dict[HalfKind, SeenLetters] = {}

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
        read_at = self._clock()
        # Asked first: afterwards the messages read here would count as in flight.
        size = await queue.size()
        # Even if it says zero, which is an estimate: what has just come may not count yet.
        seen = await inspect(queue, most=self.most, advance=lambda _: None)
        return SeenLetters(
            queue_name=queue.name,
            letters=seen.letters,
            hidden=size.hidden,
            has_more=seen.has_more,
            read_at=read_at,
        )

    async def read_recent(
        self, kind: HalfKind | None, *, max_age_seconds: float
    ) -> Sequence[SeenLetters]:
        """Read this queue, or both, unless that was done at most so long ago.

        Reading hides letters, so many who ask share a read. Raises NoDeadLetterQueue and the
        client's errors.
        """
        kinds = [each for each in self._sources if kind in {None, each}]
        async with self.lock:
            # If one fails, the other must still end before the lock is released.
            found = await asyncio.gather(
                *(self._recent(each, max_age_seconds) for each in kinds), return_exceptions=True
            )
        for each in found:
            if isinstance(each, BaseException):
                raise each
        return [each for each in found if isinstance(each, SeenLetters)]

    async def read_both(self, *, max_age_seconds: float) -> LettersOfBoth:
        """Read both queues as far as possible, unless that was done at most so long ago."""
        async with self.lock:
            found = await asyncio.gather(
                *(self._recent_if_possible(kind, max_age_seconds) for kind in self._sources)
            )
        read = [each for each in found if isinstance(each, SeenLetters)]
        return LettersOfBoth(
            letters=list(chain.from_iterable(each.letters for each in read)) if read else None,
            unread=list(chain.from_iterable(map(_unread, found))),
            read_at=min((each.read_at for each in read), default=self._clock()),
        )

    def forget(self) -> None:
        """Forget what was read: letters have been moved since."""
        self._latest.clear()

    async def _recent(self, kind: HalfKind, max_age_seconds: float) -> SeenLetters:
        latest = self._latest.get(kind)
        # Also after the clock was set back.
        if latest is None or not 0 <= self._clock() - latest.read_at <= max_age_seconds * 1000:
            [queue] = await self.queues(kind)
            latest = self._latest[kind] = await self.read(queue)
        return latest

    async def _recent_if_possible(
        self, kind: HalfKind, max_age_seconds: float
    ) -> SeenLetters | str:
        """Return what was read, or a sentence that says why nothing was."""
        try:
            return await self._recent(kind, max_age_seconds)
        except NoDeadLetterQueue as error:
            return str(error)
        except AWS_ERRORS as error:
            log.warning("dead_letters_unread", queue=kind.value, code=code_of(error))
            return f"The {kind.value} dead letters cannot be read ({code_of(error)})."


def _unread(seen: SeenLetters | str) -> Iterator[str]:
    if isinstance(seen, str):
        yield seen
        return
    if seen.has_more:
        yield f"Only {len(seen.letters)} dead letters of {seen.queue_name} were read."
    if seen.hidden:
        are = "letter is" if seen.hidden == 1 else "letters are"
        yield f"About {seen.hidden} dead {are} hidden in {seen.queue_name}, held by another reader."
