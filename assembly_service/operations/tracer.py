"""Looks up one video wherever it may be: in the tables, in the dead letters, in the queues."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from assembly_service.aws.clients import Clients
from assembly_service.aws.errors import AWS_ERRORS, code_of
from assembly_service.domain.product import HalfKind, ProductKey
from assembly_service.operations.dead_letters import (
    DeadLetter,
    DeadLetterQueue,
    NoDeadLetterQueue,
    find_dead_letter_queue,
)
from assembly_service.operations.inspection import inspect
from assembly_service.operations.video_letters import VideoLetter, letters_of
from assembly_service.operations.video_trace import Findings, Trace
from assembly_service.pipeline.creation import assembly_tables
from assembly_service.runtime.clock import Clock
from assembly_service.settings.service import Settings
from assembly_service.storage.assembly_tables import AssemblyTables
from assembly_service.storage.catalogue import CatalogueBusyError

log = structlog.get_logger()


class Tracer:
    """Answers where a video is. It changes nothing, but dead letters are hidden while it reads.

    `sources` are the addresses of the source queues. At most `most_letters` of each dead-letter
    queue are read.
    """

    def __init__(
        self,
        *,
        tables: AssemblyTables,
        sqs: Any,
        sources: Mapping[HalfKind, str],
        clock: Clock,
        most_letters: int,
    ) -> None:
        self._tables = tables
        self._sqs = sqs
        self._sources = sources
        self._clock = clock
        self._most_letters = most_letters
        # Two readers of a dead-letter queue would hide its messages from each other.
        self._reading = asyncio.Lock()

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
            async with self._reading:
                for kind, url in self._sources.items():
                    queue = await find_dead_letter_queue(self._sqs, kind, url)
                    queued[kind] = (await queue.source_size()).visible
                    letters, why = await self._read(queue)
                    found += letters
                    unread += why
        except NoDeadLetterQueue as error:
            return None, str(error), queued
        except AWS_ERRORS as error:
            log.warning("dead_letters_unread", error=code_of(error))
            return None, f"The dead letters cannot be read ({code_of(error)}).", queued
        return letters_of(key, found), " ".join(unread) or None, queued

    async def _read(self, queue: DeadLetterQueue) -> tuple[Sequence[DeadLetter], list[str]]:
        size = await queue.size()
        if size == (0, 0):
            return (), []
        seen = await inspect(queue, most=self._most_letters, advance=lambda _: None)
        unread = []
        if seen.has_more:
            unread.append(f"Only {len(seen.letters)} dead letters of {queue.name} were read.")
        if size.in_flight:
            unread.append(
                f"About {size.in_flight} dead letters of {queue.name} are hidden, because somebody "
                "is reading them."
            )
        return seen.letters, unread


def create_tracer(
    settings: Settings, clients: Clients, *, clock: Clock, most_letters: int
) -> Tracer:
    """A tracer of what the settings name."""
    return Tracer(
        tables=assembly_tables(settings, clients.dynamodb),
        sqs=clients.sqs,
        sources=settings.queue_urls,
        clock=clock,
        most_letters=most_letters,
    )
