"""Another instance interferes between two steps, and nothing is lost or left unfinished."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from assembly_service.domain import exact_json
from assembly_service.domain.product import Announcement
from assembly_service.runtime.retry import RetryPolicy
from assembly_service.storage.rows import key_item
from tests.harness.handling import Handling
from tests.harness.hooks import before_call
from tests.harness.one_batch import handle_together, received
from tests.harness.pipeline import Announcer, Pipeline
from tests.pipeline.support import (
    A_CAPTION,
    A_THUMBNAIL,
    CAPTION,
    KEY,
    THUMBNAIL,
    assert_assembled,
    assert_settled,
    later,
    staged_kinds,
)

pytestmark = pytest.mark.conditions


@pytest.fixture
def pipeline(pipeline: Pipeline) -> Pipeline:
    """Retries soon."""
    pipeline.retry_policy = RetryPolicy(first_pause=0.001)
    return pipeline


def another_before(pipeline: Pipeline, client: object, method: str, **counts: int) -> None:
    """Let another instance handle these messages before the next call of the method."""
    coming = [counts]

    async def come() -> None:
        if coming:
            await handle_together(pipeline, **coming.pop())

    before_call(client, method, come)


class RefusedLater(Announcer):
    """Refuses the second announcement, once."""

    async def __call__(self, announcements: Sequence[Announcement]) -> Any:
        if len(self.announced) == 1 and not self.refused:
            self.refused, self.refusals = True, 1
        return await super().__call__(announcements)

    refused = False


async def test_a_version_that_is_merged_after_the_announcement_is_announced_too(
    pipeline: Pipeline,
) -> None:
    newer = later(A_CAPTION, title="Newer")
    pipeline.announcer = announcer = RefusedLater()
    await pipeline.send(CAPTION, A_CAPTION)
    await handle_together(pipeline, caption=1)
    await pipeline.send(THUMBNAIL, A_THUMBNAIL)
    await pipeline.send(CAPTION, newer)
    # The newer half is staged before the product is written, and found after it was announced.
    client = pipeline.clients.dynamodb_writes
    another_before(pipeline, client, "batch_execute_statement", caption=1)
    await handle_together(pipeline, thumbnail=1)
    assert announcer.refused
    product = await assert_assembled(pipeline, newer, A_THUMBNAIL)
    assert announcer.announced[-1].product == product
    await assert_settled(pipeline)


async def test_a_staged_half_that_replaces_a_quarantined_one_is_quarantined_too(
    pipeline: Pipeline,
) -> None:
    larger = A_THUMBNAIL | {"thumbnails": A_THUMBNAIL["thumbnails"][:3]}
    newer = later(larger)
    pipeline.rules = replace(pipeline.rules, most_item_bytes=3_000)
    await pipeline.send(THUMBNAIL, larger)
    await handle_together(pipeline, thumbnail=1)
    await pipeline.send(CAPTION, A_CAPTION | {"raw_caption": "x" * 1_500})
    await pipeline.send(THUMBNAIL, newer)
    # The newer half is staged between the sending and the deletion.
    client = pipeline.clients.dynamodb_writes
    another_before(pipeline, client, "batch_execute_statement", thumbnail=1)
    await handle_together(pipeline, caption=1)
    dead = [exact_json.loads(each["Body"]) for each in await pipeline.dead_letters(THUMBNAIL)]
    assert len({each["timestamp"] for each in dead}) == len(dead) == 2
    assert await staged_kinds(pipeline) == [CAPTION]
    assert await pipeline.messages_left() == 0


async def test_a_half_quarantined_by_another_instance_is_not_staged_again(
    pipeline: Pipeline,
) -> None:
    await pipeline.send(CAPTION, A_CAPTION)
    messages = await received(pipeline, caption=1)
    handling = Handling(await pipeline.collaborators(asyncio.Event()), messages)
    left = await handling.loop.assemble((await handling.loop.accept(messages))[0])
    await pipeline.clients.dynamodb.delete_item(
        TableName=pipeline.settings.dynamodb_staging_table, Key=key_item(KEY)
    )
    await handling.loop.clean_up(left)
    assert await pipeline.staged() == []
    assert pipeline.count(CAPTION, "staged") == 1
    assert await pipeline.messages_left() == 0
