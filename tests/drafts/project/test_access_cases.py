"""Cases 31, 32 and 34: who can see a session, health, and projects."""

import asyncio
import json
from dataclasses import replace
from uuid import uuid4

import pytest

from assembly_service.aws.clients import Clients
from assembly_service.drafts.project import store_health
from assembly_service.settings.drafts import ProjectSessionSettings
from tests.drafts.project.support import (
    COMPLETE,
    EVERY_FIELD,
    PROJECTS,
    SESSIONS,
    Caller,
    Instance,
    running_sessions,
)
from tests.harness.drafts import Held, timed_out


@pytest.fixture
def ada(anybody: Caller) -> Caller:
    return anybody.as_(user="ada")


async def test_case_31_a_session_created_with_a_token_is_404_for_all_others(
    anybody: Caller, ada: Caller
) -> None:
    session_id = await ada.ready()
    elsewhere = ada.as_(user="ada", organization=None)
    for caller in (ada, elsewhere):
        assert (await caller.read(session_id)).status == 200
        assert (await caller.save(session_id, budget=1)).status == 200
    for other in (anybody, ada.as_(user="bob")):
        for answer in (
            await other.read(session_id),
            await other.save(session_id, budget=2),
            await other.delete(session_id),
            await other.validate(session_id, 1),
            await other.commit(session_id),
            await other.call("POST", PROJECTS, {"sessionId": session_id}),
        ):
            assert (answer.status, answer.body["code"]) == (404, "SESSION_NOT_FOUND")
    free = await anybody.create()
    assert (await ada.read(free)).status == 200


async def test_a_token_that_does_not_verify_is_401_on_every_call(
    anybody: Caller, ada: Caller
) -> None:
    session_id = await anybody.create()
    bad = replace(anybody, token="x")
    for answer in (
        await bad.call("POST", SESSIONS),
        await bad.read(session_id),
        await bad.save(session_id, budget=1),
        await bad.call("PUT", SESSIONS, {"sessionId": session_id}),
        await bad.delete(session_id),
        await bad.validate(session_id, 1),
        await bad.commit(session_id),
        await bad.call("POST", PROJECTS, COMPLETE),
        await bad.call("GET", PROJECTS),
        await bad.call("GET", f"{PROJECTS}/{uuid4()}"),
    ):
        assert (answer.status, answer.body["code"]) == (401, "UNAUTHORIZED")
        assert "WWW-Authenticate" in answer.headers


async def test_without_a_key_every_token_is_refused_and_none_is_needed(
    clients: Clients, project_settings: ProjectSessionSettings
) -> None:
    keyless = project_settings.model_copy(update={"jwt_secret": None})
    async with running_sessions(clients, keyless) as instance:
        session_id = await instance.anybody.create()
        for caller in (instance.anybody.as_(), replace(instance.anybody, token="x")):
            assert (await caller.read(session_id)).status == 401


async def test_where_tokens_are_required_every_call_but_health_needs_one(
    clients: Clients, project_settings: ProjectSessionSettings
) -> None:
    strict = project_settings.model_copy(update={"require_auth": True})
    async with running_sessions(clients, strict) as instance:
        anybody = instance.anybody
        session_id = await anybody.as_().create()
        for answer in (
            await anybody.call("POST", SESSIONS),
            await anybody.read(session_id),
            await anybody.commit(session_id),
            await anybody.call("GET", PROJECTS),
        ):
            assert answer.status == 401
        assert (await anybody.read("health")).status == 200


