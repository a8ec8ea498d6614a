"""Cases 15 to 17, 22 and 25: exactly one record, whatever goes wrong."""

import asyncio
from dataclasses import replace

import pytest

from assembly_service.drafts.education.status import Status, Step
from assembly_service.drafts.engine.attempts import LEASE_SECONDS
from tests.drafts.education.reference import membership_year
from tests.drafts.education.statuses import REACH, WRITES, take
from tests.drafts.education.support import (
    ONE,
    OTHER_MEMBER,
    OTHERS_ACCOUNT,
    SECOND_ACCOUNT,
    YEAR,
    Caller,
    Instance,
    toronto,
)
from tests.harness.drafts import Answer, Held, answer_lost, timed_out

pytestmark = pytest.mark.conditions

ID_TAKEN = "User Business ID already exists for another OT Education record"
NUMBER_TAKEN = "COTO Registration number already exists in the system"
ACCOUNT_TAKEN = "Account already has an OT education record"


async def test_case_15_two_concurrent_create_calls_make_one_record(
    instance: Instance, second: Instance, owner: Caller
) -> None:
    session_id = await owner.linked()
    first_write = Held()
    instance.writes.orders[WRITES].append(first_write)
    first = asyncio.create_task(owner.create(session_id))
    await first_write.reached.wait()
    second.waits.hold = True
    waiting = asyncio.create_task(second.owner.create(session_id))
    await second.waits.reached.wait()
    for step in ("link", "update", "cancel"):
        answer = await _during(owner, step, session_id)
        assert answer.status == 409
        assert answer.body["message"] == (
            f"Step {answer.body['step']} is not allowed in status account_linked: "
            "another call is creating the record"
        )
        assert answer.body["recoverySuggestions"] == ["Wait a few seconds, then read the session"]
    first_write.let_go.set()
    made = await first
    second.waits.let_go.set()
    replayed = await waiting
    assert (made.status, replayed.status) == (201, 200)
    assert replayed.body["replayed"] is True
    assert replayed.body["educationRecord"] == made.body["educationRecord"]
    assert await instance.count_records() == ONE
    assert (await instance.event_names(session_id)).count("education.created") == 1


async def test_a_call_that_waited_in_vain_names_its_own_step_and_the_current_status(
    instance: Instance, second: Instance
) -> None:
    callers = await instance.newcomers(2)
    statuses = (Status.ACCOUNT_LINKED, Status.CREATION_FAILED)
    for status, caller in zip(statuses, callers, strict=True):
        session_id = await REACH[status](instance, caller)
        write = Held()
        instance.writes.orders[WRITES].append(write)
        creating = asyncio.create_task(caller.create(session_id))
        await write.reached.wait()
        elsewhere = replace(caller, session=second.session)
        for step in (Step.CREATE, Step.EXECUTE):
            answer = await take(elsewhere, step, session_id)
            assert (answer.status, answer.body["type"]) == (409, "workflow_state_invalid")
            assert answer.body["message"] == (
                f"Step {step} is not allowed in status {status}: "
                "another call is creating the record"
            )
            assert (answer.body["step"], answer.body["nextAction"]) == (step, "create_record")
        write.let_go.set()
        assert (await creating).status == 201


async def test_case_16_a_time_out_before_or_after_the_write_makes_one_record(
    instance: Instance,
) -> None:
    before, after = await instance.newcomers(2)
    for caller, trouble in ((before, timed_out), (after, answer_lost)):
        session_id = await caller.linked()
        instance.writes.orders[WRITES].append(trouble)
        answer = await caller.create(session_id)
        assert (answer.status, answer.body["success"]) == (201, True)
        assert (await instance.event_names(session_id)).count("education.created") == 1
    assert (await instance.count_records())["records"] == 2
    assert instance.pauses.seconds == [1.0, 1.0]


async def test_case_17_three_failures_give_up_and_a_later_call_succeeds(
    instance: Instance, owner: Caller
) -> None:
    session_id = await owner.linked()
    instance.writes.orders[WRITES].extend([timed_out] * 3)
    answer = await owner.create(session_id)
    assert (answer.status, answer.body["success"]) == (200, False)
    assert answer.body["errors"] == [
        "Failed to create education record after 3 attempts",
        "Connection timeout",
    ]
    assert answer.body["nextAction"] == "create_record"
    session = (await owner.read(session_id)).body
    assert (session["status"], session["errors"]) == ("creation_failed", answer.body["errors"])
    assert (await instance.count_records())["records"] == 0
    assert (await owner.create(session_id)).status == 201
    assert await instance.count_records() == ONE
    assert (await instance.event_names(session_id))[-4:] == [
        "creation.started",
        "education.failed",
        "creation.started",
        "education.created",
    ]


async def test_a_session_can_be_linked_again_after_a_failed_creation(
    instance: Instance, owner: Caller
) -> None:
    session_id = await owner.linked()
    instance.writes.orders[WRITES].extend([timed_out] * 3)
    await owner.create(session_id)
    assert (await owner.link(session_id, OTHERS_ACCOUNT)).body["success"] is False
    assert (await owner.read(session_id)).body["status"] == "creation_failed"
    assert (await owner.link(session_id, SECOND_ACCOUNT)).body["status"] == "account_linked"
    created = await owner.create(session_id)
    assert created.body["educationRecord"]["accountId"] == SECOND_ACCOUNT


