"""The daily job: once a day across instances, idempotent, one event per change."""

import asyncio
from typing import Any

import pytest

from assembly_service.drafts.education.category import Category
from assembly_service.drafts.education.recategorisation import ROWS_PER_PAGE, RunCounts
from assembly_service.drafts.education.recategorisation_job import CLAIM_MILLISECONDS
from assembly_service.drafts.education.reference_items import MEMBERSHIP_YEARS
from tests.drafts.education.reference import membership_year
from tests.drafts.education.support import YEAR, Caller, Instance, toronto
from tests.harness.drafts import ORGANIZATION, Held, timed_out

pytestmark = pytest.mark.conditions

STUDENT, NEW, GRADUATED = Category.STUDENT, Category.NEW_GRADUATED, Category.GRADUATED


async def student(instance: Instance, caller: Caller, graduates: int = YEAR + 1) -> str:
    """The id of the record of a member who graduates in that year."""
    session_id = await caller.staged(graduationYear=graduates)
    answer = await caller.execute(session_id, caller.account)
    assert answer.body["success"], answer
    record_id: str = answer.body["educationRecord"]["recordId"]
    return record_id


async def category(caller: Caller, record_id: str) -> int:
    answer = await caller.record(record_id)
    found: int = answer.body["educationRecord"]["educationCategory"]
    return found


def moves(moved: RunCounts | None) -> dict[tuple[Category, Category], int]:
    assert moved is not None
    return dict(moved.moved)


async def next_year(instance: Instance) -> None:
    """Make it 02:00 on January 1 in Toronto, with the new membership year loaded."""
    instance.clock.now = toronto(f"{YEAR + 1}-01-01 02:00")
    await instance.load(membership_year("standard", year=YEAR + 1, ends=f"{YEAR + 1}-12-31"))


async def test_a_student_becomes_a_new_graduate_and_then_a_graduate(
    instance: Instance, owner: Caller
) -> None:
    job, record_id = instance.registration.job, await student(instance, owner)
    assert await category(owner, record_id) == STUDENT
    assert moves(await job.tick()) == {}
    await next_year(instance)
    assert moves(await job.tick()) == {(STUDENT, NEW): 1}
    assert await category(owner, record_id) == NEW
    instance.clock.now = toronto(f"{YEAR + 2}-01-01 03:00")
    assert moves(await job.tick()) == {(NEW, GRADUATED): 1}
    assert await category(owner, record_id) == GRADUATED
    instance.clock.now = toronto(f"{YEAR + 2}-01-02 03:00")
    last = await job.tick()
    assert last is not None
    assert last.checked == 0


async def test_each_change_has_one_event_and_one_audit_item(
    instance: Instance, owner: Caller
) -> None:
    record_id = await student(instance, owner)
    await next_year(instance)
    await instance.registration.job.tick()
    [event] = await instance.events(record_id)
    assert event["event"] == "ot-education-orchestrator.category.changed"
    assert (event["recordId"], event["from"], event["to"]) == (record_id, 1, 2)
    audits = [row for row in await instance.records() if row["pk"]["S"] == f"AUDIT#{record_id}"]
    assert [row["action"]["S"] for row in audits] == ["create", "recategorise"]
    assert audits[1]["actor"] == {"S": "recategorisation"}
    record = (await owner.record(record_id)).body["educationRecord"]
    assert record["updatedAt"] > record["createdAt"]


async def test_it_runs_once_a_day_at_the_first_tick_after_two_in_toronto(
    instance: Instance, second: Instance
) -> None:
    jobs = [instance.registration.job, second.registration.job]
    instance.clock.now = toronto(f"{YEAR}-03-02 01:59")
    assert [await job.tick() for job in jobs] == [None, None]
    instance.clock.now = toronto(f"{YEAR}-03-02 02:00")
    ran = await asyncio.gather(*(job.tick() for job in jobs))
    assert sum(moved is not None for moved in ran) == 1
    instance.clock.now = toronto(f"{YEAR}-03-02 23:59")
    assert [await job.tick() for job in jobs] == [None, None]
    instance.clock.now = toronto(f"{YEAR}-03-03 02:00")
    ran = [await job.tick() for job in jobs]
    assert sum(moved is not None for moved in ran) == 1


async def test_a_claim_that_is_not_completed_within_an_hour_is_taken_over(
    instance: Instance, second: Instance, owner: Caller
) -> None:
    await student(instance, owner)
    await next_year(instance)
    dies = Held()
    instance.reads.orders["query"].append(dies)
    dead = asyncio.create_task(instance.registration.job.tick())
    await dies.reached.wait()
    instance.clock.now += CLAIM_MILLISECONDS - 1
    assert await second.registration.job.tick() is None
    instance.clock.now += CLAIM_MILLISECONDS
    assert moves(await second.registration.job.tick()) == {(STUDENT, NEW): 1}
    dies.let_go.set()
    assert moves(await dead) == {}


