"""Clean-up reports every orphan once and keeps it."""

from tests.harness.pipeline import Pipeline
from tests.pipeline.support import (
    A_CAPTION,
    A_THUMBNAIL,
    CAPTION,
    KEY,
    THUMBNAIL,
    orphans,
    send_and_drain,
)


async def test_clean_up_reports_an_orphan_once_on_all_instances_and_it_may_still_pair(
    pipeline: Pipeline,
) -> None:
    await pipeline.send(THUMBNAIL, A_THUMBNAIL)
    async with pipeline.working(instances=2):
        await send_and_drain(pipeline, CAPTION, A_CAPTION | {"video_id": "other"})
        waiting = await pipeline.staged()
        pipeline.clock = lambda: max(each.expires_at for each in waiting) + 1
    async with pipeline.working() as worker:
        await worker.cleanup.sweep()
        await worker.cleanup.sweep()
        assert orphans(pipeline, CAPTION) == orphans(pipeline, THUMBNAIL) == 1
        assert len(await pipeline.staged()) == 2
        await send_and_drain(pipeline, CAPTION, A_CAPTION)
    assert await pipeline.product(KEY) is not None
    assert [each.half.key.video_id for each in await pipeline.staged()] == ["other"]


async def test_clean_up_survives_an_unreadable_staging_record(pipeline: Pipeline) -> None:
    await pipeline.clients.dynamodb.put_item(
        TableName=pipeline.settings.dynamodb_staging_table,
        Item={"video_id": {"S": "1"}, "seller_handle": {"S": "s"}, "mood": {"S": "odd"}},
    )
    async with pipeline.working() as worker:
        await send_and_drain(pipeline, CAPTION, A_CAPTION)
        await worker.cleanup.sweep()
    assert [each.half.key for each in await pipeline.staged()] == [KEY]
