"""Cases 23 to 29: a session becomes one project or none."""

import asyncio

import pytest

from assembly_service.drafts.project.rules import INCOMPLETE
from tests.drafts.product.commits import HeldAfterwards
from tests.drafts.project.support import (
    COMPLETE,
    EVERY_FIELD,
    PROJECTS,
    SECOND,
    Caller,
    Instance,
    reference,
)
from tests.harness.drafts import Held, answer_lost, timed_out

pytestmark = pytest.mark.conditions

SUCCESS = ["created", "commit.started", "commit.success"]


async def test_case_23_a_commit_needs_every_step_completed_and_valid(
    instance: Instance, anybody: Caller
) -> None:
    all_but_two = await anybody.create({"projectData": COMPLETE, "completedSteps": [1, 3]})
    unlisted = await anybody.create({"projectData": COMPLETE})
    wrong = {**COMPLETE, "squareFootage": 0, "uploadedFiles": [{"name": "a.pdf"}]}
    listed = await anybody.create({"projectData": wrong, "completedSteps": [1, 2, 3, 4]})
    for session_id, missing, fields in (
        (all_but_two, [2], []),
        (unlisted, [1, 2, 3], []),
        (listed, [1, 2], ["squareFootage", "uploadedFiles"]),
    ):
        answer = await anybody.commit(session_id)
        assert (answer.status, answer.body["code"]) == (400, "VALIDATION_FAILED")
        assert answer.body["error"] == INCOMPLETE
        assert answer.body["details"]["missingSteps"] == missing
        assert list(answer.body["details"]["errors"]) == fields
        assert await instance.event_names(session_id) == ["created"]
    assert await instance.records() == []
    await anybody.put(all_but_two, completedSteps=[3, 2, 1])
    assert (await anybody.commit(all_but_two)).status == 201


async def test_case_24_two_clicks_on_create_make_one_project_and_both_return_it(
    instance: Instance, second: Instance, anybody: Caller
) -> None:
    session_id, held = await anybody.ready(), Held()
    instance.writes.orders["transact_write_items"].append(held)
    first = asyncio.create_task(anybody.commit(session_id))
    await held.reached.wait()
    second.waits.hold = True
    again = asyncio.create_task(second.anybody.commit(session_id))
    await second.waits.reached.wait()
    held.let_go.set()
    made = await first
    second.waits.let_go.set()
    replayed = await again
    assert (made.status, replayed.status) == (201, 200)
    assert made.body["message"] == "Project created successfully"
    assert replayed.body == {**made.body, "replayed": True}
    assert [each["id"] for each in await anybody.projects()] == [made.body["project"]["id"]]
    assert await instance.event_names(session_id) == SUCCESS


async def test_case_25_a_time_out_before_or_after_the_write_leaves_one_project(
    instance: Instance, anybody: Caller
) -> None:
    for trouble in (timed_out, answer_lost):
        session_id = await anybody.ready(projectName=trouble.__name__)
        instance.writes.orders["transact_write_items"].append(trouble)
        answer = await anybody.commit(session_id)
        assert answer.status == 201
        made = [each["projectName"] for each in await anybody.projects()]
        assert made.count(trouble.__name__) == 1
        assert await instance.event_names(session_id) == SUCCESS
    assert instance.pauses.seconds == [1.0, 1.0]


async def test_case_26_after_three_failures_the_session_is_open_and_unchanged(
    instance: Instance, anybody: Caller
) -> None:
    session_id = await anybody.ready()
    before = await anybody.data(session_id)
    instance.writes.orders["transact_write_items"].extend([timed_out] * 3)
    answer = await anybody.commit(session_id)
    assert (answer.status, answer.body["code"]) == (500, "STORAGE_ERROR")
    assert answer.body["error"] == "Failed to create project"
    assert instance.writes.called["transact_write_items"] == 3
    assert await anybody.data(session_id) == before
    assert await anybody.projects() == []
    assert (await anybody.save(session_id, budget=7)).status == 200
    made = await anybody.commit(session_id)
    assert (made.status, made.body["project"]["budget"]) == (201, 7)
    assert await instance.event_names(session_id) == [
        "created",
        "commit.started",
        "commit.failed",
        "updated",
        "commit.started",
        "commit.success",
    ]


