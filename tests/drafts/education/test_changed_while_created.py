"""A create call checks exactly the data that it writes, even if that changes meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from assembly_service.drafts.education import creation
from assembly_service.drafts.education.category import Category
from tests.drafts.education.statuses import WRITES
from tests.drafts.education.support import YEAR, Caller, Instance
from tests.harness.drafts import Answer, Held, straight

pytestmark = pytest.mark.conditions

GRADUATED_LONG_AGO = YEAR - 20


async def _create_while(instance: Instance, caller: Caller, session_id: str) -> Answer:
    """Create the record, and change its data after the rules and category were checked."""
    numbered = Held()
    instance.reads.orders["update_item"].append(numbered)
    creating = asyncio.create_task(caller.create(session_id))
    await numbered.reached.wait()
    changed = await caller.update(session_id, graduationYear=GRADUATED_LONG_AGO)
    assert changed.status == 200, changed
    await caller.up_to_link(session_id)
    numbered.let_go.set()
    return await creating


async def test_a_record_never_gets_the_category_of_data_that_has_changed_since(
    instance: Instance, owner: Caller
) -> None:
    made = await _create_while(instance, owner, await owner.linked())
    assert made.status == 201, made
    record = made.body["educationRecord"]
    assert record["graduationYearLabel"] == str(GRADUATED_LONG_AGO)
    assert record["educationCategory"] == Category.GRADUATED.value


async def test_a_call_that_waited_checks_the_data_it_then_finds(
    instance: Instance, second: Instance, owner: Caller
) -> None:
    session_id = await owner.linked()
    dying = Held()
    instance.writes.orders[WRITES].append(dying)
    first = asyncio.create_task(owner.create(session_id))
    await dying.reached.wait()
    second.waits.hold = True
    waiting = asyncio.create_task(second.owner.create(session_id))
    await second.waits.reached.wait()
    instance.clock.now += 31_000
    changed = await owner.update(session_id, graduationYear=GRADUATED_LONG_AGO)
    assert changed.status == 200, changed
    await owner.up_to_link(session_id)
    second.waits.let_go.set()
    made = await waiting
    assert made.status == 201, made
    assert made.body["educationRecord"]["educationCategory"] == Category.GRADUATED.value
    dying.fails = TimeoutError()
    dying.let_go.set()
    await first


async def test_a_create_call_gives_up_and_says_so_if_the_session_keeps_changing(
    instance: Instance, owner: Caller, main: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(creation, "_MOST_TURNS", 2)
    options = {"stagingOptions": {"skipValidation": True}}
    session_id = await main.linked(body=options, graduationYear=9999)
    notes = iter(("first", "second"))

    async def changed_first(carry_out: Callable[[], Awaitable[Any]]) -> Any:
        await main.update(session_id, notes=next(notes))
        await main.up_to_link(session_id)
        # This change and the steps after it are four writes before the next read fails.
        return await carry_out()

    instance.reads.orders[WRITES].extend([changed_first, *[straight] * 4, changed_first])
    answer = await main.create(session_id)
    assert (answer.status, answer.body["success"]) == (200, False)
    assert answer.body["errors"] == [
        "Failed to create education record after 2 attempts",
        "The session was changed meanwhile",
    ]
    session = (await main.read(session_id)).body
    assert (session["status"], session["errors"]) == ("creation_failed", answer.body["errors"])
    assert (await instance.event_names(session_id))[-1] == "education.failed"
    assert (await instance.count_records())["records"] == 0
