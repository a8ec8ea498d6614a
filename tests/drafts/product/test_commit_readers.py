"""Case 35: readers during a commit."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.drafts.product.commits import (
    LEASE_MILLISECONDS,
    HeldAfterwards,
    reading,
    recorded,
)
from tests.drafts.product.support import (
    Instance,
)
from tests.harness.drafts import (
    Held,
    answer_lost,
    timed_out,
)

WRITES = "transact_write_items"
Scene = Callable[[Instance, Instance, str, str], Awaitable[object]]


async def two_commits_at_once(one: Instance, other: Instance, session_id: str, _: str) -> None:
    await asyncio.gather(one.admin.commit(session_id), other.admin.commit(session_id))


async def two_drafts_with_one_code(
    one: Instance, other: Instance, session_id: str, same_code: str
) -> None:
    await asyncio.gather(one.admin.commit(session_id), other.admin.commit(same_code))


async def a_database_that_fails_twice(
    one: Instance, other: Instance, session_id: str, _: str
) -> None:
    one.writes.orders[WRITES].extend([timed_out, timed_out])
    await one.admin.commit(session_id)


async def answers_that_are_lost(one: Instance, other: Instance, session_id: str, _: str) -> None:
    recorded(one, forgetful=True)
    one.writes.orders[WRITES].extend([answer_lost, answer_lost])
    await one.admin.commit(session_id)


async def a_process_that_dies(one: Instance, other: Instance, session_id: str, _: str) -> None:
    await _die(one, other, session_id, Held())


async def a_process_that_dies_after_the_write(
    one: Instance, other: Instance, session_id: str, _: str
) -> None:
    await _die(one, other, session_id, HeldAfterwards())


async def _die(one: Instance, other: Instance, session_id: str, dead: Held) -> None:
    one.writes.orders[WRITES].append(dead)
    first = asyncio.create_task(one.admin.commit(session_id))
    await dead.reached.wait()
    one.clock.now += LEASE_MILLISECONDS
    await other.admin.commit(session_id)
    dead.let_go.set()
    await first


@pytest.mark.parametrize(
    "scene",
    [
        two_commits_at_once,
        two_drafts_with_one_code,
        a_database_that_fails_twice,
        answers_that_are_lost,
        a_process_that_dies,
        a_process_that_dies_after_the_write,
    ],
)
async def test_case_35_no_reader_ever_sees_a_product_without_its_target(
    instance: Instance, second: Instance, scene: Scene
) -> None:
    drafts = [await instance.admin.draft_with_product() for _ in range(2)]
    async with reading(second, *drafts) as reader:
        await reader.looked_again()
        await scene(instance, second, drafts[0], drafts[1])
        await reader.looked_again()
    assert len(reader.seen) == 1
