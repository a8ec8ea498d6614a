"""Every product is announced before its messages are acknowledged."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from assembly_service.aws.errors import Failure
from assembly_service.domain.plan import UpdateProduct
from assembly_service.domain.product import Announcement, EventType, ProductKey
from assembly_service.domain.timestamps import format_milliseconds, to_milliseconds
from assembly_service.runtime.clock import wall_clock
from tests.harness.handling import Handling
from tests.harness.hooks import after_call
from tests.harness.one_batch import handle_together, received
from tests.harness.pipeline import Announcer, Pipeline
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

pytestmark = pytest.mark.conditions


class Watched(Announcer):
    """Counts the messages in the queues at every announcement."""

    def __init__(self, pipeline: Pipeline, *, refusals: int = 0) -> None:
        super().__init__(refusals=refusals)
        self.messages_left: list[int] = []
        self._pipeline = pipeline

    async def __call__(self, announcements: Sequence[Announcement]) -> Mapping[ProductKey, Failure]:
        self.messages_left.append(await self._pipeline.messages_left())
        return await super().__call__(announcements)


async def test_a_message_is_kept_until_it_is_announced(pipeline: Pipeline) -> None:
    pipeline.announcer = announcer = Watched(pipeline, refusals=3)
    await send_pair(pipeline)
    await handle_together(pipeline, caption=1, thumbnail=1)
    assert announcer.messages_left == [2, 2, 2, 2]
    assert len(announcer.announced) == 1
    await assert_settled(pipeline)


async def test_a_redelivered_half_announces_its_product_again_with_a_new_timestamp(
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


class LateClock:
    """A clock that is late by some milliseconds."""

    late = 0

    def __call__(self) -> int:
        return wall_clock() + self.late


async def test_a_product_whose_write_was_too_slow_for_pollers_gets_a_new_timestamp_first(
    pipeline: Pipeline,
) -> None:
    pipeline.clock = clock = LateClock()

    def take_an_hour(_: object) -> None:
        clock.late = 3_600_000

    await send_pair(pipeline)
    after_call(pipeline.clients.dynamodb_writes, "batch_execute_statement", take_an_hour)
    await handle_together(pipeline, caption=1, thumbnail=1)
    [shown] = pipeline.announcer.announced
    assert to_milliseconds(shown.product.updated_at) > wall_clock() + 3_000_000
    assert await pipeline.product(KEY) == shown.product
    await assert_settled(pipeline)


async def test_a_refusing_topic_causes_no_second_push_and_no_new_timestamp(
    pipeline: Pipeline,
) -> None:
    asked: list[tuple[str, bool]] = []
    refuses, clock = 4, LateClock()
    pipeline.clock = clock

    async def topic(announcements: Sequence[Announcement]) -> Mapping[ProductKey, Failure]:
        asked.extend((each.product.updated_at, each.pushed) for each in announcements)
        # Long after the allowance for announcing a row.
        clock.late = 3_600_000
        refused = len(asked) <= refuses
        return {each.product.key: Failure.CALL for each in announcements if refused}

    pipeline.announcer = topic  # type: ignore[assignment]
    await send_pair(pipeline)
    await handle_together(pipeline, caption=1, thumbnail=1)
    product = await pipeline.product(KEY)
    assert product is not None
    assert asked == [(product.updated_at, False), *[(product.updated_at, True)] * refuses]
    await assert_settled(pipeline)


async def test_a_version_that_arrives_while_the_topic_refuses_goes_to_sockets_and_topic(
    pipeline: Pipeline,
) -> None:
    asked: list[tuple[str, bool]] = []

    async def topic(announcements: Sequence[Announcement]) -> Mapping[ProductKey, Failure]:
        asked.extend((each.product.updated_at, each.pushed) for each in announcements)
        if len(asked) > 1:
            return {}
        [product] = (await pipeline.products()).values()
        newer = replace(product, updated_at=format_milliseconds(wall_clock() + 1_000))
        await pipeline.tables.write([UpdateProduct(newer, product.updated_at)])
        return {product.key: Failure.CALL}

    pipeline.announcer = topic  # type: ignore[assignment]
    await send_pair(pipeline)
    await handle_together(pipeline, caption=1, thumbnail=1)
    product = await pipeline.product(KEY)
    assert product is not None
    assert [pushed for _, pushed in asked] == [False, False]
    assert asked[-1] == (product.updated_at, False)


@pytest.mark.parametrize("redelivered", [0, 1, 2, 3, None], ids=str)
async def test_one_redelivered_message_of_a_key_is_enough_to_announce_again(
    pipeline: Pipeline, redelivered: int | None
) -> None:
    await send_pair(pipeline)
    await handle_together(pipeline, caption=1, thumbnail=1)
    for event in (A_CAPTION, A_CAPTION):
        await pipeline.send(CAPTION, event)
    for event in (A_THUMBNAIL, A_THUMBNAIL):
        await pipeline.send(THUMBNAIL, event)
    messages = [
        replace(message, receive_count=2 if number == redelivered else 1)
        for number, message in enumerate(await received(pipeline, caption=2, thumbnail=2))
    ]
    handling = Handling(await pipeline.collaborators(asyncio.Event()), messages)
    await handling.handle(messages)
    assert len(pipeline.announcer.announced) == (1 if redelivered is None else 2)
    await assert_settled(pipeline)
