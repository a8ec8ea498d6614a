"""A staged half that resists being deleted is tried again with patience, and not for ever."""

import pytest

from assembly_service.domain.decision import AssemblyRules
from assembly_service.domain.product import HalfKind
from assembly_service.pipeline import assembler
from tests.support.in_hand import FailingStatements, handle_together
from tests.support.pipeline import Pipeline, sample_events

CAPTION, THUMBNAIL = HalfKind.CAPTION, HalfKind.THUMBNAIL
[A_CAPTION], [A_THUMBNAIL] = sample_events(CAPTION, 1), sample_events(THUMBNAIL, 1)


async def test_a_deletion_that_keeps_failing_is_tried_a_few_times_and_its_message_handed_back(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assembler, "_RETRY_SECONDS", 1)
    await pipeline.send(CAPTION, A_CAPTION)
    await handle_together(pipeline, caption=1)
    await pipeline.send(THUMBNAIL, A_THUMBNAIL)
    deletions = FailingStatements(pipeline, "DELETE", most=40)
    in_hand = await handle_together(pipeline, thumbnail=1)
    # The shortest pauses are 25, 50, 100, 200, 400 and 800 ms.
    assert 2 <= deletions.failed <= 7
    assert len(pipeline.announcer.announced) == 1
    assert pipeline.count(THUMBNAIL, "retried") == await pipeline.messages_left() == 1
    assert in_hand == []


async def test_a_staged_half_too_large_is_set_aside_once_though_its_deletion_fails(
    pipeline: Pipeline,
) -> None:
    pipeline.rules = AssemblyRules(
        staging_ttl=86_400_000, commit_allowance=5_000, most_item_bytes=3_000
    )
    thumbnail = A_THUMBNAIL | {"thumbnails": A_THUMBNAIL["thumbnails"][:3]}
    await pipeline.send(THUMBNAIL, thumbnail)
    await handle_together(pipeline, thumbnail=1)
    await pipeline.send(CAPTION, A_CAPTION | {"raw_caption": "x" * 1_500})
    deletions = FailingStatements(pipeline, "DELETE", most=3)
    await handle_together(pipeline, caption=1)
    assert deletions.failed == 3
    assert len(await pipeline.dead_letters(THUMBNAIL)) == 1
    assert [each.half.kind for each in await pipeline.staged()] == [CAPTION]
    assert await pipeline.messages_left() == 0
