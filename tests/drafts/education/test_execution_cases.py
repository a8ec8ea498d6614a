"""Case 21: the whole workflow in one call."""

import asyncio
from typing import Any

from assembly_service.drafts.education.status import Status
from tests.drafts.education.statuses import REACH, WRITES
from tests.drafts.education.support import (
    ACCOUNT,
    ONE,
    SECOND_ACCOUNT,
    YEAR,
    Caller,
    Instance,
)
from tests.harness.drafts import Answer, Held, Json, straight, timed_out

CATEGORIES = {"student": (YEAR + 1, 1), "new": (YEAR, 2), "graduate": (YEAR - 2, 0)}


def result(answer: Answer) -> Json:
    """The result of an execution, without what differs between calls."""
    of_the_call = {"timestamp", "metadata", "replayed"}
    return {name: value for name, value in answer.body.items() if name not in of_the_call}


def results(answer: Any) -> list[tuple[str, bool]]:
    return [(step["step"], step["success"]) for step in answer.body["stepResults"]]


async def test_case_21_the_whole_workflow_runs_from_staged(
    instance: Instance, owner: Caller
) -> None:
    session_id = await owner.staged(body={"accountId": ACCOUNT})
    answer = await owner.execute(session_id)
    assert (answer.status, answer.body["success"]) == (200, True)
    assert answer.body["finalStatus"] == "workflow_completed"
    assert results(answer) == [
        ("validate", True),
        ("determine-category", True),
        ("link-account", True),
        ("create", True),
    ]
    assert all(answer.body["finalProgress"].values())
    assert answer.body["performanceMetrics"].keys() == {
        "validationTime",
        "categoryDeterminationTime",
        "accountLinkingTime",
        "creationTime",
        "totalTime",
    }
    assert await instance.count_records() == ONE
    names = await instance.event_names(session_id)
    assert names[-2:] == ["education.created", "workflow.completed"]
    instance.clock.now += 1_000
    again = await owner.execute(session_id)
    assert (again.status, again.body["replayed"]) == (200, True)
    assert result(again) == result(answer)
    assert (await instance.event_names(session_id)).count("workflow.completed") == 1


async def test_case_21_two_calls_that_complete_a_session_return_the_same_result(
    instance: Instance, second: Instance, owner: Caller
) -> None:
    session_id = await owner.linked()
    completion = Held()
    # The first of these writes takes the session for the creation.
    instance.reads.orders[WRITES].extend([straight, completion])
    late = asyncio.create_task(owner.execute(session_id))
    await completion.reached.wait()
    instance.clock.now += 1_000
    answer = await second.owner.execute(session_id)
    assert (answer.body["stepResults"], answer.body["finalStatus"]) == ([], "workflow_completed")
    completion.let_go.set()
    overtaken = await late
    assert overtaken.body["replayed"] is True
    assert result(overtaken) == result(answer)
    assert (await instance.event_names(session_id)).count("workflow.completed") == 1


async def test_case_21_from_pending_it_stops_at_the_validation(
    instance: Instance, owner: Caller
) -> None:
    session_id = await owner.staged(graduationYear=9999)
    answer = await owner.execute(session_id, ACCOUNT)
    assert (answer.status, answer.body["success"]) == (200, False)
    assert answer.body["finalStatus"] == "pending"
    assert results(answer) == [("validate", False)]
    assert answer.body["errors"] == ["Graduation year must be between 1950 and 2105"]
    assert (await instance.count_records())["records"] == 0


async def test_case_21_without_an_account_it_stops_at_the_link_and_keeps_its_progress(
    owner: Caller,
) -> None:
    session_id = await owner.staged()
    answer = await owner.execute(session_id)
    assert (answer.body["success"], answer.body["finalStatus"]) == (False, "category_determined")
    assert results(answer)[-1] == ("link-account", False)
    assert answer.body["errors"] == ["Account ID is required"]
    went_on = await owner.execute(session_id, ACCOUNT)
    assert results(went_on) == [("link-account", True), ("create", True)]


async def test_it_completes_a_session_whose_record_exists(
    instance: Instance, owner: Caller
) -> None:
    session_id = await REACH[Status.EDUCATION_CREATED](instance, owner)
    answer = await owner.execute(session_id)
    assert (answer.body["finalStatus"], answer.body["stepResults"]) == ("workflow_completed", [])


async def test_it_reports_that_the_creation_failed_again(instance: Instance, owner: Caller) -> None:
    session_id = await REACH[Status.CREATION_FAILED](instance, owner)
    instance.writes.orders["transact_write_items"].extend([timed_out] * 3)
    answer = await owner.execute(session_id)
    assert (answer.status, answer.body["success"]) == (200, False)
    assert answer.body["finalStatus"] == "creation_failed"
    assert results(answer) == [("create", False)]


async def test_it_reports_a_rule_broken_at_the_creation_as_its_last_step(
    instance: Instance, owner: Caller, main: Caller
) -> None:
    session_id = await owner.linked()
    other = await main.linked(SECOND_ACCOUNT)
    assert (await main.create(other)).status == 201
    answer = await owner.execute(session_id)
    assert (answer.status, answer.body["finalStatus"]) == (200, "creation_failed")
    assert len(answer.body["errors"]) == 2
    assert await instance.count_records() == ONE
