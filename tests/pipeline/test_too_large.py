"""A half too large for its product is quarantined once, and nothing else is lost with it."""

from dataclasses import replace
from unittest.mock import ANY

import pytest

from assembly_service.domain import exact_json
from tests.harness.hooks import after_call, before_call
from tests.harness.one_batch import FailingStatements, handle_together
from tests.harness.pipeline import Pipeline
from tests.pipeline.support import (
    A_CAPTION,
    A_THUMBNAIL,
    CAPTION,
    THUMBNAIL,
    assert_assembled,
    later,
    send_and_drain,
    staged_kinds,
)

pytestmark = pytest.mark.conditions

BYTES = 3_000
"""Room for one of these halves, not for both."""
SMALLER = A_CAPTION | {"raw_caption": "x" * 1_500}
LARGER = A_THUMBNAIL | {"thumbnails": A_THUMBNAIL["thumbnails"][:3]}


async def test_a_staged_half_too_large_for_its_product_is_quarantined_and_the_other_is_staged(
    pipeline: Pipeline,
) -> None:
    roomy = pipeline.rules
    pipeline.rules = replace(roomy, most_item_bytes=BYTES)
    async with pipeline.working():
        await send_and_drain(pipeline, THUMBNAIL, LARGER)
        await send_and_drain(pipeline, CAPTION, SMALLER)
    assert await staged_kinds(pipeline) == [CAPTION]
    [dead] = await pipeline.dead_letters(THUMBNAIL)
    assert dead["MessageAttributes"]["reason"]["StringValue"] == "too_large"
    pipeline.rules = roomy
    async with pipeline.working():
        await send_and_drain(pipeline, THUMBNAIL, dead["Body"])
    await assert_assembled(pipeline, SMALLER, LARGER)


async def test_a_staged_half_too_large_is_quarantined_once_although_its_deletion_fails(
    pipeline: Pipeline,
) -> None:
    pipeline.rules = replace(pipeline.rules, most_item_bytes=BYTES)
    await pipeline.send(THUMBNAIL, LARGER)
    await handle_together(pipeline, thumbnail=1)
    await pipeline.send(CAPTION, SMALLER)
    deletions = FailingStatements(pipeline, "DELETE", most=3)
    await handle_together(pipeline, caption=1)
    assert deletions.failed == 3
    assert len(await pipeline.dead_letters(THUMBNAIL)) == 1
    assert await staged_kinds(pipeline) == [CAPTION]
    assert await pipeline.messages_left() == 0


async def test_a_staged_half_too_large_keeps_its_record_until_it_is_in_the_dead_letter_queue(
    pipeline: Pipeline,
) -> None:
    pipeline.rules = replace(pipeline.rules, most_item_bytes=BYTES)
    await pipeline.send(THUMBNAIL, LARGER)
    await handle_together(pipeline, thumbnail=1)
    await pipeline.send(CAPTION, SMALLER)
    queue, failures, kept = await pipeline.queue(THUMBNAIL), [TimeoutError(), TimeoutError()], []

    async def look_where_it_is(*_: object) -> None:
        is_staged = THUMBNAIL in await staged_kinds(pipeline)
        kept.append(is_staged or await queue.count_dead_letters() == 1)

    async def fail_twice() -> None:
        await look_where_it_is()
        if failures:
            raise failures.pop()

    before_call(pipeline.clients.sqs, "send_message", fail_twice)
    after_call(pipeline.clients.dynamodb_writes, "batch_execute_statement", look_where_it_is)
    await handle_together(pipeline, caption=1)
    assert len(kept) > 3
    assert all(kept)
    [dead] = await pipeline.dead_letters(THUMBNAIL)
    assert exact_json.loads(dead["Body"]) == LARGER | {"timestamp": ANY}
    assert await staged_kinds(pipeline) == [CAPTION]
    assert await pipeline.messages_left() == 0


async def test_an_arrived_half_too_large_is_quarantined_and_an_older_one_is_used(
    pipeline: Pipeline,
) -> None:
    pipeline.rules = replace(pipeline.rules, most_item_bytes=5_000)
    await pipeline.send(CAPTION, A_CAPTION)
    await pipeline.send(CAPTION, later(A_CAPTION, raw_caption="x" * 5_000))
    await pipeline.send(THUMBNAIL, A_THUMBNAIL)
    async with pipeline.working():
        await pipeline.drained()
    await assert_assembled(pipeline, A_CAPTION, A_THUMBNAIL)
    assert len(await pipeline.dead_letters(CAPTION)) == 1