async def test_case_32_health_is_503_within_two_seconds_when_the_store_is_down(
    instance: Instance, anybody: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert store_health._ANSWER_SECONDS < 2
    session_id = await anybody.create()
    answer = await anybody.read("health")
    assert (answer.status, answer.body["status"]) == (200, "healthy")
    assert (answer.body["store"], answer.body["redis"]) == ("connected", "not used")
    monkeypatch.setattr(store_health, "_ANSWER_SECONDS", 0.1)
    instance.reads.orders["get_item"].extend([Held(), timed_out])
    for _ in range(2):
        async with asyncio.timeout(20):
            answer = await anybody.read("health")
        assert (answer.status, answer.body["status"]) == (503, "unhealthy")
        assert (answer.body["store"], answer.body["redis"]) == ("disconnected", "not used")
        assert session_id[:8] not in json.dumps(answer.body)


async def test_case_34_a_project_is_created_from_a_session_or_from_data_alone(
    instance: Instance, anybody: Caller
) -> None:
    session_id = await anybody.ready(projectName="Of a session")
    sent = {"sessionId": session_id, "projectName": "Ignored", "whatever": 1}
    answer = await anybody.call("POST", PROJECTS, sent)
    assert (answer.status, answer.body["project"]["projectName"]) == (201, "Of a session")
    again = await anybody.call("POST", PROJECTS, sent)
    assert (again.status, again.body) == (200, {**answer.body, "replayed": True})
    for _ in range(2):
        bare = await anybody.call("POST", PROJECTS, {**EVERY_FIELD, "clientName": None})
        assert bare.status == 201
        assert bare.body["project"]["clientName"] == "Harbour Tower"
        assert bare.body["project"]["sourceSessionId"] is None
    assert len(await anybody.projects()) == 3
    for unknown, status in ((str(uuid4()), 404), ("x", 400), (7, 400)):
        refused = await anybody.call("POST", PROJECTS, {**COMPLETE, "sessionId": unknown})
        assert refused.status == status
    assert len(await anybody.projects()) == 3


async def test_case_34_data_alone_must_be_complete(instance: Instance, anybody: Caller) -> None:
    for sent, error in (
        ({}, "Missing required fields: Project Name, Building Type, Square Footage"),
        ({**COMPLETE, "buildingType": ""}, "Missing required fields: Building Type"),
        ({**COMPLETE, "squareFootage": None}, "Missing required fields: Square Footage"),
    ):
        answer = await anybody.call("POST", PROJECTS, sent)
        assert (answer.status, answer.body["error"]) == (400, error)
    for sent, fields in (
        ({**COMPLETE, "budget": -1}, ["budget"]),
        ({**COMPLETE, "uploadedFiles": [{"name": "a.exe"}]}, ["uploadedFiles"]),
        ({**COMPLETE, "budget": "x", "y": 1}, ["budget", "y"]),
    ):
        answer = await anybody.call("POST", PROJECTS, sent)
        assert (answer.status, answer.body["error"]) == (400, "Validation failed")
        assert list(answer.body["details"]["errors"]) == fields
    assert await instance.records() == []


async def test_projects_are_listed_newest_first_and_a_users_own_only_to_them(
    instance: Instance, anybody: Caller, ada: Caller
) -> None:
    made = []
    for number, caller in enumerate([anybody, ada, anybody, ada, ada]):
        instance.clock.now += 1
        answer = await caller.commit(await caller.ready(projectName=f"{number}"))
        made.append(answer.body["project"]["id"])
    assert [each["projectName"] for each in await anybody.projects()] == ["2", "0"]
    assert [each["projectName"] for each in await ada.projects()] == ["4", "3", "2", "1", "0"]
    pages: list[str] = []
    last: str | None = ""
    while last is not None:
        query = f"?limit=2&lastKey={last}" if last else "?limit=2"
        page = (await ada.call("GET", PROJECTS + query)).body
        assert page["pagination"]["count"] == len(page["projects"])
        assert page["pagination"]["hasMore"] is (page["pagination"]["lastEvaluatedKey"] is not None)
        pages += [each["projectName"] for each in page["projects"]]
        last = page["pagination"]["lastEvaluatedKey"]
    assert pages == ["4", "3", "2", "1", "0"]
    for caller, status in ((ada, 200), (anybody, 404), (ada.as_(user="bob"), 404)):
        answer = await caller.call("GET", f"{PROJECTS}/{made[1]}")
        assert answer.status == status
    for query in ("limit=0", "limit=51", "limit=x", "lastKey=x", "limit=1&limit=2"):
        answer = await anybody.call("GET", f"{PROJECTS}?{query}")
        assert (answer.status, answer.body["code"]) == (400, "VALIDATION_FAILED")
    assert (await anybody.call("GET", f"{PROJECTS}/x")).body["code"] == "PROJECT_NOT_FOUND"


async def test_a_failing_store_is_500_with_the_text_of_the_call(
    instance: Instance, anybody: Caller
) -> None:
    session_id = await anybody.ready()
    for operation, call, text in (
        ("transact_write_items", anybody.call("POST", SESSIONS), "Failed to create session"),
        ("query", anybody.read(session_id), "Failed to get session"),
        ("query", anybody.put(session_id), "Failed to update session"),
        ("transact_write_items", anybody.put(session_id), "Failed to update session"),
        ("query", anybody.delete(session_id), "Failed to delete session"),
        ("query", anybody.validate(session_id, 1), "Failed to validate session"),
        ("query", anybody.commit(session_id), "Failed to create project"),
        ("query", anybody.call("GET", PROJECTS), "Failed to get projects"),
    ):
        instance.reads.orders[operation].append(timed_out)
        answer = await call
        assert (answer.status, answer.body["code"]) == (500, "STORAGE_ERROR")
        assert answer.body["error"] == text


async def test_every_answer_forbids_sniffing_framing_and_caching(
    anybody: Caller,
) -> None:
    session_id = await anybody.create()
    for answer in (
        await anybody.read(session_id),
        await anybody.read("x"),
        await anybody.read("health"),
        await anybody.call("PATCH", f"{SESSIONS}/{session_id}"),
        await anybody.call("GET", PROJECTS),
    ):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
        assert answer.headers["Cache-Control"] == "no-store"
