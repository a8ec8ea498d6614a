"""Looks up one video wherever it may be: in the tables, in the dead letters, in the queues."""

import asyncio

from assembly_service.aws.clients import Clients
from assembly_service.domain.product import ProductKey
from assembly_service.operations.flow.queues import QueueSizeReader
from assembly_service.operations.letter_reader import LetterReader
from assembly_service.operations.video_letters import letters_of
from assembly_service.operations.video_trace import Findings, VideoTrace
from assembly_service.pipeline.creation import assembly_tables
from assembly_service.runtime.clock import Clock
from assembly_service.settings.service import Settings
from assembly_service.storage.assembly_tables import AssemblyTables
from assembly_service.storage.catalogue import CatalogueBusy


class VideoTracer:
    """Answers where a video is. It changes nothing, but dead letters are hidden while it reads.

    What it knows of dead letters is up to `max_age_seconds` old, so that one reading of them
    serves many answers.
    """

    def __init__(
        self,
        *,
        tables: AssemblyTables,
        letters: LetterReader,
        queues: QueueSizeReader,
        clock: Clock,
        max_age_seconds: float,
    ) -> None:
        self._tables = tables
        self._letters = letters
        self._queues = queues
        self._clock = clock
        self._max_age_seconds = max_age_seconds

    async def trace(self, key: ProductKey) -> VideoTrace:
        """Find out where the video is now.

        Raises the client's errors if the tables cannot be read, CatalogueBusy if DynamoDB
        throttles the read. Trouble with the queues is part of the answer.
        """
        # The tables last: what was put back meanwhile is then found where it went.
        read, sizes = await asyncio.gather(
            self._letters.read_both(max_age_seconds=self._max_age_seconds), self._queues.read()
        )
        stored = (await self._tables.look([key])).get(key)
        if stored is None:
            raise CatalogueBusy("DynamoDB throttles this seller: try again in a moment.")
        unsized = [each.problem for each in sizes.values() if each.source is None and each.problem]
        findings = Findings(
            stored=stored,
            letters=None if read.letters is None else letters_of(key, read.letters),
            letters_read_at=read.read_at,
            unread=" ".join([*read.unread, *unsized]) or None,
            queued={kind: each.source for kind, each in sizes.items() if each.source is not None},
        )
        return VideoTrace(key=key, findings=findings, now=self._clock())


def create_tracer(
    settings: Settings,
    clients: Clients,
    *,
    letters: LetterReader,
    clock: Clock,
    max_age_seconds: float,
) -> VideoTracer:
    """Create a tracer of the tables and queues that the settings name."""
    return VideoTracer(
        tables=assembly_tables(settings, clients.dynamodb),
        letters=letters,
        queues=QueueSizeReader(clients.sqs, settings.queue_urls),
        clock=clock,
        max_age_seconds=max_age_seconds,
    )
