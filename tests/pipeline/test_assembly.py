"""Two queues in, one product out, on a real engine."""

import asyncio
import random
from collections import Counter
from typing import Any

import pytest

from assembly_service.domain.decision import AssemblyRules
from assembly_service.domain.exact_json import Value
from assembly_service.domain.product import EventType, HalfKind
from tests.support.hooks import before_call
from tests.support.pipeline import (
    Pipeline,
    assert_equal_by_value,
    eventually,
    key_of,
    sample_events,
)

CAPTION, THUMBNAIL = HalfKind.CAPTION, HalfKind.THUMBNAIL
[A_CAPTION], [A_THUMBNAIL] = sample_events(CAPTION, 1), sample_events(THUMBNAIL, 1)
KEY = key_of(A_CAPTION)


def later(event: dict[str, Value], **changes: Value) -> dict[str, Value]:
    return event | {"timestamp": "2026-12-24T18:00:00+03:00"} | changes


async def assert_settled(pipeline: Pipeline) -> None:
    """Nothing waits anywhere."""
    assert await pipeline.messages_left() == 0
    assert await pipeline.staged() == []
    for kind in HalfKind:
        assert await pipeline.dead_letters(kind) == []


@pytest.mark.parametrize("order", [(CAPTION, THUMBNAIL), (THUMBNAIL, CAPTION)])
async def test_halves_that_come_one_after_the_other_make_one_product(
    pipeline: Pipeline, order: tuple[HalfKind, HalfKind]
) -> None:
    events = {CAPTION: A_CAPTION, THUMBNAIL: A_THUMBNAIL}
    async with pipeline.working():
        await pipeline.send(order[0], events[order[0]])
        await pipeline.drained()
        assert [each.half.kind for each in await pipeline.staged()] == [order[0]]
        await pipeline.send(order[1], events[order[1]])
        await pipeline.drained()
    product = await pipeline.product(KEY)
    assert product is not None
    assert_equal_by_value(product, A_CAPTION, A_THUMBNAIL)
    assert [each.product for each in pipeline.announcer.announced] == [product]
    assert pipeline.announcer.announced[0].event_type is EventType.NEW_PRODUCT
    assert pipeline.count(order[0], "staged") == pipeline.count(order[1], "assembled") == 1
    await assert_settled(pipeline)


async def test_halves_that_meet_in_hand_never_touch_staging(pipeline: Pipeline) -> None:
    await pipeline.send(CAPTION, A_CAPTION)
    await pipeline.send(THUMBNAIL, A_THUMBNAIL)
    async with pipeline.working():
        await pipeline.drained()
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
        await pipeline.send(CAPTION, A_CAPTION)
        await pipeline.send(THUMBNAIL, A_THUMBNAIL)
        await pipeline.drained()
        await pipeline.send(CAPTION, newer)
        await pipeline.drained()
        await pipeline.send(CAPTION, A_CAPTION)
        await pipeline.drained()
    product = await pipeline.product(KEY)
    assert product is not None
    assert_equal_by_value(product, newer, A_THUMBNAIL)
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
    async with pipeline.working():
        await pipeline.drained()
    product = await pipeline.product(KEY)
    assert product is not None
    assert_equal_by_value(product, newer, A_THUMBNAIL)
    await assert_settled(pipeline)


async def test_a_half_sent_after_the_other_expired_waits_for_a_new_one(pipeline: Pipeline) -> None:
    pipeline.rules = AssemblyRules(staging_ttl=1, commit_allowance=5_000)
    async with pipeline.working():
        await pipeline.send(CAPTION, A_CAPTION)
        await pipeline.drained()
        await pipeline.send(THUMBNAIL, A_THUMBNAIL)
        await pipeline.drained()
    assert await pipeline.product(KEY) is None
    assert [each.half.kind for each in await pipeline.staged()] == [THUMBNAIL]
    assert orphans(pipeline, "thumbnail") == 1


def orphans(pipeline: Pipeline, missing: str) -> float:
    sample = pipeline.metrics.registry.get_sample_value
    return sample("assembly_orphans_total", {"missing": missing}) or 0


