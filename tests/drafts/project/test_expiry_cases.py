"""Cases 18 to 22: the lifetime of a session, and what remains afterwards."""

import asyncio
from uuid import uuid4

from assembly_service.aws.clients import Clients
from assembly_service.domain.timestamps import to_milliseconds
from assembly_service.drafts.engine.sweeper import sweep
from tests.drafts.project.support import (
    HOUR,
    MINUTE,
    SESSIONS,
    Caller,
    Instance,
    running_sessions,
)
from tests.harness.drafts import Answer, Held
from tests.harness.web import ManualClock


async def every_call(anybody: Caller, session_id: str) -> dict[str, Answer]:
    """The answer to each call."""
    return {
        "get": await anybody.read(session_id),
        "put": await anybody.save(session_id, budget=1),
        "put in the body": await anybody.call("PUT", SESSIONS, {"sessionId": session_id}),
        "delete": await anybody.delete(session_id),
        "validate": await anybody.validate(session_id, 1),
        "commit": await anybody.commit(session_id),
    }


async def test_case_18_a_save_extends_to_an_hour_from_now_and_never_past_two_days(
    instance: Instance, anybody: Caller
) -> None:
    session_id = await anybody.create()
    made = instance.clock.now
    lives = {
        22 * HOUR + 59 * MINUTE: 24 * HOUR,
        23 * HOUR + 30 * MINUTE: 24 * HOUR + 30 * MINUTE,
        24 * HOUR + 30 * MINUTE - 1: 25 * HOUR + 30 * MINUTE - 1,
    }
    for at, until in lives.items():
        instance.clock.now = made + at
        answer = await anybody.save(session_id, budget=at)
        assert to_milliseconds(answer.body["expiresAt"] + "000000") - made == until
    at = 25 * HOUR
    while at < 47 * HOUR:
        instance.clock.now = made + at
        assert (await anybody.put(session_id)).status == 200
        at += HOUR // 2 + 20 * MINUTE
    instance.clock.now = made + 47 * HOUR + 30 * MINUTE
    for _ in range(2):
        answer = await anybody.save(session_id, budget=1)
        assert to_milliseconds(answer.body["expiresAt"] + "000000") - made == 48 * HOUR
    instance.clock.now = made + 48 * HOUR - 1
    assert (await anybody.read(session_id)).status == 200
    instance.clock.now += 1
    assert (await anybody.save(session_id, budget=2)).status == 410


async def test_case_19_reading_and_validating_never_extend(
    instance: Instance, anybody: Caller
) -> None:
    session_id = await anybody.create()
    made = instance.clock.now
    for minutes in (1, 600, 1_380, 1_439):
        instance.clock.now = made + minutes * MINUTE
        assert (await anybody.read(session_id)).status == 200
        await anybody.validate(session_id, 1)
        await anybody.call("GET", f"{SESSIONS}/health")
    instance.clock.now = made + 24 * HOUR
    assert (await anybody.read(session_id)).status == 410


async def test_case_20_an_expired_session_is_410_for_a_day_then_404_even_while_stored(
    instance: Instance, anybody: Caller
) -> None:
    session_id = await anybody.create()
    made = instance.clock.now
    instance.clock.now = made + 24 * HOUR - 1
    assert (await anybody.read(session_id)).status == 200
    for at, status, code in (
        (24 * HOUR, 410, "SESSION_EXPIRED"),
        (48 * HOUR - 1, 410, "SESSION_EXPIRED"),
        (48 * HOUR, 404, "SESSION_NOT_FOUND"),
    ):
        instance.clock.now = made + at
        for call, answer in (await every_call(anybody, session_id)).items():
            assert (answer.status, answer.body["code"]) == (status, code), call
        row = await instance.row(session_id)
        assert int(row["ttl"]["N"]) >= (made + 48 * HOUR) // 1000
    assert await instance.event_names(session_id) == ["created", "expired"]