async def test_a_commit_that_waits_for_a_failing_one_answers_its_failure(
    instance: Instance, second: Instance, anybody: Caller
) -> None:
    session_id, held = await anybody.ready(), Held(fails=TimeoutError())
    instance.writes.orders["transact_write_items"].extend([held, timed_out, timed_out])
    first = asyncio.create_task(anybody.commit(session_id))
    await held.reached.wait()
    second.waits.hold = True
    again = asyncio.create_task(second.anybody.commit(session_id))
    await second.waits.reached.wait()
    held.let_go.set()
    failed = await first
    second.waits.let_go.set()
    waited = await again
    assert (failed.status, waited.status) == (500, 500)
    assert failed.body["error"] == waited.body["error"]
    assert second.writes.called["transact_write_items"] == 0


async def test_case_27_a_session_whose_commit_died_is_free_after_30_seconds(
    instance: Instance, second: Instance, anybody: Caller
) -> None:
    session_id, held = await anybody.ready(), Held()
    instance.writes.orders["transact_write_items"].append(held)
    dying = asyncio.create_task(anybody.commit(session_id))
    await held.reached.wait()
    instance.clock.now += 30 * SECOND - 1
    elsewhere = second.anybody
    assert (await elsewhere.save(session_id, budget=1)).body["code"] == "COMMIT_IN_PROGRESS"
    waited = await elsewhere.commit(session_id)
    assert (waited.status, waited.body["code"]) == (409, "COMMIT_IN_PROGRESS")
    instance.clock.now += 1
    assert (await elsewhere.save(session_id, budget=2)).status == 200
    assert (await elsewhere.body(session_id))["projectData"]["budget"] == 2
    # A late write of the dead commit arrives, but its token is gone.
    held.let_go.set()
    assert (await dying).status == 500
    assert await anybody.projects() == []
    made = await elsewhere.commit(session_id)
    assert (made.status, made.body["project"]["budget"]) == (201, 2)
    assert len(await anybody.projects()) == 1


async def test_case_27_commits_after_a_dead_one_make_at_most_one_project(
    instance: Instance, second: Instance, anybody: Caller
) -> None:
    session_id, held = await anybody.ready(), HeldAfterwards()
    instance.writes.orders["transact_write_items"].append(held)
    dying = asyncio.create_task(anybody.commit(session_id))
    await held.reached.wait()
    instance.clock.now += 30 * SECOND
    replayed = await second.anybody.commit(session_id)
    assert (replayed.status, replayed.body["replayed"]) == (200, True)
    held.let_go.set()
    made = await dying
    assert made.body["project"] == replayed.body["project"]
    assert len(await anybody.projects()) == 1


async def test_case_28_a_lost_answer_is_replayed_for_5_seconds_and_the_project_stays(
    instance: Instance, anybody: Caller
) -> None:
    session_id = await anybody.ready()
    made = (await anybody.commit(session_id)).body["project"]
    instance.clock.now += 5 * SECOND - 1
    again = await anybody.commit(session_id)
    assert (again.status, again.body["replayed"]) == (200, True)
    assert again.body["project"] == made
    assert (await anybody.body(session_id))["projectId"] == made["id"]
    instance.clock.now += 1
    for answer in (await anybody.commit(session_id), await anybody.read(session_id)):
        assert (answer.status, answer.body["code"]) == (404, "SESSION_NOT_FOUND")
    assert [each["id"] for each in await anybody.projects()] == [made["id"]]
    assert (await anybody.call("GET", f"{PROJECTS}/{made['id']}")).body == made


async def test_case_29_every_field_of_the_session_is_in_the_project(
    instance: Instance, anybody: Caller
) -> None:
    session_id = await anybody.create({"projectData": EVERY_FIELD, "completedSteps": [1, 2, 3]})
    project = (await anybody.commit(session_id)).body["project"]
    assert {name: project[name] for name in EVERY_FIELD} == EVERY_FIELD
    assert project["building"] == {"type": "office", "size": 12500, "floors": 12, "zones": 4}
    assert project["status"] == "draft"
    assert project["sourceSessionId"] == session_id
    assert project == (await anybody.call("GET", f"{PROJECTS}/{project['id']}")).body
    [success] = [
        event
        for event in await instance.events(reference(session_id))
        if event["event"].endswith("commit.success")
    ]
    assert success["projectId"] == project["id"]
    assert success["timestamp"] == project["createdAt"] == project["updatedAt"]


async def test_a_missing_client_name_defaults_to_the_project_name(anybody: Caller) -> None:
    for sent in ({}, {"clientName": ""}):
        project = (await anybody.commit(await anybody.ready(**sent))).body["project"]
        assert project["clientName"] == COMPLETE["projectName"]
        assert project["building"] == {"type": "office", "size": 12500, "floors": 1, "zones": 1}
