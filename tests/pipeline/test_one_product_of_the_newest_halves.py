"""However its halves arrive, a video becomes one product of the newest of each kind."""

import random
from collections import Counter

import pytest

from assembly_service.domain.product import EventType, HalfKind
from tests.harness.one_batch import handle_together
from tests.harness.pipeline import Pipeline, assert_equal_by_value, key_of, sample_events
from tests.pipeline.support import (
    A_CAPTION,
    A_THUMBNAIL,
    CAPTION,
    THUMBNAIL,
    assert_assembled,
    assert_settled,
    later,
    send_and_drain,
    send_pair,
    staged_kinds,
)

pytestmark = pytest.mark.conditions


@pytest.mark.parametrize("first", HalfKind, ids=str)
async def test_halves_that_arrive_one_after_the_other_make_one_product(
    pipeline: Pipeline, first: HalfKind
) -> None:
    events = {CAPTION: A_CAPTION, THUMBNAIL: A_THUMBNAIL}
    second = first.other
    async with pipeline.working():
        await send_and_drain(pipeline, first, events[first])
        assert await staged_kinds(pipeline) == [first]
        await send_and_drain(pipeline, second, events[second])
    product = await assert_assembled(pipeline, A_CAPTION, A_THUMBNAIL)
    [announced] = pipeline.announcer.announced
    assert announced.product == product
    assert announced.event_type is EventType.NEW_PRODUCT
    assert pipeline.count(first, "staged") == pipeline.count(second, "assembled") == 1
    await assert_settled(pipeline)


async def test_halves_in_flight_together_are_never_staged(pipeline: Pipeline) -> None:
    await send_pair(pipeline)
    await handle_together(pipeline, caption=1, thumbnail=1)
    assert pipeline.count(CAPTION, "assembled") == pipeline.count(THUMBNAIL, "assembled") == 1
    await assert_settled(pipeline)


async def test_every_pair_becomes_one_product_on_two_instances_in_any_order_with_duplicates(
    pipeline: Pipeline,
) -> None:
    captions, thumbnails = sample_events(CAPTION, 60), sample_events(THUMBNAIL, 60)
    sending = [(CAPTION, event) for event in captions]
    sending += [(THUMBNAIL, event) for event in thumbnails]
    sending += random.sample(sending, 24)
    random.shuffle(sending)
    async with pipeline.working(instances=2):
        for kind, event in sending:
            await pipeline.send(kind, event)
        await pipeline.drained()
    products = await pipeline.products()
    assert len(products) == 60
    for caption, thumbnail in zip(captions, thumbnails, strict=True):
        assert_equal_by_value(products[key_of(caption)], caption, thumbnail)
    announced = Counter(each.product.key for each in pipeline.announcer.announced)
    assert announced.keys() == products.keys()
    await assert_settled(pipeline)


async def test_a_newer_half_updates_the_product_and_an_older_one_changes_nothing(
    pipeline: Pipeline,
) -> None:
    newer = later(A_CAPTION, title="Sold out", price=None)
    del newer["raw_caption"]
    async with pipeline.working():
        await send_pair(pipeline)
        await pipeline.drained()
        await send_and_drain(pipeline, CAPTION, newer)
        await send_and_drain(pipeline, CAPTION, A_CAPTION)
    product = await assert_assembled(pipeline, newer, A_THUMBNAIL)
    kinds = [each.event_type for each in pipeline.announcer.announced]
    assert kinds == [EventType.NEW_PRODUCT, EventType.PRODUCT_UPDATED]
    assert pipeline.announcer.announced[-1].product == product
    assert pipeline.count(CAPTION, "updated") == pipeline.count(CAPTION, "stale") == 1
    await assert_settled(pipeline)


async def test_of_several_versions_in_one_batch_the_newest_of_each_half_is_kept(
    pipeline: Pipeline,
) -> None:
    newer = later(A_CAPTION, title="Newer")
    for event in (newer, A_CAPTION, newer):
        await pipeline.send(CAPTION, event)
    await pipeline.send(THUMBNAIL, A_THUMBNAIL)
    await handle_together(pipeline, caption=3, thumbnail=1)
    await assert_assembled(pipeline, newer, A_THUMBNAIL)
    await assert_settled(pipeline)
