"""A second commit call attempts nothing: it waits for the first one's result."""

import asyncio
from typing import Any

import pytest

from tests.drafts.engine.support import cancelled
from tests.drafts.product.commits import LEASE_MILLISECONDS, ONE_OF_EACH
from tests.drafts.product.support import (
    Caller,
    Instance,
)
from tests.harness.drafts import (
    Held,
    Trouble,
    timed_out,
)

pytestmark = pytest.mark.conditions

WRITES = "transact_write_items"
COMMITTING = {"statusCode": 409, "message": "Cannot commit session in state committing"}


async def under_way(instance: Instance, session_id: str, *troubles: Trouble) -> Any:
    """A commit whose last attempt is held, and what holds it."""
    held = Held()
    instance.writes.orders[WRITES].extend([*troubles, held])
    commit = asyncio.create_task(instance.admin.commit(session_id))
    await held.reached.wait()
    return commit, held


async def waiting(instance: Instance, session_id: str) -> Any:
    """A commit that waits for another one."""
    instance.waits.hold = True
    commit = asyncio.create_task(instance.admin.commit(session_id))
    reached = asyncio.create_task(instance.waits.reached.wait())
    await asyncio.wait({commit, reached}, return_when=asyncio.FIRST_COMPLETED)
    assert not commit.done(), f"it does not wait: {commit.result()}"
    return commit


async def test_a_waiting_call_answers_the_success_of_the_first(
    instance: Instance, second: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    first, held = await under_way(instance, session_id)
    late = await waiting(second, session_id)
    held.let_go.set()
    made = (await first).body
    second.waits.let_go.set()
    answer = await late
    assert answer.status == 200
    assert answer.body == {**made, "operationId": answer.body["operationId"], "replayed": True}
    assert second.writes.called[WRITES] == 0
    assert await instance.count_records() == ONE_OF_EACH
    names = await instance.event_names(session_id)
    assert names[2:] == ["commit.started", "commit.success"]


async def test_a_waiting_call_answers_the_failure_of_the_first(
    instance: Instance, second: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    first, held = await under_way(instance, session_id, timed_out, timed_out)
    late = await waiting(second, session_id)
    instance.writes.orders[WRITES].clear()
    first.add_done_callback(lambda _: second.waits.let_go.set())
    held.fails = TimeoutError()
    held.let_go.set()
    failed = (await first).body
    assert failed["success"] is False
    answer = await late
    assert answer.status == 200
    assert answer.body == {**failed, "operationId": answer.body["operationId"], "replayed": True}
    assert second.writes.called[WRITES] == 0
    assert (await instance.event_names(session_id)).count("commit.failed") == 1


async def test_a_waiting_call_takes_over_when_the_lease_expires(
    instance: Instance, second: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    first, held = await under_way(instance, session_id)
    late = await waiting(second, session_id)
    instance.clock.now += LEASE_MILLISECONDS
    second.waits.let_go.set()
    answer = (await late).body
    assert (answer["success"], answer.get("replayed")) == (True, None)
    held.let_go.set()
    assert (await first).body["productGuid"] == answer["productGuid"]
    assert await instance.count_records() == ONE_OF_EACH


async def test_a_call_that_lost_the_lease_to_a_failing_one_does_not_retry(
    instance: Instance, second: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    held = Held()
    instance.reads.orders[WRITES].append(held)
    late = asyncio.create_task(admin.commit(session_id))
    await held.reached.wait()
    second.writes.orders[WRITES].extend([timed_out] * 3)
    failed = (await second.admin.commit(session_id)).body
    held.let_go.set()
    answer = (await late).body
    assert answer == {**failed, "operationId": answer["operationId"], "replayed": True}
    assert instance.writes.called[WRITES] == 0


async def test_a_waiting_call_is_refused_when_its_time_is_up(
    instance: Instance, second: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    first, held = await under_way(instance, session_id)
    refused = await second.admin.commit(session_id)
    assert (refused.status, refused.body) == (409, COMMITTING)
    assert sum(second.waits.seconds) == pytest.approx(0.3)  # as long as this instance may wait
    held.let_go.set()
    assert (await first).body["success"] is True


async def test_conflicting_transactions_lead_to_three_attempts_of_three_writes(
    instance: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()

    async def meets_another(_: object) -> Any:
        raise cancelled("TransactionConflict")

    instance.writes.orders[WRITES].extend([meets_another] * 9)
    answer = (await admin.commit(session_id)).body
    assert answer["errors"] == [
        "Failed to commit session after 3 attempts",
        "Another change was under way",
    ]
    assert instance.writes.called[WRITES] == 9
    assert instance.pauses.seconds == [1.0, 1.0]
    assert (await admin.commit(session_id)).body["success"] is True
