"""Commits whose calls hang or whose draft is deleted or taken over, and what is published."""

import asyncio

import pytest

from assembly_service.drafts.engine import commit as commits
from assembly_service.drafts.engine.rows import draft_key
from tests.drafts.product.commits import LEASE_MILLISECONDS, ONE_OF_EACH
from tests.drafts.product.support import (
    Caller,
    Instance,
)
from tests.harness.drafts import (
    Held,
    answer_lost,
    straight,
    timed_out,
)

WRITES = "transact_write_items"
LIFETIME_MILLISECONDS = 7_200_000
LIMIT_SECONDS = 30
"""Far longer than anything here takes, so that what has no limit fails."""


def hardly_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave hardly any time for recording a lease or a failure."""
    monkeypatch.setattr(commits, "ATTEMPT_SECONDS", 0.01)


async def test_a_success_is_answered_although_its_replay_cannot_be_limited(
    instance: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    # The first counts up the readable number.
    instance.reads.orders["update_item"].extend([straight, timed_out])
    made = await admin.commit(session_id)
    assert (made.status, made.body["success"]) == (200, True)
    instance.clock.now += 60_000
    again = await admin.commit(session_id)  # sets the end
    assert (again.body["replayed"], again.body["productGuid"]) == (True, made.body["productGuid"])
    instance.clock.now += 5_000
    assert (await admin.commit(session_id)).status == 404
    assert await instance.count_records() == ONE_OF_EACH


async def test_a_lease_is_held_although_its_answer_was_lost(
    instance: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    instance.reads.orders[WRITES].append(answer_lost)
    assert (await admin.commit(session_id)).body["success"] is True
    assert await instance.count_records() == ONE_OF_EACH


@pytest.mark.parametrize("operation", ["update_item", WRITES])
async def test_a_lease_that_cannot_be_taken_in_time_is_an_outage_and_blocks_no_other_call(
    instance: Instance, admin: Caller, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    session_id = await admin.draft_with_product()
    instance.reads.orders[operation].append(Held())
    with monkeypatch.context() as patched:
        hardly_any_time(patched)
        async with asyncio.timeout(LIMIT_SECONDS):
            assert (await admin.commit(session_id)).status == 503
    # On a slow machine the time may be over before the call that should hang.
    instance.reads.orders.clear()
    assert (await admin.commit(session_id)).body["success"] is True
    assert await instance.count_records() == ONE_OF_EACH


async def test_a_success_is_answered_although_limiting_its_replay_hangs(
    instance: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    hangs = Held()
    # The first counts up the readable number.
    instance.reads.orders["update_item"].extend([straight, hangs])
    async with asyncio.timeout(LIMIT_SECONDS):
        assert (await admin.commit(session_id)).body["success"] is True
    assert hangs.reached.is_set()
    hangs.let_go.set()


async def test_a_failure_that_cannot_be_recorded_in_time_is_not_answered(
    instance: Instance, admin: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = await admin.draft_with_product()
    instance.pauses.hold = True
    instance.writes.orders[WRITES].extend([timed_out] * 3)
    instance.reads.orders[WRITES].extend([straight, Held(), Held()])
    commit = asyncio.create_task(admin.commit(session_id))
    await instance.pauses.reached.wait()
    hardly_any_time(monkeypatch)
    instance.pauses.let_go.set()
    async with asyncio.timeout(LIMIT_SECONDS):
        assert (await commit).status == 503
    monkeypatch.undo()
    assert (await admin.progress(session_id)).body["state"] == "committing"
    instance.clock.now += LEASE_MILLISECONDS
    assert (await admin.commit(session_id)).body["success"] is True


async def test_a_commit_that_gives_up_on_a_deleted_draft_says_so(
    instance: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    instance.pauses.hold = True
    instance.writes.orders[WRITES].extend([timed_out] * 3)
    commit = asyncio.create_task(admin.commit(session_id))
    await instance.pauses.reached.wait()
    await instance.reads.delete_item(
        TableName=instance.settings.dynamodb_drafts_table, Key=draft_key(session_id)
    )
    instance.pauses.let_go.set()
    assert (await commit).status == 404
    assert set((await instance.count_records()).values()) == {0}


async def test_a_take_over_holds_the_draft_for_a_full_lease(
    instance: Instance, second: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    dead, slow = Held(), Held()
    instance.writes.orders[WRITES].append(dead)
    second.writes.orders[WRITES].append(slow)
    first = asyncio.create_task(admin.commit(session_id))
    await dead.reached.wait()
    instance.clock.now += LEASE_MILLISECONDS
    takes_over = asyncio.create_task(second.admin.commit(session_id))
    await slow.reached.wait()
    instance.clock.now += LEASE_MILLISECONDS - 1
    assert (await admin.commit(session_id)).status == 409
    slow.let_go.set()
    assert (await takes_over).body["success"] is True
    dead.let_go.set()
    assert (await first).body["success"] is True
    assert await instance.count_records() == ONE_OF_EACH


async def test_a_change_that_is_overtaken_until_the_draft_expires_finds_none(
    instance: Instance, second: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    late = Held()
    instance.reads.orders[WRITES].append(late)
    change = asyncio.create_task(admin.add_product(session_id))
    await late.reached.wait()
    assert (await second.admin.commit(session_id)).body["success"] is True
    instance.clock.now += 5_000
    late.let_go.set()
    assert (await change).status == 404


async def test_the_relay_publishes_every_step_at_once(instance: Instance, admin: Caller) -> None:
    published: list[str] = []

    async def hear(session_id: str) -> None:
        """Everything is published without a sweep."""
        published.extend(await instance.event_names(session_id))
        assert await instance.engine.relay.publish_all(sweep=False)
        assert await instance.event_names(session_id) == []

    session_id = await admin.create()
    await hear(session_id)
    await admin.add_product(session_id)
    await hear(session_id)

    instance.pauses.hold = True
    instance.writes.orders[WRITES].extend([timed_out] * 3)
    instance.reads.orders[WRITES].extend([straight, answer_lost])
    fails = asyncio.create_task(admin.commit(session_id))
    await instance.pauses.reached.wait()
    await hear(session_id)
    instance.pauses.let_go.set()
    assert (await fails).body["success"] is False
    await hear(session_id)

    held = Held()
    instance.writes.orders[WRITES].append(held)
    succeeds = asyncio.create_task(admin.commit(session_id))
    await held.reached.wait()
    await hear(session_id)
    held.let_go.set()
    assert (await succeeds).body["success"] is True
    await hear(session_id)

    left = await admin.create()
    await hear(left)
    instance.clock.now += LIFETIME_MILLISECONDS
    await admin.progress(left)
    await hear(left)
    commits_told = ["commit.started", "commit.failed", "commit.started", "commit.success"]
    steps = ["session.created", "product.added", *commits_told]
    assert published == [*steps, "session.created", "session.expired"]
