"""A process that dies, or loses an answer, at any AWS call of a creation: one record, one event."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from assembly_service.drafts.education.reference import CACHE_MILLISECONDS
from assembly_service.drafts.engine import numbers
from assembly_service.drafts.engine.attempts import LEASE_SECONDS
from tests.drafts.education.support import Caller, Instance
from tests.harness.drafts import (
    Answer,
    Held,
    Trouble,
    TroubledClient,
    answer_lost,
    straight,
    timed_out,
)

pytestmark = pytest.mark.conditions

CALLS = {
    "reads get_item": 3,
    "reads query": 2,
    "reads update_item": 2,
    "reads transact_write_items": 1,
    "writes transact_write_items": 1,
}
"""The AWS calls of an undisturbed creation, by client and operation."""
POINTS = [(name, number) for name, count in CALLS.items() for number in range(1, count + 1)]
MOST_CALLS = 4


@pytest.fixture(autouse=True)
def a_number_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every creation takes a number by a call of its own."""
    monkeypatch.setattr(numbers, "BLOCK", 1)


@dataclass
class HeldAfterwards(Held):
    """A call that takes effect but whose answer is held back."""

    async def __call__(self, carry_out: Callable[[], Awaitable[Any]]) -> Any:
        answer = await carry_out()
        self.reached.set()
        await self.let_go.wait()
        return answer


def client_of(instance: Instance, name: str) -> tuple[TroubledClient, str]:
    client, _, operation = name.partition(" ")
    return (instance.reads if client == "reads" else instance.writes), operation


def order(instance: Instance, point: tuple[str, int], trouble: Trouble) -> None:
    """Disturb one call, and none before it."""
    client, operation = client_of(instance, point[0])
    client.orders[operation].extend([*[straight] * (point[1] - 1), trouble])


async def ready(instance: Instance, caller: Caller) -> str:
    """The id of a linked session; the cache of the membership year has expired."""
    session_id = await caller.linked()
    instance.clock.now += CACHE_MILLISECONDS
    return session_id


async def lease_over(instance: Instance, session_id: str) -> None:
    """Move the clock past the lease of a dead call, if there is one."""
    session = await instance.engine.store.read(session_id)
    assert session is not None
    if session.is_held(instance.clock.now):
        instance.clock.now += LEASE_SECONDS * 1000


async def create_until_done(instance: Instance, caller: Caller, session_id: str) -> Answer:
    """The answer for a client that retries until it gets one."""
    for _ in range(MOST_CALLS):
        answer = await caller.create(session_id)
        if answer.status not in {409, 503}:
            return answer
        await lease_over(instance, session_id)
    raise AssertionError("the creation gets no answer")


async def assert_one_each(instance: Instance, sessions: list[str]) -> None:
    count = len(sessions)
    assert await instance.count_records() == {
        "records": count,
        "guards": 3 * count,
        "audits": count,
    }
    for session_id in sessions:
        assert (await instance.event_names(session_id)).count("education.created") == 1


async def test_a_creation_makes_these_calls_and_no_others(
    instance: Instance, owner: Caller
) -> None:
    session_id = await ready(instance, owner)
    before = {name: dict(client.called) for name, client in clients(instance)}
    assert (await owner.create(session_id)).status == 201
    made = {
        f"{name} {operation}": count - before[name].get(operation, 0)
        for name, client in clients(instance)
        for operation, count in client.called.items()
        if count > before[name].get(operation, 0)
    }
    assert made == CALLS


@pytest.mark.parametrize("dies", [Held, HeldAfterwards], ids=["before the call", "after it"])
async def test_wherever_a_process_dies_another_one_creates_the_only_record(
    instance: Instance, second: Instance, dies: type[Held]
) -> None:
    sessions = []
    for point, caller in zip(POINTS, await instance.newcomers(len(POINTS)), strict=True):
        session_id = await ready(instance, caller)
        dead = dies()
        order(instance, point, dead)
        first = asyncio.create_task(caller.create(session_id))
        await dead.reached.wait()
        await lease_over(instance, session_id)
        elsewhere = Caller(
            session=second.session, token=caller.token, account=caller.account, member=caller.member
        )
        answer = await create_until_done(second, elsewhere, session_id)
        assert answer.body["success"] is True, (point, answer)
        sessions.append(session_id)
        records = await instance.records()
        dead.let_go.set()
        late = await first
        # Late callers get the same record, never an error.
        assert late.status == (200 if "replayed" in late.body else 201), (point, late)
        assert late.body["educationRecord"] == answer.body["educationRecord"]
        # A number drawn late only leaves a gap.
        assert _without_counters(await instance.records()) == _without_counters(records)
    await assert_one_each(instance, sessions)


@pytest.mark.parametrize("trouble", [timed_out, answer_lost])
async def test_whichever_call_or_answer_is_lost_the_client_gets_the_only_record(
    instance: Instance, trouble: Trouble
) -> None:
    sessions = []
    for point, caller in zip(POINTS, await instance.newcomers(len(POINTS)), strict=True):
        session_id = await ready(instance, caller)
        order(instance, point, trouble)
        answer = await create_until_done(instance, caller, session_id)
        assert answer.body["success"] is True, (point, answer)
        sessions.append(session_id)
    await assert_one_each(instance, sessions)


def clients(instance: Instance) -> list[tuple[str, TroubledClient]]:
    return [("reads", instance.reads), ("writes", instance.writes)]


def _without_counters(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["pk"]["S"] != "COUNTERS"]