async def test_an_expiry_has_one_event_and_is_counted_by_the_last_step(
    instance: Instance, second: Instance, anybody: Caller
) -> None:
    session_id = await anybody.create({"currentStep": 3})
    await anybody.save(session_id, budget=1)
    instance.clock.now += 24 * HOUR
    await asyncio.gather(
        *(
            sweep(
                each.engine.store,
                system="project-session",
                clock=each.clock,
                note=each.sessions.drafts.note_expiry,
            )
            for each in (instance, second)
        )
    )
    assert await instance.event_names(session_id) == ["created", "updated", "expired"]
    counted = [
        each.registry.get_sample_value(
            "assembly_drafts_abandoned_total", {"system": "project-session", "state": "step-3"}
        )
        for each in (instance, second)
    ]
    assert sum(each or 0 for each in counted) == 1


async def test_an_instance_whose_clock_is_behind_sees_no_expired_session(
    instance: Instance, clients: Clients, anybody: Caller
) -> None:
    session_id = await anybody.create()
    made = instance.clock.now
    behind = ManualClock(made + 24 * HOUR - 5 * MINUTE)
    async with running_sessions(clients, instance.settings, clock=behind) as other:
        instance.clock.now = made + 24 * HOUR
        assert (await other.anybody.save(session_id, budget=1)).status == 200
        assert (await anybody.read(session_id)).status == 200
        instance.clock.now = made + 25 * HOUR
        assert (await anybody.read(session_id)).status == 410
        for answer in (await other.anybody.read(session_id), await other.anybody.put(session_id)):
            assert answer.status == 410
        instance.clock.now -= HOUR
        assert (await anybody.save(session_id, budget=2)).status == 410


async def test_case_21_a_malformed_id_is_400_an_unknown_one_404_and_health_is_the_health_page(
    anybody: Caller,
) -> None:
    for malformed in ("x", str(uuid4())[:-1], "00000000-0000-1000-8000-000000000000", "{}"):
        for call, answer in (await every_call(anybody, malformed)).items():
            assert (answer.status, answer.body["code"]) == (400, "INVALID_SESSION_ID"), call
            assert answer.body["error"] == "Invalid session ID format"
    for call, answer in (await every_call(anybody, str(uuid4()))).items():
        assert (answer.status, answer.body["code"]) == (404, "SESSION_NOT_FOUND"), call
        assert answer.body["error"] == "Session not found"
    assert (await anybody.read("health")).body["status"] == "healthy"
    for method in ("PUT", "DELETE", "POST"):
        assert (await anybody.call(method, f"{SESSIONS}/health")).status == 405
    assert (await anybody.validate("health", 1)).body["code"] == "INVALID_SESSION_ID"


async def test_case_22_a_session_is_deleted_once_but_not_during_or_after_a_commit(
    instance: Instance, anybody: Caller
) -> None:
    session_id = await anybody.create()
    assert (await anybody.delete(session_id)).body["success"] is True
    again = await anybody.delete(session_id)
    assert (again.status, again.body["code"]) == (404, "SESSION_NOT_FOUND")
    assert await instance.event_names(session_id) == ["created", "deleted"]

    ready, held = await anybody.ready(), Held()
    instance.writes.orders["transact_write_items"].append(held)
    committing = asyncio.create_task(anybody.commit(ready))
    await held.reached.wait()
    for answer in (await anybody.delete(ready), await anybody.save(ready, budget=1)):
        assert (answer.status, answer.body["code"]) == (409, "COMMIT_IN_PROGRESS")
        assert answer.body["error"] == "Project creation in progress"
    assert (await anybody.body(ready))["committing"] is True
    assert (await anybody.validate(ready, 1)).status == 200
    held.let_go.set()
    project = (await committing).body["project"]
    for answer in (await anybody.delete(ready), await anybody.save(ready, budget=1)):
        assert (answer.status, answer.body["code"]) == (409, "ALREADY_COMMITTED")
        assert answer.body["error"] == "Project already created"
    session = await anybody.body(ready)
    assert session["projectId"] == project["id"]
    assert session["completedSteps"] == [1, 2, 3, 4]
    assert "committing" not in session
    assert (await anybody.validate(ready, 4)).status == 200
