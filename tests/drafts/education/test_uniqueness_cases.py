"""Case 14: one record per member, account and registration number."""

import asyncio
from typing import Any

import pytest

from tests.drafts.education.reference import account
from tests.drafts.education.statuses import WRITES
from tests.drafts.education.support import (
    ACCOUNT,
    OTHER_MEMBER,
    OTHERS_ACCOUNT,
    SECOND_ACCOUNT,
    Caller,
    Instance,
)
from tests.harness.drafts import ORGANIZATION, Answer, Held

pytestmark = pytest.mark.conditions

ID_TAKEN = "User Business ID already exists for another OT Education record"
NUMBER_TAKEN = "COTO Registration number already exists in the system"
ACCOUNT_TAKEN = "Account already has an OT education record"


async def at_once(instance: Instance, second: Instance, sessions: list[str]) -> list[Answer]:
    """Create both as Main, on an instance each; both check uniqueness before either writes."""
    held = [Held(), Held()]
    calls = []
    for running, session_id, stop in zip((instance, second), sessions, held, strict=True):
        running.writes.orders[WRITES].append(stop)
        calls.append(asyncio.create_task(running.main.create(session_id)))
    for stop in held:
        await stop.reached.wait()
    for stop in held:
        stop.let_go.set()
    return sorted(await asyncio.gather(*calls), key=lambda answer: answer.status)


async def assert_one_wins(instance: Instance, answers: list[Answer], error: str) -> None:
    won, lost = answers
    assert (won.status, lost.status) == (201, 409)
    assert (lost.body["code"], lost.body["type"]) == ("CONFLICT", "business_rule_violation")
    assert lost.body["errors"] == [error]
    assert (await instance.count_records())["records"] == 1


async def test_case_14_two_sessions_of_one_member_become_one_record(
    instance: Instance, second: Instance, main: Caller
) -> None:
    sessions = [await main.linked(ACCOUNT), await main.linked(SECOND_ACCOUNT)]
    await main.update(sessions[1], cotoRegistration="CD123456")
    await main.up_to_link(sessions[1], SECOND_ACCOUNT)
    await assert_one_wins(instance, await at_once(instance, second, sessions), ID_TAKEN)
    for session_id in sessions:
        status = (await main.read(session_id)).body["status"]
        assert status in {"education_created", "creation_failed"}


async def test_case_14_two_sessions_with_one_account_become_one_record(
    instance: Instance, second: Instance, main: Caller
) -> None:
    first = await main.linked(ACCOUNT)
    other = await main.staged(userBusinessId=OTHER_MEMBER, cotoRegistration="CD123456")
    await main.validate(other)
    await main.determine(other)
    # The account was another member's when that one linked it.
    await instance.load(_account_of(OTHER_MEMBER))
    instance.clock.now += 300_000
    assert (await main.link(other, ACCOUNT)).body["success"]
    await assert_one_wins(instance, await at_once(instance, second, [first, other]), ACCOUNT_TAKEN)


async def test_case_14_two_sessions_with_one_registration_number_become_one_record(
    instance: Instance, second: Instance, main: Caller
) -> None:
    first = await main.linked(ACCOUNT)
    other = await main.linked(OTHERS_ACCOUNT, userBusinessId=OTHER_MEMBER)
    await assert_one_wins(instance, await at_once(instance, second, [first, other]), NUMBER_TAKEN)


async def test_case_14_the_second_one_is_refused_before_anything_is_written(
    instance: Instance, main: Caller
) -> None:
    sessions = [await main.linked(ACCOUNT), await main.linked(ACCOUNT)]
    assert (await main.create(sessions[0])).status == 201
    records = await instance.records()
    refused = await main.create(sessions[1])
    assert (refused.status, refused.body["errors"]) == (
        409,
        [ID_TAKEN, NUMBER_TAKEN, ACCOUNT_TAKEN],
    )
    assert await instance.records() == records
    session = (await main.read(sessions[1])).body
    assert (session["status"], session["errors"]) == (
        "creation_failed",
        refused.body["errors"],
    )
    events = await instance.events(sessions[1])
    assert events[-1]["event"].endswith("education.failed")
    assert events[-1]["errors"] == refused.body["errors"]


async def test_members_of_different_organisations_do_not_conflict(
    instance: Instance, main: Caller
) -> None:
    elsewhere = main.as_(privilege=3, organization="another", user="zoe")
    await instance.load(_account_of("osot-0000123", account_id=OTHERS_ACCOUNT, where="another"))
    assert (await main.create(await main.linked())).status == 201
    assert (await elsewhere.create(await elsewhere.linked(OTHERS_ACCOUNT))).status == 201
    assert (await instance.count_records())["records"] == 2


def _account_of(member: str, *, account_id: str = ACCOUNT, where: str = ORGANIZATION) -> Any:
    return account(account_id, business_id=member, organization=where)
