"""A half is staged for a day from when it was last sent."""

from typing import Any

import pytest

from assembly_service.runtime.clock import wall_clock
from tests.harness.halves import DAY
from tests.harness.hooks import after_call
from tests.harness.one_batch import handle_together
from tests.harness.pipeline import Pipeline
from tests.pipeline.support import (
    A_CAPTION,
    A_THUMBNAIL,
    CAPTION,
    KEY,
    THUMBNAIL,
    assert_assembled,
    later,
    orphans,
    staged_kinds,
)

pytestmark = pytest.mark.conditions

SENT = wall_clock()


@pytest.fixture
def pipeline(pipeline: Pipeline) -> Pipeline:
    """Messages were sent as many milliseconds after SENT as their attribute `after` says."""

    def state(answer: dict[str, Any]) -> None:
        for message in answer.get("Messages", []):
            after = int(message["MessageAttributes"]["after"]["StringValue"])
            message["Attributes"]["SentTimestamp"] = str(SENT + after)

    after_call(pipeline.clients.sqs_receive, "receive_message", state)
    return pipeline


async def test_a_half_sent_after_the_other_expired_waits_for_a_new_one(pipeline: Pipeline) -> None:
    await pipeline.send(CAPTION, A_CAPTION, after="0")
    await handle_together(pipeline, caption=1)
    await pipeline.send(THUMBNAIL, A_THUMBNAIL, after=str(DAY + 1))
    await handle_together(pipeline, thumbnail=1)
    assert await pipeline.product(KEY) is None
    assert await staged_kinds(pipeline) == [THUMBNAIL]
    assert orphans(pipeline, THUMBNAIL) == 1


async def test_a_half_sent_twice_in_a_batch_is_staged_as_long_as_the_later_one(
    pipeline: Pipeline,
) -> None:
    await pipeline.send(CAPTION, A_CAPTION, after="0")
    await pipeline.send(CAPTION, A_CAPTION, after="1000")
    await handle_together(pipeline, caption=2)
    [waiting] = await pipeline.staged()
    assert waiting.expires_at == SENT + 1_000 + DAY


async def test_a_half_sent_in_time_pairs_although_a_newer_one_of_its_batch_was_too_late(
    pipeline: Pipeline,
) -> None:
    newer = later(A_THUMBNAIL)
    await pipeline.send(CAPTION, A_CAPTION, after="0")
    await handle_together(pipeline, caption=1)
    await pipeline.send(THUMBNAIL, A_THUMBNAIL, after=str(DAY))
    await pipeline.send(THUMBNAIL, newer, after=str(DAY + 1))
    await handle_together(pipeline, thumbnail=2)
    await assert_assembled(pipeline, A_CAPTION, newer)
    assert orphans(pipeline, THUMBNAIL) == 0
