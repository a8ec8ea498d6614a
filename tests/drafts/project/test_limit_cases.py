"""Case 30: the limits on calls per minute, shared by all instances."""

import asyncio

import pytest

from assembly_service.aws.clients import Clients
from assembly_service.settings.drafts import ProjectSessionSettings
from tests.drafts.project.support import (
    COMPLETE,
    MINUTE,
    PROJECTS,
    SECOND,
    SESSIONS,
    Caller,
    Instance,
    running_sessions,
)
from tests.harness.drafts import Answer, timed_out

pytestmark = pytest.mark.conditions

DEFAULTS = {
    "session_creates_per_minute": 10,
    "session_updates_per_minute": 60,
    "session_reads_per_minute": 100,
    "session_deletes_per_minute": 5,
}


@pytest.fixture
def project_settings(project_settings: ProjectSessionSettings) -> ProjectSessionSettings:
    return project_settings.model_copy(update=DEFAULTS)


def refused(answer: Answer, *, seconds: int) -> bool:
    assert (answer.status, answer.body["code"]) == (429, "RATE_LIMIT_EXCEEDED"), answer
    assert answer.body["error"] == "Rate limit exceeded"
    return answer.headers["Retry-After"] == str(seconds)


async def test_case_30_the_eleventh_create_of_an_address_in_a_minute_is_refused(
    instance: Instance, second: Instance
) -> None:
    instance.clock.now += 12_345
    for number in range(10):
        await (instance, second)[number % 2].anybody.create()
    assert (await instance.anybody.call("POST", SESSIONS, b"[]")).status == 400
    assert refused(await second.anybody.call("POST", SESSIONS), seconds=48)
    assert refused(await instance.anybody.call("POST", PROJECTS, COMPLETE), seconds=48)
    for each in (instance, second):
        reached = each.registry.get_sample_value
        assert reached("assembly_limits_reached_total", {"limit": "draft_calls"}) == 1
    instance.clock.now += 48 * SECOND
    await instance.anybody.create()


async def test_case_30_the_sixty_first_update_of_a_session_in_a_minute_is_refused(
    instance: Instance, second: Instance
) -> None:
    """Saves, validations and commits share a limit; other sessions are unaffected."""
    anybody, elsewhere = instance.anybody, second.anybody
    session_id, other = await anybody.create(), await anybody.create()
    saves = [
        (anybody, elsewhere)[number % 2].put(session_id, currentStep=2) for number in range(40)
    ]
    assert {answer.status for answer in await asyncio.gather(*saves)} == {200}
    checks = [(anybody, elsewhere)[number % 2].validate(session_id, 2) for number in range(19)]
    assert {answer.status for answer in await asyncio.gather(*checks)} == {200}
    last = await asyncio.gather(*(elsewhere.put(session_id) for _ in range(3)))
    assert sorted(answer.status for answer in last) == [200, 429, 429]
    for answer in (
        await anybody.put(session_id),
        await anybody.validate(session_id, 1),
        await anybody.commit(session_id),
    ):
        assert refused(answer, seconds=60)
    assert (await anybody.body(session_id))["version"] == 42
    assert (await anybody.put(other)).status == 200
    instance.clock.now += MINUTE
    assert (await anybody.put(session_id)).status == 200


async def test_case_30_a_commit_counts_and_a_refused_call_does_not(
    clients: Clients, project_settings: ProjectSessionSettings
) -> None:
    two = project_settings.model_copy(update={"session_updates_per_minute": 2})
    async with running_sessions(clients, two) as instance:
        anybody = instance.anybody
        session_id = await anybody.ready()
        assert (await anybody.put(session_id, currentStep=9)).status == 400
        assert (await anybody.put(session_id, expectedVersion=9)).status == 409
        instance.writes.orders["transact_write_items"].extend([timed_out] * 3)
        assert (await anybody.commit(session_id)).status == 500
        assert (await anybody.put(session_id)).status == 200
        assert refused(await anybody.put(session_id), seconds=60)
        assert refused(await anybody.commit(session_id), seconds=60)


async def test_case_30_the_hundred_and_first_read_and_the_sixth_delete_are_refused(
    instance: Instance, second: Instance
) -> None:
    session_id, other = await instance.anybody.create(), await instance.anybody.create()
    reads = [(instance, second)[number % 2].anybody.read(session_id) for number in range(100)]
    assert {answer.status for answer in await asyncio.gather(*reads)} == {200}
    assert refused(await instance.anybody.read(session_id), seconds=60)
    assert (await instance.anybody.read(other)).status == 200
    statuses = [(await second.anybody.delete(session_id)).status for _ in range(5)]
    assert statuses == [200, 404, 404, 404, 404]
    assert refused(await instance.anybody.delete(session_id), seconds=60)
    assert (await instance.anybody.delete(other)).status == 200


async def test_a_call_that_cannot_be_counted_is_let_through_and_counted_as_such(
    instance: Instance, anybody: Caller
) -> None:
    for operation in ("update_item",):
        instance.writes.orders[operation].extend([timed_out] * 3)
    session_id = await anybody.create()
    assert (await anybody.read(session_id)).status == 200
    instance.reads.orders["update_item"].append(timed_out)
    assert (await anybody.validate(session_id, 2)).status == 200
    assert (await anybody.delete(session_id)).status == 200
    counted = {
        step: instance.registry.get_sample_value(
            "assembly_draft_limits_not_counted_total",
            {"system": "project-session", "step": step},
        )
        for step in ("create", "read", "delete", "validate-session")
    }
    assert set(counted.values()) == {1}


async def test_every_address_behind_a_trusted_proxy_has_its_own_limit(
    clients: Clients, project_settings: ProjectSessionSettings
) -> None:
    async with running_sessions(clients, project_settings, trusted_proxies=1) as instance:

        async def create(address: str) -> int:
            headers = {"X-Forwarded-For": f"203.0.113.9, {address}"}
            return (await instance.anybody.call("POST", SESSIONS, headers=headers)).status

        assert {await create("198.51.100.1") for _ in range(10)} == {201}
        assert await create("198.51.100.1") == 429
        assert await create("198.51.100.2") == 201
    untrusting = instance.settings
    async with running_sessions(clients, untrusting) as plain:
        forged = [
            await plain.anybody.call(
                "POST", SESSIONS, headers={"X-Forwarded-For": f"198.51.100.{number}"}
            )
            for number in range(11)
        ]
        assert [answer.status for answer in forged] == [201] * 10 + [429]


async def test_a_clock_that_was_far_ahead_locks_nobody_out(instance: Instance) -> None:
    anybody = instance.anybody
    session_id = await anybody.create()
    instance.clock.now += 10 * MINUTE
    for _ in range(60):
        await anybody.put(session_id)
    assert (await anybody.put(session_id)).status == 429
    instance.clock.now -= MINUTE
    assert (await anybody.put(session_id)).status == 429
    instance.clock.now -= 8 * MINUTE
    assert (await anybody.put(session_id)).status == 200
