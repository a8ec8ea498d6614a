"""What is wrong is told at its field, by every call."""

import asyncio

import pytest

from assembly_service.drafts.education import fields
from assembly_service.drafts.education.rules import DUPLICATES
from assembly_service.drafts.engine.json_body import InvalidBody
from tests.drafts.education.statuses import WRITES
from tests.drafts.education.support import (
    ACCOUNT,
    EDUCATION,
    OTHERS_ACCOUNT,
    SECOND_ACCOUNT,
    Caller,
    Instance,
)
from tests.drafts.education.test_rules import DEFAULT, TODAY, found
from tests.harness.drafts import Held, timed_out

ID_TAKEN, NUMBER_TAKEN, ACCOUNT_TAKEN = (each.message for each in DUPLICATES)
TAKEN = {"userBusinessId": ID_TAKEN, "cotoRegistration": NUMBER_TAKEN, "accountId": ACCOUNT_TAKEN}


def mistakes(body: object) -> dict[str, str]:
    with pytest.raises(InvalidBody) as raised:
        fields.read_stage({"educationData": body})
    return dict(raised.value.fields)


def test_every_missing_field_is_told_that_it_is_required() -> None:
    education = {**EDUCATION, "country": None, "university": None}
    assert mistakes(education) == {
        "university": "university is required",
        "country": "country is required",
    }


def test_every_malformed_field_is_told_how_it_must_be() -> None:
    assert mistakes({**EDUCATION, "degreeType": 5, "notes": 1, "educationCategory": 2}) == {
        "degreeType": "degreeType must be a code of DegreeType, 0 to 4",
        "notes": "notes must be a string",
        "educationCategory": "educationCategory is set by the service: leave it out",
    }
    assert mistakes([]) == {"educationData": "educationData must be an object"}


@pytest.mark.parametrize(
    ("field", "education"),
    [
        ("userBusinessId", {"userBusinessId": "a b"}),
        ("cotoRegistration", {"cotoRegistration": None}),
        ("cotoRegistration", {"cotoStatus": 1}),
        ("cotoRegistration", {"cotoRegistration": "1"}),
        ("country", {"country": 2}),
        ("graduationYear", {"graduationYear": 9999}),
    ],
    ids=str,
)
def test_every_broken_rule_is_told_at_one_field(field: str, education: dict[str, object]) -> None:
    checked = found(DEFAULT, **education)
    assert checked.fields == {field: checked.errors[0]}


def test_too_long_notes_of_an_older_session_are_told_at_the_notes() -> None:
    checked = DEFAULT.check({**EDUCATION, "graduationYear": 4, "notes": "n" * 101}, today=TODAY)
    assert checked.fields == {"notes": checked.errors[0]}


async def test_what_is_wrong_with_a_body_and_with_the_data_is_told_at_the_fields(
    owner: Caller,
) -> None:
    refused = (await owner.stage(country=None)).body
    assert refused["fields"] == {"country": "country is required"}
    assert (await owner.sessions(member=None)).body["fields"].keys() == {"userBusinessId"}
    staged = (await owner.stage(graduationYear=9999)).body
    assert staged["fields"] == {"graduationYear": staged["errors"][0]}
    assert (await owner.read(staged["sessionId"])).body["fields"] == staged["fields"]
    mended = (await owner.update(staged["sessionId"], graduationYear=2020)).body
    assert (mended["errors"], mended["fields"]) == ([], {})


async def test_an_account_that_cannot_be_linked_is_told_at_the_account(owner: Caller) -> None:
    session_id = await owner.staged()
    await owner.validate(session_id)
    executed = (await owner.execute(session_id, OTHERS_ACCOUNT)).body
    linked = (await owner.link(session_id, OTHERS_ACCOUNT)).body
    assert linked["fields"] == executed["fields"] == {"accountId": linked["errors"][0]}
    assert (await owner.read(session_id)).body["fields"] == linked["fields"]
    assert (await owner.link(session_id)).body["fields"] == {}


async def test_duplicates_are_told_at_their_fields_by_every_call(main: Caller) -> None:
    late, skipped = await main.linked(ACCOUNT), await main.staged()
    created = (await main.create(await main.linked(ACCOUNT))).body
    assert created["fields"] == {}
    checked = (await main.validate(skipped)).body
    assert checked["fields"] == {
        name: TAKEN[name] for name in ("userBusinessId", "cotoRegistration")
    }
    refused = await main.create(late)
    assert (refused.status, refused.body["fields"]) == (409, TAKEN)
    session = (await main.read(late)).body
    assert (session["errors"], session["fields"]) == (refused.body["errors"], TAKEN)
    assert (await main.execute(late)).body["fields"] == TAKEN


@pytest.mark.conditions
async def test_a_duplicate_that_only_the_write_finds_is_told_at_its_field_to_all_who_wait(
    instance: Instance, second: Instance, main: Caller
) -> None:
    late = await main.linked(SECOND_ACCOUNT, cotoRegistration="CD123456")
    held = Held()
    instance.writes.orders[WRITES].append(held)
    creating = asyncio.create_task(main.create(late))
    await held.reached.wait()
    assert (await second.main.create(await main.linked(ACCOUNT))).status == 201
    second.waits.hold = True
    waiting = asyncio.create_task(second.main.create(late))
    await second.waits.reached.wait()
    held.let_go.set()
    refused = await creating
    second.waits.let_go.set()
    for answer in (refused, await waiting):
        assert (answer.status, answer.body["fields"]) == (409, {"userBusinessId": ID_TAKEN})
    assert (await main.read(late)).body["fields"] == {"userBusinessId": ID_TAKEN}


@pytest.mark.conditions
async def test_a_session_has_the_errors_of_its_last_step_alone(
    instance: Instance, owner: Caller
) -> None:
    session_id = await owner.linked()
    instance.writes.orders[WRITES].extend([timed_out] * 3)
    await owner.create(session_id)
    assert (await owner.link(session_id, OTHERS_ACCOUNT)).body["success"] is False
    instance.writes.orders[WRITES].extend([timed_out] * 3)
    gave_up = (await owner.create(session_id)).body
    session = (await owner.read(session_id)).body
    assert (session["errors"], session["fields"]) == (gave_up["errors"], {})
