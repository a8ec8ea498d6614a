"""Cases 1 to 9: what a session stores, and how it is saved."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from tests.drafts.project.support import (
    ALIAS,
    COMPLETE,
    EVERY_FIELD,
    SESSIONS,
    Caller,
    Instance,
)
from tests.harness.drafts import Held, Json

pytestmark = pytest.mark.conditions


async def test_case_01_a_session_starts_empty_or_prefilled_and_invalid_bodies_are_400(
    instance: Instance, anybody: Caller
) -> None:
    empty: list[object] = [b"", {}]
    for body in empty:
        answer = await anybody.call("POST", SESSIONS, body)
        assert answer.status == 201
        session = await anybody.body(answer.body["sessionId"])
        assert session["projectData"] == {}
        assert (session["currentStep"], session["completedSteps"]) == (1, [])
        assert answer.body["version"] == session["version"] == 1
    partial = {"projectData": EVERY_FIELD, "currentStep": 3, "completedSteps": [2, 1]}
    session = await anybody.body(await anybody.create(partial))
    assert session["projectData"] == EVERY_FIELD
    assert (session["currentStep"], session["completedSteps"]) == (3, [1, 2])
    large = {"projectData": {"aiAnalysis": {"text": "x" * 300_000}}}
    for broken in (b'{"projectData":', b"[]", b"\xff", large):
        answer = await anybody.call("POST", SESSIONS, broken)
        assert (answer.status, answer.body["code"]) == (400, "VALIDATION_FAILED"), broken


async def test_case_02_a_client_cannot_set_what_the_server_decides(anybody: Caller) -> None:
    session_id = await anybody.create()
    before = await anybody.body(session_id)
    given: Json = {
        "sessionId": str(uuid4()),
        "expectedVersion": 1,
        "createdAt": "2026-01-01T00:00:00.000Z",
        "expiresAt": "2099-01-01T00:00:00.000Z",
        "validationStatus": {"step1": True},
        "version": 9,
        "metadata": {},
    }
    for name, value in given.items():
        answer = await anybody.call("POST", SESSIONS, {name: value, "projectData": {}})
        assert (answer.status, answer.body["code"]) == (400, "VALIDATION_FAILED")
        assert list(answer.body["details"]["errors"]) == [name]
        if name not in {"sessionId", "expectedVersion"}:
            assert (await anybody.put(session_id, **{name: value})).status == 400
    assert await anybody.body(session_id) == before


async def test_case_03_a_second_process_reads_what_the_first_one_stored(
    instance: Instance, second: Instance
) -> None:
    session_id = await instance.anybody.create(projectName="Tower")
    for prefix in (SESSIONS, ALIAS):
        elsewhere = replace(second.anybody, prefix=prefix)
        assert await elsewhere.data(session_id) == {"projectName": "Tower"}
    assert (await second.anybody.save(session_id, projectName="Bridge")).status == 200
    assert await instance.anybody.data(session_id.upper()) == {"projectName": "Bridge"}


async def test_case_04_keys_are_merged_null_removes_one_and_nested_values_are_replaced_whole(
    anybody: Caller,
) -> None:
    session_id = await anybody.create(aiAnalysis={"a": 1, "b": 2}, uploadedFiles=[{"name": "x"}])
    await anybody.save(session_id, projectName="Tower")
    await anybody.save(session_id, buildingType="office", aiAnalysis={"c": 3})
    assert await anybody.data(session_id) == {
        "projectName": "Tower",
        "buildingType": "office",
        "aiAnalysis": {"c": 3},
        "uploadedFiles": [{"name": "x"}],
    }
    await anybody.save(session_id, projectName=None, uploadedFiles=[], clientName=None)
    assert await anybody.data(session_id) == {
        "buildingType": "office",
        "aiAnalysis": {"c": 3},
        "uploadedFiles": [],
    }


async def test_case_05_steps_that_are_not_sent_stay_unchanged(anybody: Caller) -> None:
    session_id = await anybody.create({"currentStep": 2, "completedSteps": [1]})
    assert (await anybody.save(session_id, projectName="Tower")).status == 200
    answer = await anybody.call("PUT", SESSIONS, {"sessionId": session_id})
    assert answer.status == 200
    session = await anybody.body(session_id)
    assert (session["currentStep"], session["completedSteps"]) == (2, [1])
    assert session["version"] == 3


async def test_case_06_completed_steps_are_a_set_of_1_to_4_and_nothing_else(
    anybody: Caller,
) -> None:
    session_id = await anybody.create({"completedSteps": [3]})
    unfit: list[object] = [[0], [5], ["1"], [1.5], [True], [[1]], "1", None, {}]
    for refused in unfit:
        answer = await anybody.put(session_id, completedSteps=refused)
        assert (answer.status, answer.body["code"]) == (400, "INVALID_STEP"), refused
        assert (await anybody.call("POST", SESSIONS, {"completedSteps": refused})).status == 400
    assert (await anybody.body(session_id))["completedSteps"] == [3]
    for sent, stored in (([1, 1, 1, 1], [1]), ([4, 1], [1, 4]), ([], [])):
        assert (await anybody.put(session_id, completedSteps=sent)).status == 200
        assert (await anybody.body(session_id))["completedSteps"] == stored


async def test_case_07_the_current_step_is_a_number_from_1_to_4(anybody: Caller) -> None:
    session_id = await anybody.create({"currentStep": 2})
    for refused in (0, 5, "2", 1.5, True, None):
        for answer in (
            await anybody.call("POST", SESSIONS, {"currentStep": refused}),
            await anybody.put(session_id, currentStep=refused),
        ):
            assert answer.status == 400, refused
            assert answer.body["code"] == "INVALID_STEP"
            assert answer.body["error"] == "Invalid step number"
            sentence = "currentStep must be a whole number from 1 to 4"
            assert answer.body["details"]["errors"] == {"currentStep": sentence}
    assert (await anybody.body(session_id))["currentStep"] == 2
    for step in (1, 4):
        assert (await anybody.put(session_id, currentStep=step)).status == 200
        assert (await anybody.body(session_id))["currentStep"] == step


async def test_case_08_tabs_keep_different_fields_the_last_write_wins_and_versions_conflict(
    anybody: Caller,
) -> None:
    session_id = await anybody.create()
    both = await asyncio.gather(
        anybody.save(session_id, projectName="One"), anybody.save(session_id, clientName="Two")
    )
    assert [answer.status for answer in both] == [200, 200]
    assert await anybody.data(session_id) == {"projectName": "One", "clientName": "Two"}
    await anybody.save(session_id, projectName="First")
    await anybody.save(session_id, projectName="Second")
    session = await anybody.body(session_id)
    assert session["projectData"]["projectName"] == "Second"
    version = session["version"]
    assert version == 5
    first = await anybody.put(session_id, projectData={"budget": 1}, expectedVersion=version)
    assert (first.status, first.body["version"]) == (200, version + 1)
    second = await anybody.put(session_id, projectData={"budget": 2}, expectedVersion=version)
    assert (second.status, second.body["code"]) == (409, "VERSION_CONFLICT")
    assert second.body["error"] == "Session was changed by another request"
    assert second.body["details"] == {"version": version + 1}
    assert (await anybody.data(session_id))["budget"] == 1


async def test_case_08_a_concurrent_save_of_another_tab_is_kept(
    instance: Instance, anybody: Caller
) -> None:
    session_id, held = await anybody.create(), Held()
    await anybody.save(session_id, clientName="old", budget=1)
    instance.reads.orders["transact_write_items"].append(held)
    slow = asyncio.create_task(anybody.save(session_id, projectName="One"))
    await held.reached.wait()
    assert (await anybody.save(session_id, clientName="new", budget=None)).status == 200
    assert (await anybody.put(session_id, currentStep=3)).status == 200
    held.let_go.set()
    assert (await slow).status == 200
    session = await anybody.body(session_id)
    assert session["projectData"] == {"projectName": "One", "clientName": "new"}
    assert (session["currentStep"], session["version"]) == (3, 5)
    assert instance.reads.called["transact_write_items"] == 5


async def test_case_09_a_hundred_concurrent_saves_lose_no_key_and_make_a_hundred_versions(
    instance: Instance, second: Instance
) -> None:
    session_id = await instance.anybody.create()
    names = [name for name in EVERY_FIELD if name not in {"uploadedFiles", "connectors"}]
    values = [(name, EVERY_FIELD[name]) for name in names * 7][:100]
    answers = await asyncio.gather(
        *(
            (instance, second)[number % 2].anybody.save(session_id, **{name: value})
            for number, (name, value) in enumerate(values)
        )
    )
    assert {answer.status for answer in answers} == {200}
    session = await instance.anybody.body(session_id)
    assert session["projectData"] == {name: EVERY_FIELD[name] for name in names}
    assert session["version"] == 101
    assert await instance.event_names(session_id) == ["created", *["updated"] * 100]


async def test_an_if_match_is_an_expected_version(anybody: Caller) -> None:
    session_id = await anybody.create()
    etag = (await anybody.read(session_id)).headers["ETag"]
    for tag, status in ((etag, 200), (etag, 409), ("*", 200), ('"x"', 409), ('"9", "3"', 200)):
        answer = await anybody.put(session_id, headers={"If-Match": tag}, currentStep=2)
        assert answer.status == status, tag
    answer = await anybody.put(session_id, headers={"If-Match": '"4"'}, expectedVersion=3)
    assert answer.status == 409
    assert (await anybody.put(session_id, expectedVersion="4")).status == 400


async def test_either_path_saves_a_session_and_the_ids_in_path_and_body_must_agree(
    anybody: Caller,
) -> None:
    session_id = await anybody.create()
    sent: Json = {"sessionId": session_id, "projectData": {"budget": 5}}
    assert (await anybody.call("PUT", SESSIONS, sent)).status == 200
    assert (await anybody.put(session_id, **sent)).status == 200
    other = {**sent, "sessionId": str(uuid4())}
    assert (await anybody.put(session_id, **other)).body["code"] == "VALIDATION_FAILED"
    for named in (None, 7, "x"):
        answer = await anybody.call("PUT", SESSIONS, {"sessionId": named})
        assert (answer.status, answer.body["code"]) == (400, "INVALID_SESSION_ID")
    assert (await anybody.call("PUT", SESSIONS, {})).body["code"] == "INVALID_SESSION_ID"


async def test_the_size_of_the_merged_whole_counts_as_compact_json_in_utf_8(
    anybody: Caller,
) -> None:
    """256 KB: `{"aiAnalysis":..,"connectors":[".."]}` to the byte."""
    analysis = {"t": "é" * 40_000}
    session_id = await anybody.create(aiAnalysis=analysis)
    around = len('{"aiAnalysis":{"t":""},"connectors":[""]}') + 80_000
    fits = "x" * (256 * 1024 - around)
    assert (await anybody.save(session_id, connectors=[fits])).status == 200
    answer = await anybody.save(session_id, connectors=[fits + "x"])
    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_FAILED")
    assert (await anybody.data(session_id))["connectors"] == [fits]
    assert (await anybody.save(session_id, connectors=[fits + "x"], aiAnalysis=None)).status == 200


async def test_a_complete_session_is_valid_in_every_step(anybody: Caller) -> None:
    session = await anybody.body(await anybody.create({"projectData": COMPLETE}))
    assert set(session["validationStatus"].values()) == {True}