async def test_an_outage_costs_nobody_the_discount(instance: Instance, owner: Caller) -> None:
    record_id = await student(instance, owner)
    await next_year(instance)
    instance.reads.orders["query"].extend([_straight, timed_out])
    with pytest.raises(TimeoutError):
        await instance.registration.job.tick()
    assert await category(owner, record_id) == STUDENT
    instance.clock.now += CLAIM_MILLISECONDS
    assert moves(await instance.registration.job.tick()) == {(STUDENT, NEW): 1}


async def test_two_runs_at_once_change_each_record_once(
    instance: Instance, second: Instance
) -> None:
    callers = await instance.newcomers(6)
    records = [await student(instance, caller) for caller in callers]
    await next_year(instance)
    runs = [each.registration.job.recategorisation for each in (instance, second)]
    moved = await asyncio.gather(*(run.run(actor="a", operation="o") for run in runs))
    assert sum(each.moved.total() for each in moved) == 6
    for record_id in records:
        assert len(await instance.events(record_id)) == 1


async def test_a_dry_run_counts_and_changes_nothing(instance: Instance, owner: Caller) -> None:
    await student(instance, owner)
    await next_year(instance)
    records = await instance.records()
    run = instance.registration.job.recategorisation
    moved = await run.run(actor="a", operation="o", dry_run=True)
    assert dict(moved.moved) == {(STUDENT, NEW): 1}
    assert await instance.records() == records


async def test_it_reads_the_records_page_by_page(instance: Instance) -> None:
    table, pages = instance.settings.dynamodb_records_table, list[int]()
    for number in range(ROWS_PER_PAGE + 1):
        row = {"pk": {"S": "EDUCATION#CHANGING"}, "sk": {"S": f"gone-{number:03d}"}}
        item: Any = {**row, "organization": {"S": "org-1"}}
        await instance.reads.put_item(TableName=table, Item=item)
    run = instance.registration.job.recategorisation
    moved = await run.run(actor="a", operation="o", advance=pages.append)
    assert (moved.checked, pages) == (ROWS_PER_PAGE + 1, [ROWS_PER_PAGE, 1])


async def test_graduates_are_never_read(instance: Instance, owner: Caller) -> None:
    await student(instance, owner, graduates=YEAR - 5)
    moved = await instance.registration.job.recategorisation.run(actor="a", operation="o")
    assert moved.checked == 0


async def test_an_unreadable_record_does_not_block_the_others(instance: Instance) -> None:
    one, other = await instance.newcomers(2)
    broken, sound = await student(instance, one), await student(instance, other)
    await next_year(instance)
    table = instance.settings.dynamodb_records_table
    [row] = [
        row
        for row in await instance.records()
        if row["sk"]["S"].endswith(broken) and "osot_education_category" in row
    ]
    unknown = {**row, "osot_education_category": {"N": "77"}}
    await instance.reads.put_item(TableName=table, Item=unknown)
    moved = await instance.registration.job.tick()
    assert moves(moved) == {(STUDENT, NEW): 1}
    assert moved is not None
    assert moved.unreadable == 1
    assert await category(other, sound) == NEW


async def test_an_unreadable_membership_year_costs_nobody_the_discount(
    instance: Instance, owner: Caller
) -> None:
    record_id = await student(instance, owner)
    instance.clock.now = toronto(f"{YEAR + 1}-01-01 02:00")
    broken = {
        "pk": {"S": MEMBERSHIP_YEARS},
        "sk": {"S": f"{ORGANIZATION}#broken"},
        "yearEnds": {"S": f"31.12.{YEAR + 1}"},
        "users": {"SS": ["a"]},
    }
    await instance.reads.put_item(TableName=instance.settings.dynamodb_records_table, Item=broken)
    moved = await instance.registration.job.tick()
    assert moved is not None
    assert (moved.checked, moved.unreadable, moves(moved)) == (1, 1, {})
    assert await category(owner, record_id) == STUDENT


async def test_a_bug_in_the_job_does_not_stop_the_engine(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = instance.registration.job
    ticks: list[int] = []

    async def faulty() -> None:
        ticks.append(1)
        if len(ticks) == 3:
            raise asyncio.CancelledError
        raise LookupError("a mistake")

    monkeypatch.setattr(job, "tick", faulty)
    monkeypatch.setattr(job, "_pause", lambda _: asyncio.sleep(0))
    with pytest.raises(asyncio.CancelledError):
        await job.run()
    assert len(ticks) == 3


async def test_the_job_runs_with_the_engine(instance: Instance) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(instance.engine.run(stop))
    await asyncio.sleep(0)
    names = {task.get_name() for task in asyncio.all_tasks()}
    stop.set()
    await running
    assert "education-recategorisation" in names


async def _straight(carry_out: Any) -> Any:
    return await carry_out()
