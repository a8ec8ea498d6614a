"""Two batches in trouble over one key are joined, and nothing that they owe is forgotten."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from assembly_service.aws.queues import Message
from assembly_service.runtime.retry import RetryPolicy
from assembly_service.storage.rows import key_item
from tests.harness.handling import Handling
from tests.harness.hooks import fail_next
from tests.harness.one_batch import FailingStatements, handle_together, received
from tests.harness.pipeline import Pipeline
from tests.pipeline.support import (
    A_CAPTION,
    A_THUMBNAIL,
    CAPTION,
    KEY,
    THUMBNAIL,
    assert_assembled,
    assert_settled,
    later,
    send_pair,
    staged_kinds,
)

pytestmark = pytest.mark.conditions

NEWER = later(A_CAPTION, title="Newer")


@pytest.fixture
def pipeline(pipeline: Pipeline) -> Pipeline:
    """Retries soon."""
    pipeline.retry_policy = RetryPolicy(first_pause=0.001)
    return pipeline


async def handle_apart(
    pipeline: Pipeline,
    first: Sequence[Message],
    second: Sequence[Message],
    trouble: Callable[[], object],
) -> None:
    """Handle two batches of one key: the first cannot be read, the second gets into trouble."""
    handling = Handling(await pipeline.collaborators(asyncio.Event()), [*first, *second])
    works = [(await handling.loop.accept(batch))[0] for batch in (first, second)]
    fail_next(pipeline.clients.dynamodb_writes, "batch_get_item")
    assert await handling.loop.assemble(works[0]) == []
    trouble()
    await handling.loop.clean_up(await handling.loop.assemble(works[1]))
    [waiting] = handling.waiting.items
    assert set(waiting.messages) == {*first, *second}
    await handling.work_on([])
    assert handling.in_flight.held == []


async def test_the_messages_of_both_are_settled(pipeline: Pipeline) -> None:
    for _ in range(2):
        await pipeline.send(CAPTION, A_CAPTION)
    first, second = await received(pipeline, caption=2)
    await handle_apart(
        pipeline, [first], [second], lambda: FailingStatements(pipeline, KEY.video_id, most=1)
    )
    assert await staged_kinds(pipeline) == [CAPTION]
    assert await pipeline.messages_left() == 0


async def test_an_announcement_owed_by_the_second_is_made(pipeline: Pipeline) -> None:
    await pipeline.send(CAPTION, A_CAPTION)
    await send_pair(pipeline)
    first, *second = await received(pipeline, caption=2, thumbnail=1)
    pipeline.announcer.refusals = 1
    await handle_apart(pipeline, [first], second, lambda: None)
    product = await assert_assembled(pipeline, A_CAPTION, A_THUMBNAIL)
    assert [each.product for each in pipeline.announcer.announced] == [product]
    await assert_settled(pipeline)


async def test_a_write_of_the_second_whose_answer_was_lost_still_counts(
    pipeline: Pipeline,
) -> None:
    await pipeline.send(CAPTION, A_CAPTION)
    await send_pair(pipeline)
    first, *second = await received(pipeline, caption=2, thumbnail=1)
    client = pipeline.clients.dynamodb_writes
    await handle_apart(
        pipeline,
        [first],
        second,
        lambda: fail_next(client, "batch_execute_statement", carried_out=True),
    )
    assert len(pipeline.announcer.announced) == 1
    assert pipeline.count(THUMBNAIL, "assembled") == 1
    await assert_settled(pipeline)


async def test_a_staged_half_that_the_second_quarantined_is_quarantined_once(
    pipeline: Pipeline,
) -> None:
    larger = A_THUMBNAIL | {"thumbnails": A_THUMBNAIL["thumbnails"][:3]}
    smaller = A_CAPTION | {"raw_caption": "x" * 1_500}
    pipeline.rules = replace(pipeline.rules, most_item_bytes=3_000)
    await pipeline.send(THUMBNAIL, larger)
    await handle_together(pipeline, thumbnail=1)
    for _ in range(2):
        await pipeline.send(CAPTION, smaller)
    first, second = await received(pipeline, caption=2)
    await handle_apart(
        pipeline, [first], [second], lambda: FailingStatements(pipeline, "DELETE", most=1)
    )
    assert len(await pipeline.dead_letters(THUMBNAIL)) == 1
    assert await staged_kinds(pipeline) == [CAPTION]


async def test_a_newer_version_is_announced_though_the_older_one_was(pipeline: Pipeline) -> None:
    await pipeline.send(THUMBNAIL, A_THUMBNAIL)
    await handle_together(pipeline, thumbnail=1)
    await pipeline.send(CAPTION, A_CAPTION)
    await pipeline.send(CAPTION, NEWER)
    first, second = await received(pipeline, caption=2)
    handling = Handling(await pipeline.collaborators(asyncio.Event()), [first, second])
    works = [(await handling.loop.accept([each]))[0] for each in (first, second)]
    # The first is announced, and waits because its staged half cannot be deleted.
    FailingStatements(pipeline, "DELETE", most=1)
    await handling.loop.clean_up(await handling.loop.assemble(works[0]))
    pipeline.announcer.refusals = 1
    await handling.loop.assemble(works[1])
    assert len(handling.waiting.items) == len(pipeline.announcer.announced) == 1
    await handling.work_on([])
    product = await assert_assembled(pipeline, NEWER, A_THUMBNAIL)
    assert pipeline.announcer.announced[-1].product == product
    await assert_settled(pipeline)


async def test_a_half_that_joins_a_staged_one_gets_the_outcome_of_both(pipeline: Pipeline) -> None:
    await send_pair(pipeline)
    first, second = await received(pipeline, caption=1, thumbnail=1)
    handling = Handling(await pipeline.collaborators(asyncio.Event()), [first, second])
    staged = await handling.loop.assemble((await handling.loop.accept([first]))[0])
    fail_next(pipeline.clients.dynamodb_writes, "batch_get_item")
    await handling.loop.clean_up(staged)
    assert (await handling.loop.accept([second]))[0] == []
    await handling.work_on([])
    assert pipeline.count(CAPTION, "assembled") == pipeline.count(THUMBNAIL, "assembled") == 1
    await assert_settled(pipeline)


async def test_a_newer_half_is_staged_though_the_older_one_was_and_is_gone(
    pipeline: Pipeline,
) -> None:
    await pipeline.send(CAPTION, A_CAPTION)
    await pipeline.send(CAPTION, NEWER)
    first, second = await received(pipeline, caption=2)
    handling = Handling(await pipeline.collaborators(asyncio.Event()), [first, second])
    staged = await handling.loop.assemble((await handling.loop.accept([first]))[0])
    fail_next(pipeline.clients.dynamodb_writes, "batch_get_item")
    await handling.loop.clean_up(staged)
    # Another instance quarantines the staged half.
    await pipeline.clients.dynamodb.delete_item(
        TableName=pipeline.settings.dynamodb_staging_table, Key=key_item(KEY)
    )
    assert (await handling.loop.accept([second]))[0] == []
    await handling.work_on([])
    [waiting] = await pipeline.staged()
    assert waiting.half.fields["title"] == "Newer"
    assert await pipeline.messages_left() == 0