async def test_clean_up_names_an_orphan_once_on_all_instances_and_it_may_still_pair(
    pipeline: Pipeline,
) -> None:
    await pipeline.send(THUMBNAIL, A_THUMBNAIL)
    async with pipeline.working(instances=2) as worker:
        await pipeline.send(CAPTION, A_CAPTION | {"video_id": "other"})
        await pipeline.drained()
        waiting = await pipeline.staged()
        pipeline.clock = lambda: max(each.expires_at for each in waiting) + 1
    async with pipeline.working() as worker:
        await worker.cleanup.sweep()
        await worker.cleanup.sweep()
        assert orphans(pipeline, "caption") == orphans(pipeline, "thumbnail") == 1
        assert len(await pipeline.staged()) == 2
        await pipeline.send(CAPTION, A_CAPTION)
        await pipeline.drained()
    assert await pipeline.product(KEY) is not None
    assert [each.half.key.video_id for each in await pipeline.staged()] == ["other"]


async def test_a_message_is_kept_until_its_announcement_went_out(pipeline: Pipeline) -> None:
    pipeline.announcer.refusals = 3
    await pipeline.send(CAPTION, A_CAPTION)
    await pipeline.send(THUMBNAIL, A_THUMBNAIL)
    async with pipeline.working():
        await pipeline.drained()
    assert pipeline.announcer.refusals == 0
    assert len(pipeline.announcer.announced) == 1
    await assert_settled(pipeline)


async def test_a_redelivered_half_announces_its_product_again_stamped_anew(
    pipeline: Pipeline,
) -> None:
    async with pipeline.working():
        await pipeline.send(CAPTION, A_CAPTION)
        await pipeline.send(THUMBNAIL, A_THUMBNAIL)
        await pipeline.drained()
    await pipeline.send(CAPTION, A_CAPTION)
    queue = await pipeline.queue(CAPTION)
    lost = await queue.receive()
    await queue.change_visibility([(message, 0) for message in lost])
    first = pipeline.announcer.announced[-1].product
    pipeline.clock = lambda: 4_000_000_000_000
    async with pipeline.working():
        await pipeline.drained()
    again = pipeline.announcer.announced[-1]
    assert again.product.updated_at > first.updated_at
    assert again.event_type is EventType.NEW_PRODUCT
    assert await pipeline.product(KEY) == again.product


async def test_the_correlation_id_is_passed_on_with_the_announcement(pipeline: Pipeline) -> None:
    async with pipeline.working():
        await pipeline.send(CAPTION, A_CAPTION)
        await pipeline.drained()
        await pipeline.send(THUMBNAIL, A_THUMBNAIL, correlationId="trace 7")
        await pipeline.drained()
    assert [each.correlation_id for each in pipeline.announcer.announced] == ["trace 7"]


async def test_a_staged_half_too_large_for_its_product_is_set_aside_and_the_other_goes_on(
    pipeline: Pipeline,
) -> None:
    pipeline.rules = AssemblyRules(
        staging_ttl=86_400_000, commit_allowance=5_000, most_item_bytes=3_000
    )
    thumbnail = A_THUMBNAIL | {"thumbnails": A_THUMBNAIL["thumbnails"][:3]}
    caption = A_CAPTION | {"raw_caption": "x" * 1_500}
    async with pipeline.working():
        await pipeline.send(THUMBNAIL, thumbnail)
        await pipeline.drained()
        await pipeline.send(CAPTION, caption)
        await pipeline.drained()
    assert [each.half.kind for each in await pipeline.staged()] == [CAPTION]
    [dead] = await pipeline.dead_letters(THUMBNAIL)
    assert dead["MessageAttributes"]["reason"]["StringValue"] == "too_large"
    pipeline.rules = AssemblyRules(staging_ttl=86_400_000, commit_allowance=5_000)
    async with pipeline.working():
        await pipeline.send(THUMBNAIL, dead["Body"])
        await pipeline.drained()
    product = await pipeline.product(KEY)
    assert product is not None
    assert_equal_by_value(product, caption, thumbnail)


