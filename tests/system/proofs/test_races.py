"""Races between handlers, stepped by hand: every order of calls ends as promised.

A scene is played on tables in memory in every possible order. On the real engine it is played with
each handler paused before each of its calls in turn, while the other one runs to its end.
"""

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs

from assembly_service.aws.clients import open_clients
from assembly_service.domain.product import ProductKey
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import Settings
from assembly_service.storage.catalogue import Catalogue, Position
from assembly_service.storage.conditional_writes import (
    ConditionalWrite,
    ConditionalWriter,
    Delete,
    Insert,
    Replace,
)
from assembly_service.storage.rows import key_item, product_to_item
from tests.harness.halves import KEY, NOW
from tests.harness.interleavings import explore
from tests.harness.model_aws import ModelTables
from tests.harness.pipeline import Pipeline
from tests.harness.quiet_loop import play
from tests.harness.scene_checks import check, check_messages, check_step, set_up
from tests.harness.scenes import PAIR, THREE, TROUBLE, Scene
from tests.harness.small_rows import stored_product
from tests.harness.stage import Stage
from tests.harness.stage_handlers import Resources

SELLER = KEY.seller_handle
VIDEOS = [f"v{number}" for number in range(5)]


@pytest.mark.parametrize("scene", [*PAIR, *TROUBLE, *THREE], ids=str)
def test_every_order_of_the_calls_ends_as_promised(
    scene: Scene, most_plays: int | None, tell: Callable[[str], None]
) -> None:
    async def fresh() -> Stage:
        return await set_up(scene, Stage(rules=scene.rules, metrics=Metrics()))

    async def check_all(stage: Stage) -> None:
        await check(scene, stage)
        await check_messages(scene, stage)

    with capture_logs():
        explored = play(
            explore(
                fresh,
                check_all,
                check_step,
                of_shared_steps=len(scene.actors) > 2,
                most_plays=most_plays,
            )
        )
    tell(f"{scene}: {explored}")
    assert explored.orders > 1


@pytest.mark.parametrize("scene", [scene for scene in PAIR if scene.quarantined is None], ids=str)
def test_on_the_real_engine_a_pause_before_any_call_ends_as_promised(
    scene: Scene, settings: Settings, pauses: Callable[[], Iterator[int]], every: int
) -> None:
    async def halted_everywhere() -> int:
        plays = 0
        async with engine_stages(settings) as new_stage:
            for halted in ("1", "2"):
                for calls in pauses():
                    if not await halt(scene, await new_stage(scene), halted, calls):
                        break
                    plays += 1
        return plays

    with capture_logs():
        assert play(halted_everywhere(), skips_waits=False) > 2 or every > 1


async def halt(scene: Scene, stage: Stage, halted: str, calls: int) -> bool:
    """Pause one handler after some calls; return whether it had more to do."""
    one = stage.handlers[halted]
    [other] = [each for each in stage.handlers.values() if each is not one]
    for _ in range(calls):
        if one.done:
            break
        await stage.release(one, one.waiting[0])
        await check_step(stage)
    going = not one.done
    await stage.finish(other)
    await check_step(stage)
    await stage.finish(one)
    await check(scene, stage)
    return going


@asynccontextmanager
async def engine_stages(
    settings: Settings,
) -> AsyncIterator[Callable[[Scene], Awaitable[Stage]]]:
    """Makes stages on the engine, each with empty tables and queues."""
    resources = Resources(
        products_table=settings.dynamodb_products_table,
        staging_table=settings.dynamodb_staging_table,
        urls=(
            settings.sqs_caption_analysis_queue_url,
            settings.sqs_thumbnail_generation_queue_url,
        ),
    )
    async with open_clients(settings, Metrics()) as clients:
        pipeline = Pipeline(settings=settings, clients=clients, metrics=Metrics())

        async def new_stage(scene: Scene) -> Stage:
            assert await pipeline.messages_left() == 0
            for table in (resources.products_table, resources.staging_table):
                await clients.dynamodb.delete_item(TableName=table, Key=key_item(KEY))
            stage = Stage(
                clients=clients, resources=resources, rules=scene.rules, metrics=Metrics()
            )
            return await set_up(scene, stage)

        yield new_stage
        assert await pipeline.messages_left() == 0


@pytest.mark.parametrize("seed", range(3))
def test_the_tables_in_memory_answer_like_the_engine(settings: Settings, seed: int) -> None:
    luck = random.Random(seed)
    table = settings.dynamodb_products_table

    async def both() -> None:
        async with open_clients(settings, Metrics()) as clients:
            for _ in range(40):
                writes, read = random_writes(luck, table), random_read(luck)
                answers = [
                    (await ConditionalWriter(client).write(writes), await read(client, table))
                    for client in (clients.dynamodb_writes, model)
                ]
                assert answers[0] == answers[1]

    model = ModelTables()
    with capture_logs():
        play(both(), skips_waits=False)


def random_writes(luck: random.Random, table: str) -> list[ConditionalWrite]:
    """One write for each of a few videos; about half of the conditions hold."""
    writes: list[ConditionalWrite] = []
    for video in luck.sample(VIDEOS, luck.randint(1, len(VIDEOS))):
        stamps = [NOW + luck.randrange(3) for _ in range(2)]
        row = product_to_item(stored_product(ProductKey(SELLER, video), stamps[0]))
        expected = {"S": format_milliseconds(stamps[1])}
        choices: list[ConditionalWrite] = [
            Insert(table, row),
            Replace(table, row, "updated_at", expected),
            Delete(table, key_item(ProductKey(SELLER, video)), "updated_at", expected),
        ]
        writes.append(luck.choice(choices))
    return writes


def random_read(luck: random.Random) -> Callable[[Any, str], Awaitable[Any]]:
    """Pages of both lists and a look, from and to random positions."""
    limit, after = luck.randint(1, 5), luck.choice([None, *VIDEOS])
    since = format_milliseconds(NOW + luck.randint(-1, 2))
    position = Position(format_milliseconds(NOW + luck.randint(0, 2)), luck.choice(VIDEOS))
    place = position if position.updated_at > since and luck.random() < 0.5 else None

    async def read(client: Any, table: str) -> Any:
        catalogue = Catalogue(dynamodb=client, table=table)
        changed = await catalogue.changed_since(SELLER, since=since, limit=limit, after=place)
        newest = await catalogue.newest(SELLER, limit=limit, after=after)
        one = await catalogue.product(ProductKey(SELLER, VIDEOS[0]))
        return changed, newest, one

    return read
