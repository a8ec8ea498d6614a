"""Races between draft calls, stepped by hand: every order ends as promised."""

import asyncio
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from assembly_service.aws.clients import open_clients
from assembly_service.drafts.engine.commit import Committed
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import Settings
from tests.drafts.product.support import (
    draft_settings,
)
from tests.harness.draft_checks import whole_products
from tests.harness.draft_ids import same_in_every_play
from tests.harness.draft_model import DraftTables
from tests.harness.draft_orchestrator import Orchestrator
from tests.harness.draft_random_calls import Both, RandomCalls
from tests.harness.draft_scenes import SCENES, DraftScene, check, check_step, set_up
from tests.harness.draft_stage import DraftStage, commit_by_ada
from tests.harness.drafts import (
    ORGANIZATION,
    YEAR_2100,
)
from tests.harness.engine import Account
from tests.harness.interleavings import explore
from tests.harness.quiet_loop import play
from tests.harness.stage import Stage

Tell = Callable[[str], None]


@pytest.mark.parametrize("remembers_tokens", [True, False], ids=["in time", "ten minutes later"])
@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_every_order_of_the_calls_makes_one_product_with_its_target(
    scene: DraftScene, remembers_tokens: bool, most_plays: int | None, tell: Tell
) -> None:
    with same_in_every_play() as made, capture_logs():

        async def fresh() -> Stage:
            made.clear()
            return await set_up(scene, DraftStage(DraftTables(remembers_tokens=remembers_tokens)))

        async def check_all(stage: Stage) -> None:
            await check(scene, stage)

        explored = play(explore(fresh, check_all, check_step, most_plays=most_plays))
    tell(f"{scene}: {explored}")
    assert explored.orders > 1


@pytest.mark.parametrize("scene", [each for each in SCENES if not each.has_late_writes], ids=str)
def test_on_the_real_engine_a_pause_before_any_call_ends_as_promised(
    scene: DraftScene,
    settings: Settings,
    aws: Account,
    pauses: Callable[[], Iterator[int]],
    every: int,
) -> None:
    async def halted_everywhere() -> int:
        plays = 0
        async with open_clients(settings, Metrics()) as clients:
            for halted in ("1", "2"):
                for calls in pauses():
                    if not await halt(scene, clients.dynamodb, aws, halted, calls):
                        break
                    plays += 1
        return plays

    with capture_logs():
        assert play(halted_everywhere(), skips_waits=False) > 2 or every > 1


async def halt(scene: DraftScene, client: Any, account: Account, halted: str, calls: int) -> bool:
    """Pause one actor after some calls; return whether it had more to do."""
    tables = draft_settings(account.environment)
    names = tables.dynamodb_drafts_table, tables.dynamodb_records_table
    stage = DraftStage(client, drafts_table=names[0], records_table=names[1])
    stage.now = YEAR_2100
    for name in names:
        for row in await stage.rows(name):
            await client.delete_item(TableName=name, Key={"pk": row["pk"], "sk": row["sk"]})
    await set_up(scene, stage)
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


@pytest.mark.parametrize("seed", range(3))
async def test_the_tables_in_memory_answer_like_the_engine(
    settings: Settings, aws: Account, seed: int
) -> None:
    tables = draft_settings(aws.environment)
    async with open_clients(settings, Metrics()) as clients:
        both = Both(clients.dynamodb, DraftTables(remembers_tokens=True))
        orchestrator = Orchestrator(
            reads=both,
            writes=both,
            clock=lambda: YEAR_2100,
            drafts_table=tables.dynamodb_drafts_table,
            records_table=tables.dynamodb_records_table,
        )
        await RandomCalls(orchestrator, random.Random(seed)).make(120)
    assert both.refused > 10
    assert both.agreed > 250


async def test_simultaneous_commits_make_one_product_while_readers_watch(
    settings: Settings, aws: Account
) -> None:
    tables = draft_settings(aws.environment)
    async with open_clients(settings, Metrics()) as clients:
        stage = DraftStage(
            clients.dynamodb,
            drafts_table=tables.dynamodb_drafts_table,
            records_table=tables.dynamodb_records_table,
        )
        stage.now = YEAR_2100
        reading = asyncio.create_task(read_until_cancelled(stage))
        for number in range(12):
            code = f"CODE-{number}"
            await stage.prepare(code)
            await stage.prepare(code)
            first, second = stage.drafts[-2:]
            outcomes = await asyncio.gather(
                *(
                    commit_by_ada(stage.outside.commit, draft, "commit")
                    for draft in (first, first, second, second)
                )
            )
            made = [each.result["productGuid"] for each in outcomes if isinstance(each, Committed)]
            fresh = [each for each in outcomes if isinstance(each, Committed) and not each.replayed]
            assert (len(set(made)), len(fresh)) == (1, 1)
        await check_step(stage)
        assert not reading.done()
        reading.cancel()


async def read_until_cancelled(stage: DraftStage) -> None:
    """Keep reading the catalogue. Raises AssertionError on half a product."""
    catalogue = stage.outside.catalogue
    while True:
        listing = await catalogue.newest(ORGANIZATION, limit=50, after=None, fits={})
        for product in listing.products[:2]:
            assert await catalogue.product(ORGANIZATION, product.guid) is not None
        whole_products(await stage.rows(stage.outside.records_table))
