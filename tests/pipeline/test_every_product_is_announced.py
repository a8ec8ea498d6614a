"""Every product is announced as it stands, before its messages are acknowledged."""

from assembly_service.domain.product import EventType
from tests.pipeline.support import (
    A_CAPTION,
    A_THUMBNAIL,
    CAPTION,
    KEY,
    THUMBNAIL,
    assert_settled,
    send_and_drain,
    send_pair,
)
from tests.support.in_hand import received
from tests.support.pipeline import Pipeline


async def test_a_message_is_kept_until_its_announcement_went_out(pipeline: Pipeline) -> None:
    pipeline.announcer.refusals = 3
    await send_pair(pipeline)
    async with pipeline.working():
        await pipeline.drained()
    assert pipeline.announcer.refusals == 0
    assert len(pipeline.announcer.announced) == 1
    await assert_settled(pipeline)


async def test_a_redelivered_half_announces_its_product_again_stamped_anew(
    pipeline: Pipeline,
) -> None:
    await send_pair(pipeline)
    async with pipeline.working():
        await pipeline.drained()
    await pipeline.send(CAPTION, A_CAPTION)
    lost = await received(pipeline, caption=1)
    await (await pipeline.queue(CAPTION)).change_visibility([(message, 0) for message in lost])
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
        await send_and_drain(pipeline, CAPTION, A_CAPTION)
        await send_and_drain(pipeline, THUMBNAIL, A_THUMBNAIL, correlationId="trace 7")
    assert [each.correlation_id for each in pipeline.announcer.announced] == ["trace 7"]
