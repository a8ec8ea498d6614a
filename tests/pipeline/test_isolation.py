"""A problem with one video does not affect others of its batch."""

import asyncio
from collections.abc import Mapping, Sequence

from assembly_service.aws.errors import Failure
from assembly_service.domain.product import Announcement, ProductKey
from assembly_service.storage.rows import key_item
from tests.harness.one_batch import FailingStatements, handle_together, received
from tests.harness.pipeline import Announcer, Pipeline
from tests.pipeline.support import CAPTION, CAPTIONS, KEYS, THUMBNAIL, send_pair


class Showing(Announcer):
    """Renders every product before it announces any, like the real one."""

    async def __call__(self, announcements: Sequence[Announcement]) -> Mapping[ProductKey, Failure]:
        for announcement in announcements:
            announcement.product.shown()
        return await super().__call__(announcements)


async def test_a_product_is_announced_although_another_of_its_batch_cannot_be_rendered(
    pipeline: Pipeline,
) -> None:
    await send_pair(pipeline, 1)
    await handle_together(pipeline, caption=1, thumbnail=1)
    await pipeline.clients.dynamodb.update_item(
        TableName=pipeline.settings.dynamodb_products_table,
        Key=key_item(KEYS[1]),
        UpdateExpression="SET tags = :tags",
        ExpressionAttributeValues={":tags": {"SS": ["of another kind"]}},
    )
    await pipeline.send(CAPTION, CAPTIONS[1])
    lost = await received(pipeline, caption=1)
    await (await pipeline.queue(CAPTION)).change_visibility([(each, 0) for each in lost])
    await send_pair(pipeline, 0)
    pipeline.announcer = Showing()
    await handle_together(pipeline, caption=2, thumbnail=1)
    assert {each.product.key for each in pipeline.announcer.announced} == {KEYS[0]}
    assert await pipeline.messages_left() == 1
    assert pipeline.count(CAPTION, "retried") == 1
    assert pipeline.count(THUMBNAIL, "retried") == 0


async def test_a_finished_pair_is_acknowledged_while_another_key_is_in_trouble(
    pipeline: Pipeline,
) -> None:
    await send_pair(pipeline, 0)
    await send_pair(pipeline, 1)
    trouble = FailingStatements(pipeline, KEYS[1].video_id, most=3)
    await handle_together(pipeline, caption=2, thumbnail=2)
    assert trouble.messages_left == [4, 2, 2]
    assert (await pipeline.products()).keys() == set(KEYS[:2])
    assert await pipeline.messages_left() == 0


async def test_an_unreadable_product_ends_no_sweep_and_other_leftovers_are_cleaned_up(
    pipeline: Pipeline,
) -> None:
    for event in CAPTIONS:
        await pipeline.send(CAPTION, event)
    await handle_together(pipeline, caption=3)
    await pipeline.clients.dynamodb.put_item(
        TableName=pipeline.settings.dynamodb_products_table,
        Item=key_item(KEYS[0]) | {"mood": {"S": "odd"}},
    )
    last = max(each.expires_at for each in await pipeline.staged())
    pipeline.clock = lambda: last + 1
    worker = await pipeline.worker(asyncio.Event())
    await worker.cleanup.sweep()
    staged = await pipeline.staged()
    marked = {each.half.key for each in staged if each.orphaned_at is not None}
    assert marked == set(KEYS[1:])
    assert len(staged) == 3
