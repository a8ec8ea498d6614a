"""Looks up one video wherever it may be: in the tables, in the dead letters, in the queues."""

from collections.abc import Iterator

import structlog

from assembly_service.aws.clients import Clients
from assembly_service.aws.errors import AWS_ERRORS, code_of
from assembly_service.domain.product import HalfKind, ProductKey
from assembly_service.operations.dead_letters import (
    DeadLetter,
    DeadLetterQueue,
    NoDeadLetterQueue,
)
from assembly_service.operations.letter_reader import LetterReader, SeenLetters
from assembly_service.operations.video_letters import VideoLetter, letters_of
from assembly_service.operations.video_trace import Findings, Trace
from assembly_service.pipeline.creation import assembly_tables
from assembly_service.runtime.clock import Clock
from assembly_service.settings.service import Settings
from assembly_service.storage.assembly_tables import AssemblyTables
from assembly_service.storage.catalogue import CatalogueBusyError

log = structlog.get_logger()


class Tracer:
    """Answers where a video is. It changes nothing, but dead letters are hidden while it reads."""

    def __init__(self, *, tables: AssemblyTables, letters: LetterReader, clock: Clock) -> None:
        self._tables = tables
        self._reader = letters
        self._clock = clock

    async def trace(self, key: ProductKey) -> Trace:
        """Where the video is now.

        Raises the client's errors if the tables cannot be read, CatalogueBusyError if DynamoDB
        throttles the read. Trouble with the queues is part of the answer.
        """
        # The tables last: what was put back meanwhile is then found where it went.
        letters, unread, queued = await self._letters(key)
        stored = (await self._tables.look([key])).get(key)
        if stored is None:
            raise CatalogueBusyError("DynamoDB throttles this seller: try again in a moment.")
        findings = Findings(stored=stored, letters=letters, unread=unread, queued=queued)
        return Trace(key=key, findings=findings, now=self._clock())

    async def _letters(
        self, key: ProductKey
    ) -> tuple[list[VideoLetter] | None, str | None, dict[HalfKind, int]]:
        """The video's dead letters, why there may be others, and the sizes of the source queues."""
        found: list[DeadLetter] = []
        unread: list[str] = []
        queued: dict[HalfKind, int] = {}
        try:
            async with self._reader.lock:
                for queue in await self._reader.queues():
                    queued[queue.kind] = (await queue.source_size()).visible
                    seen = await self._reader.read(queue)
                    found += seen.letters
                    unread += _unread(queue, seen)
        except NoDeadLetterQueue as error:
            return None, str(error), queued
        except AWS_ERRORS as error:
            log.warning("dead_letters_unread", error=code_of(error))
            return None, f"The dead letters cannot be read ({code_of(error)}).", queued
        return letters_of(key, found), " ".join(unread) or None, queued


def _unread(queue: DeadLetterQueue, seen: SeenLetters) -> Iterator[str]:
    if seen.has_more:
        yield f"Only {len(seen.letters)} dead letters of {queue.name} were read."
    if seen.hidden:
        yield (
            f"About {seen.hidden} dead letters of {queue.name} are hidden, because somebody is "
            "reading them."
        )


def create_tracer(
    settings: Settings, clients: Clients, *, letters: LetterReader, clock: Clock
) -> Tracer:
    """A tracer of what the settings name."""
    tables = assembly_tables(settings, clients.dynamodb)
    return Tracer(tables=tables, letters=letters, clock=clock)
