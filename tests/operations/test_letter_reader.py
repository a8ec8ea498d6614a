"""Dead letters of both queues are read as far as possible, and no more often than needed."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from assembly_service.aws.queues import QueueCounts
from assembly_service.domain.product import HalfKind
from assembly_service.operations.dead_letters import DeadLetter, NoDeadLetterQueue
from assembly_service.operations.letter_reader import LetterReader
from assembly_service.runtime.clock import Clock, wall_clock
from tests.harness.small_events import event
from tests.harness.web import ManualClock

CAPTION, THUMBNAIL = HalfKind.CAPTION, HalfKind.THUMBNAIL


def dead_letter(kind: HalfKind) -> DeadLetter:
    return DeadLetter(
        queue=kind,
        body=json.dumps(event(kind, 1)),
        message_id=f"letter of {kind.value}",
        receipt_handle="receipt",
        receive_count=1,
        sent_at=0,
    )


class FakeQueue:
    """A dead-letter queue with one message, of whatever size it says it has."""

    name = "dead-letters"

    def __init__(self, kind: HalfKind, size: QueueCounts) -> None:
        self.letters = [dead_letter(kind)]
        self.estimate = size
        self.receives = 0
        self.reads = 0
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def size(self) -> QueueCounts:
        self.reads += 1
        await self.may_answer.wait()
        return self.estimate

    async def receive(self, **_: int) -> list[DeadLetter]:
        self.receives += 1
        return self.letters if self.receives % 2 else []

    async def release(self, _: Sequence[DeadLetter]) -> None: ...


class FakeReader(LetterReader):
    """Reads these queues, or raises what is in their place."""

    def __init__(self, found: dict[HalfKind, Any], *, clock: Clock = wall_clock) -> None:
        super().__init__(None, dict.fromkeys(found, ""), most=10, clock=clock)
        self.found = found

    async def queues(self, kind: HalfKind | None = None) -> list[Any]:
        found = [each for name, each in self.found.items() if kind in {None, name}]
        for each in found:
            if isinstance(each, Exception):
                raise each
        return found


async def test_the_trouble_of_one_queue_leaves_the_letters_of_the_other() -> None:
    for error, sentence in (
        (NoDeadLetterQueue(CAPTION, "It has none."), "It has none."),
        (
            EndpointConnectionError(endpoint_url=""),
            "The caption dead letters cannot be read (EndpointConnectionError).",
        ),
    ):
        read = await FakeReader(
            {CAPTION: error, THUMBNAIL: FakeQueue(THUMBNAIL, QueueCounts(0, 0))}
        ).read_both(max_age_seconds=0)
        assert read.letters is not None
        assert [letter.message_id for letter in read.letters] == ["letter of thumbnail"]
        assert read.unread == [sentence]


async def test_a_queue_is_read_even_if_its_estimate_is_zero() -> None:
    queue: Any = FakeQueue(CAPTION, QueueCounts(0, 0))
    seen = await FakeReader({CAPTION: queue}).read(queue)
    assert len(seen.letters) == 1


async def test_one_reading_serves_all_who_ask_until_it_is_too_old_or_letters_have_moved() -> None:
    queue = FakeQueue(CAPTION, QueueCounts(1, 2))
    reader = FakeReader({CAPTION: queue})
    first = await reader.read_both(max_age_seconds=60)
    assert first.unread == [
        "About 2 dead letters are hidden in dead-letters, held by another reader."
    ]
    assert await reader.read_both(max_age_seconds=60) == first
    assert queue.reads == 1
    await reader.read_both(max_age_seconds=-1)
    assert queue.reads == 2
    await reader.read_both(max_age_seconds=60)
    reader.forget()
    await reader.read_both(max_age_seconds=60)
    assert queue.reads == 3


async def test_lists_and_traces_share_what_was_read_of_each_queue() -> None:
    queues = {kind: FakeQueue(kind, QueueCounts(1, 0)) for kind in HalfKind}
    reader = FakeReader({**queues})
    kinds = (None, CAPTION, THUMBNAIL, None)
    lists = await asyncio.gather(*(reader.read_recent(kind, max_age_seconds=60) for kind in kinds))
    await reader.read_both(max_age_seconds=60)
    assert [len(seen) for seen in lists] == [2, 1, 1, 2]
    assert [queue.reads for queue in queues.values()] == [1, 1]


async def test_what_was_read_of_one_queue_is_not_lost_with_the_other_one() -> None:
    thumbnails = FakeQueue(THUMBNAIL, QueueCounts(1, 0))
    reader = FakeReader(
        {CAPTION: NoDeadLetterQueue(CAPTION, "It has none."), THUMBNAIL: thumbnails}
    )
    thumbnails.may_answer.clear()
    listing = asyncio.create_task(reader.read_recent(None, max_age_seconds=60))
    for _ in range(20):
        await asyncio.sleep(0)
    assert reader.lock.locked(), "nothing is read without the lock"
    thumbnails.may_answer.set()
    with pytest.raises(NoDeadLetterQueue, match="It has none"):
        await listing
    await reader.read_recent(THUMBNAIL, max_age_seconds=60)
    assert thumbnails.reads == 1


async def test_what_was_read_before_the_clock_was_set_back_is_read_again() -> None:
    clock, queue = ManualClock(), FakeQueue(CAPTION, QueueCounts(1, 0))
    reader = FakeReader({CAPTION: queue}, clock=clock)
    for now, reads in ((clock.now, 1), (clock.now + 9_000, 1), (clock.now - 3_600_000, 2)):
        clock.now = now
        await reader.read_recent(None, max_age_seconds=10)
        assert queue.reads == reads
