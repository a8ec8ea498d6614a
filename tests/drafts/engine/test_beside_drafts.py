"""What systems write together with a draft, after its commit, or without one; and their jobs."""

import asyncio
from functools import partial

import pytest

from assembly_service.drafts.engine.draft import Draft
from assembly_service.drafts.engine.outbox import Outbox
from assembly_service.drafts.engine.store import DraftStore
from assembly_service.drafts.engine.transactions import Action, transact
from tests.drafts.engine.support import (
    END,
    NOW,
    RESULT,
    SYSTEM,
    a_draft,
    an_event,
    held_draft,
    next_of,
    stored_events,
)
from tests.drafts.product.support import Instance
from tests.harness.drafts import TroubledClient

_BESIDE = {"pk": {"S": "BESIDE"}, "sk": {"S": "draft-1"}}


def beside(table: str) -> list[Action]:
    return [Action(request={"Put": {"TableName": table, "Item": _BESIDE}})]


async def is_beside(client: TroubledClient, table: str) -> bool:
    answer = await client.get_item(TableName=table, Key=_BESIDE, ConsistentRead=True)
    return "Item" in answer


async def committed(store: DraftStore, client: TroubledClient) -> Draft:
    """A draft whose commit was written."""
    held = held_draft()
    await store.create(held, an_event("held"))
    actions = store.commit_actions(held, state="committed", result=RESULT, event=an_event("made"))
    await transact(client, actions, token="first")
    there = await store.read(held.id)
    assert there is not None
    return there


async def test_what_is_written_beside_a_draft_is_applied_with_it_or_not_at_all(
    store: DraftStore, client: TroubledClient, table: str
) -> None:
    draft = a_draft()
    await store.create(draft, an_event("made"))
    with pytest.raises(Exception, match="Cond"):
        await store.create(draft, an_event("again"), more=beside(table))
    stale = next_of(draft)
    assert not await store.replace(stale, next_of(stale), an_event(), now=NOW, more=beside(table))
    assert not await is_beside(client, table)
    assert await store.replace(draft, next_of(draft), an_event(), now=NOW, more=beside(table))
    assert await is_beside(client, table)


async def test_a_committed_draft_moves_to_another_state_once_with_an_event_after_all_others(
    store: DraftStore, outbox: Outbox, client: TroubledClient
) -> None:
    there = await committed(store, client)
    more = {**RESULT, "how": ["in one go"]}
    for is_first in (True, False):
        moved = await store.move_committed(
            there, state="done", result=more, event=an_event("done"), now=NOW
        )
        assert moved is is_first
    after = await store.read(there.id)
    assert after is not None
    assert (after.state, after.result) == ("done", more)
    assert [name for name, _ in await stored_events(outbox)] == ["held", "made", "done"]


async def test_a_draft_that_is_no_longer_visible_is_not_moved(
    store: DraftStore, client: TroubledClient
) -> None:
    there = await committed(store, client)
    await store.purge(there.id, token="first", at=NOW + 5)
    move = partial(store.move_committed, there, state="done", result=RESULT, event=an_event("done"))
    assert not await move(now=NOW + 5)
    assert await move(now=NOW + 4)


async def test_a_draft_that_is_not_committed_is_not_moved(store: DraftStore) -> None:
    draft = held_draft()
    await store.create(draft, an_event("held"))
    assert not await store.move_committed(
        draft, state="done", result=RESULT, event=an_event("done"), now=END
    )


async def test_an_event_can_be_written_without_a_draft(store: DraftStore, outbox: Outbox) -> None:
    await store.write_event("record-1", "1", an_event("moved"), system=SYSTEM)
    assert await stored_events(outbox) == [("moved", "1")]


async def test_a_job_runs_as_long_as_the_engine_does(instance: Instance) -> None:
    began, ended, stop = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def job() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    instance.engine.add_job("a-job", job)
    running = asyncio.create_task(instance.engine.run(stop))
    await began.wait()
    assert not ended.is_set()
    stop.set()
    await running
    assert ended.is_set()


async def test_a_job_that_dies_ends_the_engine_loudly(instance: Instance) -> None:
    async def job() -> None:
        raise RuntimeError("a mistake in the job")

    instance.engine.add_job("a-job", job)
    with pytest.raises(RuntimeError, match="a mistake in the job"):
        await instance.engine.run(asyncio.Event())
