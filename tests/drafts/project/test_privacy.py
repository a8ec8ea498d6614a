"""Case 33: no log line or event holds a session id or an address."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from assembly_service.aws.clients import Clients
from assembly_service.settings.drafts import ProjectSessionSettings
from tests.drafts.project.support import (
    EVERY_FIELD,
    SESSIONS,
    Instance,
    reference,
    running_sessions,
)
from tests.harness.drafts import answer_lost, timed_out

ADDRESS = "198.51.100.23"


@pytest.fixture
async def behind_a_proxy(
    clients: Clients, project_settings: ProjectSessionSettings
) -> AsyncIterator[Instance]:
    async with running_sessions(clients, project_settings, trusted_proxies=1) as running:
        yield running


async def mistaken(_: object) -> Any:
    raise KeyError("a bug")


async def a_whole_life(instance: Instance) -> tuple[list[str], list[Any]]:
    """Make every call on several sessions, some with failures; return their ids and answers."""
    anybody = instance.anybody
    seen = {"X-Forwarded-For": ADDRESS, "sec-ch-ua-platform": '"macOS"', "User-Agent": "browser/1"}
    answer = await anybody.call(
        "POST",
        SESSIONS,
        {"projectData": EVERY_FIELD, "completedSteps": [1, 2, 3]},
        headers=seen,
    )
    ids, answers = [answer.body["sessionId"]], [answer]
    for prefix in (SESSIONS, "/api/sessions"):
        caller = replace(anybody, prefix=prefix)
        ids.append(await caller.ready())
        ids.append(await caller.create())
        for session_id in (*ids, str(uuid4()), "x"):
            if session_id != "x":
                instance.reads.orders["query"].append(timed_out)
            answers += [
                await caller.read(session_id),
                await caller.read(session_id),
                await caller.save(session_id, budget=-1),
                await caller.call("PUT", prefix, {"sessionId": session_id, "currentStep": 2}),
                await caller.validate(session_id, 1),
                await replace(caller, token="x").read(session_id),
                await caller.call("PATCH", f"{prefix}/{session_id}"),
            ]
    await anybody.save(ids[0], budget=5)
    instance.writes.orders["transact_write_items"].extend([timed_out] * 3 + [answer_lost])
    answers += [await anybody.commit(ids[0]), await anybody.commit(ids[0])]
    answers.append(await anybody.delete(ids[-1]))
    instance.reads.orders["query"].append(mistaken)
    answers.append(await anybody.read(ids[1]))
    instance.clock.now += 25 * 3_600_000
    answers.append(await anybody.read(ids[1]))
    await instance.engine.relay.publish_all(sweep=True)
    return ids, answers


async def test_case_33_no_address_is_answered_and_no_full_id_or_address_is_logged_or_published(
    behind_a_proxy: Instance,
) -> None:
    instance = behind_a_proxy
    events: list[Any] = []
    with capture_logs() as logs:
        ids, answers = await a_whole_life(instance)
        events = [event for each in ids for event in await instance.events(reference(each))]
    session = next(each.body for each in answers if each.body.get("metadata"))
    assert session["metadata"] == {"userAgent": "browser/1", "deviceInfo": "macOS"}
    assert ADDRESS not in json.dumps([each.body for each in answers])
    text = json.dumps([logs, events], default=str)
    assert {each["event"] for each in logs} >= {"draft_step", "domain_event", "request_failed"}
    assert {each["name"] for each in logs if "name" in each} == {
        f"project-session.{name}"
        for name in (
            "created",
            "updated",
            "deleted",
            "expired",
            "commit.started",
            "commit.failed",
            "commit.success",
        )
    }
    for secret in (*ids, ADDRESS, "127.0.0.1"):
        assert secret not in text, next(each for each in logs if secret in str(each))
    assert all(each[:8] in text for each in ids)
    assert all(reference(each) in text for each in ids)
