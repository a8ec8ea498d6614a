"""Deleting a staged half is retried with backoff, and not forever."""

from assembly_service.runtime.retry import RetryPolicy
from tests.harness.one_batch import FailingStatements, handle_together
from tests.harness.pipeline import Pipeline
from tests.pipeline.support import A_CAPTION, A_THUMBNAIL, CAPTION, THUMBNAIL


async def test_a_deletion_that_keeps_failing_is_retried_a_few_times_and_its_message_handed_back(
    pipeline: Pipeline,
) -> None:
    pipeline.retry_policy = RetryPolicy(window=1)
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