async def test_an_arrived_half_too_large_is_set_aside_and_an_older_one_speaks_instead(
    pipeline: Pipeline,
) -> None:
    pipeline.rules = AssemblyRules(
        staging_ttl=86_400_000, commit_allowance=5_000, most_item_bytes=5_000
    )
    await pipeline.send(CAPTION, A_CAPTION)
    await pipeline.send(CAPTION, later(A_CAPTION, raw_caption="x" * 5_000))
    await pipeline.send(THUMBNAIL, A_THUMBNAIL)
    async with pipeline.working():
        await pipeline.drained()
    product = await pipeline.product(KEY)
    assert product is not None
    assert_equal_by_value(product, A_CAPTION, A_THUMBNAIL)
    assert len(await pipeline.dead_letters(CAPTION)) == 1


async def test_messages_of_a_poll_under_way_at_the_stop_are_visible_again_at_once(
    pipeline: Pipeline,
) -> None:
    pipeline.settings = pipeline.settings.model_copy(
        update={"sqs_wait_seconds": 4, "drain_deadline_seconds": 20}
    )
    stop, polls = asyncio.Event(), asyncio.Semaphore(0)
    before_call(pipeline.clients.sqs_receive, "receive_message", polls.release)
    worker = await pipeline.worker(stop)
    running = asyncio.create_task(worker.run())
    for _ in range(8):  # each of four pollers asks once without waiting, and then waits
        await polls.acquire()
    stop.set()
    await pipeline.send(CAPTION, A_CAPTION)
    await running
    queue = await pipeline.queue(CAPTION)
    assert [message.receive_count for message in await queue.receive()] == [2]
    assert await pipeline.staged() == []


async def resend_after(pipeline: Pipeline, seconds: float, kind: HalfKind, *events: Any) -> None:
    """Send events some time after one another: SQS stamps the sent time itself."""
    for number, event in enumerate(events):
        if number:
            await asyncio.sleep(seconds)
        await pipeline.send(kind, event)


async def test_a_half_sent_again_in_the_same_batch_waits_as_long_as_the_later_one(
    pipeline: Pipeline,
) -> None:
    pipeline.rules = AssemblyRules(staging_ttl=60_000, commit_allowance=5_000)
    await resend_after(pipeline, 0.1, CAPTION, A_CAPTION, A_CAPTION)
    queue = await pipeline.queue(CAPTION)
    messages = await queue.receive()
    first, last = sorted(message.sent_at for message in messages)
    await queue.change_visibility([(message, 0) for message in messages])
    async with pipeline.working():
        await pipeline.drained()
    [waiting] = await pipeline.staged()
    assert waiting.expires_at == last + 60_000 > first + 60_000


async def test_a_half_sent_in_time_pairs_though_a_newer_one_in_its_batch_came_too_late(
    pipeline: Pipeline,
) -> None:
    pipeline.rules = AssemblyRules(staging_ttl=2_000, commit_allowance=5_000)
    newer = later(A_THUMBNAIL)
    await pipeline.send(CAPTION, A_CAPTION)
    await resend_after(pipeline, 2.2, THUMBNAIL, A_THUMBNAIL, newer)
    queue = await pipeline.queue(THUMBNAIL)
    held = await queue.receive()
    async with pipeline.working():

        async def staged_alone() -> bool:
            return len(await pipeline.staged()) == 1

        await eventually(staged_alone)
    await queue.change_visibility([(message, 0) for message in held])
    async with pipeline.working():
        await pipeline.drained()
    product = await pipeline.product(KEY)
    assert product is not None
    assert_equal_by_value(product, A_CAPTION, newer)
    assert orphans(pipeline, "thumbnail") == 0


async def test_clean_up_survives_a_staging_record_of_another_shape(pipeline: Pipeline) -> None:
    await pipeline.clients.dynamodb.put_item(
        TableName=pipeline.settings.dynamodb_staging_table,
        Item={"video_id": {"S": "1"}, "seller_handle": {"S": "s"}, "mood": {"S": "odd"}},
    )
    await pipeline.send(CAPTION, A_CAPTION)
    async with pipeline.working() as worker:
        await pipeline.drained()
        await worker.cleanup.sweep()
    assert [each.half.key for each in await pipeline.staged()] == [KEY]
