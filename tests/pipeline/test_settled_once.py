"""A bug in one message or key does not make others be handled twice."""

from collections.abc import Collection, Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from assembly_service.aws.queues import HalfQueue, Message
from assembly_service.domain.product import ProductKey
from assembly_service.pipeline import in_flight
from assembly_service.storage.assembly_tables import AssemblyTables
from tests.harness.one_batch import FailingStatements, handle_together
from tests.harness.pipeline import Pipeline
from tests.pipeline.support import CAPTION, CAPTIONS, KEYS, THUMBNAIL, THUMBNAILS, send_pair

pytestmark = pytest.mark.conditions


@pytest.fixture(autouse=True)
def unseen() -> Iterator[None]:
    """Writing tracebacks takes longer than the tests."""
    with capture_logs():
        yield


def look_wrongly(monkeypatch: pytest.MonkeyPatch, key: ProductKey, *, times: int) -> list[object]:
    """Let the next looks at this key alone raise a bug; return the looks to come."""
    mistakes: list[object] = [LookupError("a mistake in this program")] * times
    look = AssemblyTables.look

    async def wrong(self: AssemblyTables, keys: Collection[ProductKey]) -> Any:
        if mistakes and list(keys) == [key]:
            raise LookupError(mistakes.pop())
        return await look(self, keys)

    monkeypatch.setattr(AssemblyTables, "look", wrong)
    return mistakes


async def test_a_message_acknowledged_before_a_bug_in_another_key_counts_once(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    await pipeline.send(CAPTION, CAPTIONS[0])
    await handle_together(pipeline, caption=1)
    await pipeline.send(THUMBNAIL, THUMBNAILS[0])
    await send_pair(pipeline, 1)
    # The first is finished when its staged half is deleted; the second is looked at once more.
    mistakes = look_wrongly(monkeypatch, KEYS[1], times=2)
    await handle_together(pipeline, caption=1, thumbnail=2)
    assert mistakes == []
    assert pipeline.count(THUMBNAIL, "assembled") == 1
    assert pipeline.count(CAPTION, "retried") == pipeline.count(THUMBNAIL, "retried") == 1


async def test_a_waiting_key_is_not_retried_because_of_a_bug_in_another(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send_pair(pipeline, 0)
    await send_pair(pipeline, 1)
    FailingStatements(pipeline, KEYS[0].video_id, most=1)
    FailingStatements(pipeline, KEYS[1].video_id, most=1, code="DuplicateItem")
    mistakes = look_wrongly(monkeypatch, KEYS[1], times=1)
    await handle_together(pipeline, caption=2, thumbnail=2)
    assert mistakes == []
    assert pipeline.count(CAPTION, "assembled") == pipeline.count(THUMBNAIL, "assembled") == 2
    assert await pipeline.messages_left() == 0


async def test_a_message_quarantined_before_a_bug_in_another_is_quarantined_once(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = HalfQueue.send_to_dead_letters

    async def send_wrongly(queue: HalfQueue, *, body: str, **others: Any) -> None:
        if body == "wrong":
            raise LookupError("a mistake in this program")
        await send(queue, body=body, **others)

    monkeypatch.setattr(HalfQueue, "send_to_dead_letters", send_wrongly)
    for body in ("hello", "wrong"):
        await pipeline.send(CAPTION, body)
    assert await handle_together(pipeline, caption=2) == []
    assert [each["Body"] for each in await pipeline.dead_letters(CAPTION)] == ["hello"]
    assert pipeline.count(CAPTION, "quarantined") == pipeline.count(CAPTION, "retried") == 1
    assert await pipeline.messages_left() == 1


async def test_an_undeletable_message_counts_as_retried_and_not_as_handled(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_flight, "_ACKNOWLEDGE_SECONDS", 0)

    async def resisted(_: HalfQueue, messages: list[Message]) -> list[Message]:
        return messages

    await pipeline.send(CAPTION, CAPTIONS[0])
    monkeypatch.setattr(HalfQueue, "delete", resisted)
    await handle_together(pipeline, caption=1)
    assert (pipeline.count(CAPTION, "staged"), pipeline.count(CAPTION, "retried")) == (0, 1)