async def test_case_22_a_creation_is_replayed_for_five_seconds_and_the_record_stays(
    instance: Instance, owner: Caller
) -> None:
    session_id = await owner.linked()
    created = await owner.create(session_id)
    record = created.body["educationRecord"]
    assert created.body["sessionCleaned"] is False
    instance.clock.now += 4_999
    replayed = await owner.create(session_id)
    assert (replayed.status, replayed.body["replayed"]) == (200, True)
    assert replayed.body["educationRecord"] == record
    assert (await owner.read(session_id)).body["status"] == "education_created"
    instance.clock.now += 1
    assert (await owner.create(session_id)).status == 404
    assert (await owner.read(session_id)).status == 404
    assert (await owner.record(record["recordId"])).body["educationRecord"] == record


async def test_a_creation_answers_and_audits_everything_it_decided(
    instance: Instance, owner: Caller
) -> None:
    created = (await owner.create(await owner.linked())).body
    record = created["educationRecord"]
    assert record["educationId"] == "osot-oted-0000001"
    assert (record["cotoStatus"], record["cotoStatusLabel"]) == (4, "General")
    assert (record["privilege"], record["accessModifier"]) == (1, 3)
    assert (record["graduationYear"], record["graduationYearLabel"]) == (YEAR - 1976, str(YEAR))
    assert created["appliedRules"] == [
        "uniqueness_check",
        "coto_validation",
        "category_determination",
    ]
    assert created["emittedEvents"] == ["ot-education-orchestrator.education.created"]
    assert created["createdAt"] == "2100-03-01T17:00:00.000Z"
    [audit] = [row for row in await instance.records() if row["pk"]["S"].startswith("AUDIT#")]
    assert audit["pk"]["S"] == f"AUDIT#{record['recordId']}"
    assert audit["role"] == {"S": "owner"}
    assert audit["rationale"]["S"].startswith(f"Graduated in {YEAR}, membership period open")
    assert audit["operationId"]["S"].startswith("create-education-")


async def test_case_25_the_record_gets_the_category_of_the_day_it_is_created(
    instance: Instance, owner: Caller
) -> None:
    instance.clock.now = toronto(f"{YEAR}-12-31 23:59")
    await instance.load(membership_year("standard", year=YEAR, ends=f"{YEAR + 1}-09-30"))
    session_id = await owner.linked(graduationYear=YEAR + 1)
    assert (await owner.read(session_id)).body["validation"]["determinedCategory"] == 1
    instance.clock.now = toronto(f"{YEAR + 1}-01-01 00:01")
    created = await owner.create(session_id)
    assert created.status == 201
    assert (created.body["finalCategory"], created.body["finalCategoryLabel"]) == (
        2,
        "New Graduate",
    )
    assert created.body["warnings"] == ["Category changed from STUDENT to NEW_GRADUATED"]
    assert created.body["educationRecord"]["educationCategory"] == 2


async def test_a_session_can_be_changed_once_the_lease_of_a_dead_process_expires(
    instance: Instance, second: Instance, owner: Caller
) -> None:
    session_id = await owner.linked()
    late = Held()
    instance.writes.orders[WRITES].append(late)
    dead = asyncio.create_task(owner.create(session_id))
    await late.reached.wait()
    instance.clock.now += LEASE_SECONDS * 1000
    assert (await second.owner.update(session_id, degreeType=4)).status == 200
    late.let_go.set()
    answer = await dead
    assert (answer.status, answer.body["success"]) == (200, False)
    assert (await instance.count_records())["records"] == 0
    assert (await owner.read(session_id)).body["status"] == "staged"


async def test_only_a_running_creation_may_finish_after_the_session_expires(
    instance: Instance, owner: Caller
) -> None:
    session_id = await owner.linked(body={"ttlSeconds": 300})
    instance.clock.now += 299_000
    write = Held()
    instance.writes.orders[WRITES].append(write)
    creating = asyncio.create_task(owner.create(session_id))
    await write.reached.wait()
    instance.clock.now += 1_000
    assert (await owner.update(session_id, degreeType=4)).status == 404
    assert (await owner.read(session_id)).status == 404
    assert (await owner.sessions()).body["sessions"] == []
    write.let_go.set()
    assert (await creating).status == 201
    assert await instance.count_records() == ONE


async def test_a_take_over_writes_what_the_first_call_had_fixed(
    instance: Instance, second: Instance, owner: Caller
) -> None:
    session_id = await owner.linked()
    late = Held()
    instance.writes.orders[WRITES].append(late)
    dead = asyncio.create_task(owner.create(session_id))
    await late.reached.wait()
    held = await instance.engine.store.read(session_id)
    assert held is not None
    assert held.lease is not None
    instance.clock.now += LEASE_SECONDS * 1000
    taken = await second.owner.create(session_id)
    assert taken.body["educationRecord"]["recordId"] == held.lease.record["record_id"]
    records = await instance.records()
    late.let_go.set()
    assert (await dead).body["educationRecord"] == taken.body["educationRecord"]
    assert await instance.records() == records


async def test_only_its_member_and_the_staff_of_the_organisation_see_a_record(
    instance: Instance, owner: Caller
) -> None:
    record_id = (await owner.create(await owner.linked())).body["educationRecord"]["recordId"]
    for caller in (owner, instance.admin, instance.main):
        assert (await caller.record(record_id)).status == 200
    for caller in (
        owner.as_(privilege=1, userBusinessId=OTHER_MEMBER),
        owner.as_(privilege=3, organization="another"),
    ):
        assert (await caller.record(record_id)).status == 404
    for unknown in ("no-id", "01a1ff00-93dd-7f74-9bf1-11aebe074236"):
        assert (await owner.record(unknown)).status == 404


async def _during(caller: Caller, step: str, session_id: str) -> Answer:
    match step:
        case "link":
            return await caller.link(session_id)
        case "update":
            return await caller.update(session_id, degreeType=1)
        case _:
            return await caller.cancel(session_id)
