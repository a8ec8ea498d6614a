"""Case 28: a process that dies at any step of a commit, and one that wakes up too late."""

import asyncio
from collections.abc import Callable

import pytest

from tests.drafts.conftest import Start
from tests.drafts.product.commits import (
    LEASE_MILLISECONDS,
    ONE_OF_EACH,
    HeldAfterwards,
    lease_of,
    recorded,
)
from tests.drafts.product.support import (
    Caller,
    Instance,
)
from tests.harness.drafts import (
    Held,
    Trouble,
    TroubledClient,
    straight,
    timed_out,
)
from tests.harness.web import ManualClock

pytestmark = pytest.mark.conditions

WRITES, UPDATES = "transact_write_items", "update_item"
COMMITTING = {"statusCode": 409, "message": "Cannot commit session in state committing"}


async def test_case_28_the_draft_of_a_dead_process_is_committed_once_its_lease_has_expired(
    instance: Instance, second: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    dead = Held()
    instance.writes.orders[WRITES].append(dead)
    first = asyncio.create_task(admin.commit(session_id))
    await dead.reached.wait()
    fixed = (await lease_of(instance, session_id)).record

    instance.clock.now += LEASE_MILLISECONDS - 1
    refused = await second.admin.commit(session_id)
    assert (refused.status, refused.body) == (409, COMMITTING)
    instance.clock.now += 1
    assert (await second.admin.progress(session_id)).body["state"] == "committing"
    assert (await second.admin.add_product(session_id)).status == 409
    answer = await second.admin.commit(session_id)
    assert (answer.status, answer.body["success"]) == (200, True)
    made = answer.body["productGuid"], answer.body["targetGuid"]
    assert made == (fixed["product_guid"], fixed["target_guid"])
    assert await second.count_records() == ONE_OF_EACH

    dead.let_go.set()
    assert (await first).body["productGuid"] == made[0]


@pytest.mark.parametrize("forgetful", [False, True], ids=["remembers", "forgets"])
async def test_case_28_a_late_write_after_the_take_over_changes_nothing(
    instance: Instance, second: Instance, admin: Caller, forgetful: bool
) -> None:
    session_id = await admin.draft_with_product()
    recorded(instance, forgetful=forgetful)
    late = Held()
    instance.writes.orders[WRITES].append(late)
    first = asyncio.create_task(admin.commit(session_id))
    await late.reached.wait()
    instance.clock.now += LEASE_MILLISECONDS
    taken = await second.admin.commit(session_id)
    records, events = await second.records(), await second.events(session_id)
    draft = await second.engine.store.read(session_id)

    late.let_go.set()
    answer = await first
    assert answer.body == {**taken.body, "operationId": answer.body["operationId"]}
    assert await second.records() == records
    assert await second.events(session_id) == events
    assert await second.engine.store.read(session_id) == draft


async def test_case_28_a_take_over_sends_the_same_bytes(
    instance: Instance, second: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product(generalPrice=19.99, shipping=4, taxes=13.0)
    await admin.configure_target(session_id, osot_province=[2, 1])
    attempts = [recorded(instance), recorded(second)]
    late = Held()
    instance.writes.orders[WRITES].append(late)
    first = asyncio.create_task(admin.commit(session_id))
    await late.reached.wait()
    instance.clock.now += LEASE_MILLISECONDS
    assert (await second.admin.commit(session_id)).body["success"] is True
    late.let_go.set()
    assert (await first).body["success"] is True
    assert attempts[0].sent == attempts[1].sent
    assert len(attempts[0].sent) == 1


def before_the_lease(instance: Instance) -> Held:
    return ordered(instance.reads, WRITES, Held())


def after_the_lease(instance: Instance) -> Held:
    return ordered(instance.reads, WRITES, HeldAfterwards())


def before_the_write(instance: Instance) -> Held:
    return ordered(instance.writes, WRITES, Held())


def after_the_write(instance: Instance) -> Held:
    return ordered(instance.writes, WRITES, HeldAfterwards())


def before_the_end_of_the_replay(instance: Instance) -> Held:
    return ordered(instance.reads, UPDATES, straight, Held())


def after_the_end_of_the_replay(instance: Instance) -> Held:
    return ordered(instance.reads, UPDATES, straight, HeldAfterwards())


def before_the_second_attempt(instance: Instance) -> Held:
    return ordered(instance.writes, WRITES, timed_out, Held())


def before_the_failure_is_recorded(instance: Instance) -> Held:
    instance.writes.orders[WRITES].extend([timed_out] * 3)
    return ordered(instance.reads, WRITES, straight, Held())


def after_the_failure_is_recorded(instance: Instance) -> Held:
    instance.writes.orders[WRITES].extend([timed_out] * 3)
    return ordered(instance.reads, WRITES, straight, HeldAfterwards())


def ordered(client: TroubledClient, operation: str, *troubles: Trouble) -> Held:
    """Order failures; at the last one the process dies."""
    client.orders[operation].extend(troubles)
    dies = troubles[-1]
    assert isinstance(dies, Held)
    return dies


@pytest.mark.parametrize(
    "dies",
    [
        before_the_lease,
        after_the_lease,
        before_the_write,
        after_the_write,
        before_the_end_of_the_replay,
        after_the_end_of_the_replay,
        before_the_second_attempt,
        before_the_failure_is_recorded,
        after_the_failure_is_recorded,
    ],
)
async def test_case_28_wherever_a_process_dies_there_is_one_product_one_target_and_one_success(
    instance: Instance, second: Instance, admin: Caller, dies: Callable[[Instance], Held]
) -> None:
    session_id = await admin.draft_with_product()
    dead = dies(instance)
    first = asyncio.create_task(admin.commit(session_id))
    await dead.reached.wait()
    replayed_until_purged = dies is after_the_end_of_the_replay
    instance.clock.now += 4_999 if replayed_until_purged else LEASE_MILLISECONDS
    answer = await second.admin.commit(session_id)
    assert (answer.status, answer.body["success"]) == (200, True)
    records = await second.records()
    assert await second.count_records() == ONE_OF_EACH
    assert (await second.event_names(session_id)).count("commit.success") == 1

    dead.let_go.set()
    late = await first
    assert late.status in {200, 409}
    if late.body.get("success"):
        assert late.body["productGuid"] == answer.body["productGuid"]
    assert await second.records() == records
    assert (await second.event_names(session_id)).count("commit.success") == 1


async def test_a_success_is_not_published_before_the_take_over_of_a_clock_that_is_ahead(
    instance: Instance, start: Start, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    first_holds, taken_over = Held(), Held()
    instance.writes.orders[WRITES].append(first_holds)
    first = asyncio.create_task(admin.commit(session_id))
    await first_holds.reached.wait()
    assert await instance.engine.relay.publish_all(sweep=False)
    instance.clock.now += LEASE_MILLISECONDS - 10_000
    async with start(clock=ManualClock(instance.clock.now + 10_000)) as ahead:
        ahead.writes.orders[WRITES].append(taken_over)
        second = asyncio.create_task(ahead.admin.commit(session_id))
        await taken_over.reached.wait()
        first_holds.let_go.set()
        assert (await first).body["success"] is True
        assert await ahead.event_names(session_id) == ["commit.started", "commit.success"]
        assert await instance.engine.relay.publish_all(sweep=False)
        assert await ahead.event_names(session_id) == []
        taken_over.let_go.set()
        assert (await second).body["success"] is True


async def test_case_28_an_overtaken_commit_answers_what_was_committed_in_the_end(
    instance: Instance, second: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    late = Held()
    instance.writes.orders[WRITES].append(late)
    first = asyncio.create_task(admin.commit(session_id))
    await late.reached.wait()
    instance.clock.now += LEASE_MILLISECONDS
    second.writes.orders[WRITES].extend([timed_out] * 3)
    assert (await second.admin.commit(session_id)).body["success"] is False
    answer = await second.admin.commit(session_id)
    assert answer.body["success"] is True
    late.let_go.set()
    woken = (await first).body
    expected = {**answer.body, "operationId": woken["operationId"], "replayed": True}
    assert woken == expected
    assert await second.count_records() == ONE_OF_EACH


async def test_case_28_a_commit_overtaken_by_a_change_fails_and_leaves_the_change_alone(
    instance: Instance, second: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    late = Held()
    instance.writes.orders[WRITES].append(late)
    first = asyncio.create_task(admin.commit(session_id))
    await late.reached.wait()
    instance.clock.now += LEASE_MILLISECONDS
    second.writes.orders[WRITES].extend([timed_out] * 3)
    await second.admin.commit(session_id)
    await second.admin.add_product(session_id, productCode="CHANGED")
    late.let_go.set()
    assert (await first).body["errors"] == [
        "Failed to commit session after 1 attempts",
        "The session was changed meanwhile",
    ]
    progress = (await admin.progress(session_id)).body
    assert (progress["state"], progress["errors"]) == ("product-added", [])
    assert set((await second.count_records()).values()) == {0}


async def test_case_28_giving_up_after_a_take_over_does_not_fail_the_other_commit(
    instance: Instance, second: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    instance.writes.orders[WRITES].extend([timed_out] * 3)
    recording, writing = Held(), Held()
    instance.reads.orders[WRITES].extend([straight, recording])
    first = asyncio.create_task(admin.commit(session_id))
    await recording.reached.wait()
    instance.clock.now += LEASE_MILLISECONDS
    second.writes.orders[WRITES].append(writing)
    taken = asyncio.create_task(second.admin.commit(session_id))
    await writing.reached.wait()
    recording.let_go.set()
    late = await first
    assert (late.status, late.body) == (409, COMMITTING)
    writing.let_go.set()
    assert (await taken).body["success"] is True
    assert "commit.failed" not in await second.event_names(session_id)
