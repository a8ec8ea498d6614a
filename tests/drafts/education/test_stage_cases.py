"""Cases 1, 2, 10, 20 and 24: staging, and the lifetime of a session."""

from typing import Any

from assembly_service.drafts.education.calls import PREFIX
from assembly_service.drafts.education.status import Step
from assembly_service.drafts.engine.draft import Draft
from tests.drafts.education.statuses import take
from tests.drafts.education.support import (
    ACCOUNT,
    EDUCATION,
    MEMBER,
    ONE,
    SECOND_ACCOUNT,
    Caller,
    Instance,
)

MALFORMED = "Validation error. Please check the provided data."
SESSION = "5b2f6f0e-4a53-4f5e-9d0b-6b1f8a9c2d11"


async def stored(instance: Instance, session_id: str) -> Draft:
    draft = await instance.engine.store.read(session_id)
    assert draft is not None
    return draft


async def drafts_rows(instance: Instance) -> list[Any]:
    table = instance.settings.dynamodb_drafts_table
    answer = await instance.reads.scan(TableName=table, ConsistentRead=True)
    rows: list[Any] = answer["Items"]
    return rows


async def test_case_01_a_malformed_body_is_400_and_makes_no_session(
    instance: Instance, owner: Caller
) -> None:
    broken: list[dict[str, Any]] = [
        {"country": None},
        {"cotoStatus": "4"},
        {"degreeType": 5},
        {"graduationYear": 20.5},
        {"notes": "n" * 101},
        {"color": "green"},
        {"userBusinessId": "x" * 21},
    ]
    for education in broken:
        answer = await owner.stage(**education)
        assert (answer.status, answer.body["message"]) == (400, MALFORMED)
        assert (answer.body["code"], answer.body["type"]) == (
            "VALIDATION_ERROR",
            "validation_failed",
        )
        assert answer.body["context"]["number"] == 3003
        assert len(answer.body["errors"]) == 1
    assert await drafts_rows(instance) == []


async def test_case_01_well_formed_data_that_breaks_a_rule_is_201_and_pending(
    owner: Caller,
) -> None:
    answer = await owner.stage(cotoRegistration=None, graduationYear=9999)
    assert answer.status == 201
    assert answer.body["status"] == "pending"
    assert answer.body["errors"] == [
        "COTO Registration number is required when status is General or Provisional/Temporary",
        "Graduation year must be between 1950 and 2105",
    ]
    assert answer.body["validation"]["graduationYearValid"] is False
    assert answer.body["nextAction"] == "stage_data"


async def test_case_02_zero_is_stored_and_answered_with_its_label(
    instance: Instance, owner: Caller
) -> None:
    zeros: dict[str, Any] = {"cotoStatus": 0, "degreeType": 0, "university": 0, "country": 0}
    session_id = await owner.staged(**zeros, cotoRegistration=None)
    data = (await stored(instance, session_id)).parts["data"]
    shown = (await owner.read(session_id)).body["data"]
    for name in zeros:
        assert (data[name], shown[name], shown[f"{name}Label"]) == (0, 0, "Other")
    await owner.up_to_link(session_id)
    created = (await owner.create(session_id)).body["educationRecord"]
    record = (await owner.record(created["recordId"])).body["educationRecord"]
    assert {name: record[name] for name in zeros} == zeros
    [row] = [row for row in await instance.records() if row["sk"]["S"].startswith("EDUCATION#")]
    assert row["osot_coto_status"] == {"N": "0"}


async def test_case_02_status_other_has_no_registration_either(owner: Caller) -> None:
    answer = await owner.stage(cotoStatus=0)
    assert answer.body["status"] == "pending"
    assert answer.body["validation"]["cotoRegistrationValid"] is False


async def test_case_10_a_body_with_a_category_or_privilege_is_400(
    instance: Instance, owner: Caller
) -> None:
    stated: list[dict[str, Any]] = [
        {"educationCategory": 2},
        {"userPrivilege": 3},
        {"userPrivilege": None},
        {"color": None},
    ]
    for each in stated:
        [name] = each
        inside = await owner.stage(**each)
        outside = await owner.stage(body=each)
        assert (inside.status, outside.status) == (400, 400)
        assert name in inside.body["errors"][0]
    assert await drafts_rows(instance) == []


async def test_case_20_a_session_lives_between_five_minutes_and_a_day(owner: Caller) -> None:
    for seconds, status in ((299, 400), (300, 201), (86_400, 201), (86_401, 400)):
        assert (await owner.stage(body={"ttlSeconds": seconds})).status == status


async def test_case_20_a_session_expires_on_time_although_it_is_still_stored(
    instance: Instance, owner: Caller
) -> None:
    for seconds, body in ((300, {"ttlSeconds": 300}), (86_400, {})):
        session_id = await owner.staged(body=body)
        await owner.update(session_id, degreeType=4)
        end = instance.clock.now + seconds * 1000
        instance.clock.now = end - 1
        assert (await owner.read(session_id)).body["timeRemaining"] == 0
        assert len((await owner.sessions()).body["sessions"]) == 1
        instance.clock.now = end
        for step in Step:
            assert (await take(owner, step, session_id)).status == 404
        assert (await owner.read(session_id)).status == 404
        assert (await owner.sessions()).body["sessions"] == []
        assert await stored(instance, session_id)
        assert (await instance.event_names(session_id)).count("session.expired") == 1


OPTIONS = ("skipValidation", "skipCategoryDetermination", "skipUniquenessCheck")


async def test_case_24_only_a_main_can_skip_a_check(instance: Instance) -> None:
    for option in OPTIONS:
        body = {"stagingOptions": {option: True}}
        assert (await instance.owner.stage(body=body)).status == 403
        assert (await instance.admin.stage(body=body)).status == 403
        assert (await instance.main.stage(body=body)).status == 201
        body = {"stagingOptions": {option: False}}
        assert (await instance.owner.stage(body=body)).status == 201


async def test_case_24_the_creation_repeats_the_checks_that_a_main_skipped(
    instance: Instance, main: Caller
) -> None:
    first = await main.linked()
    assert (await main.create(first)).status == 201
    options = {"stagingOptions": dict.fromkeys(OPTIONS, True)}
    second = await main.staged(body=options, graduationYear=9999)
    assert (await main.read(second)).body["status"] == "staged"
    assert (await main.validate(second)).body["isValid"] is True
    determined = (await main.determine(second)).body
    assert (determined["status"], "determinedCategory" in determined) == (
        "category_determined",
        False,
    )
    assert (await main.link(second, SECOND_ACCOUNT)).body["success"] is True
    broken = await main.create(second)
    assert (broken.status, broken.body["code"]) == (422, "BUSINESS_RULE_VIOLATION")
    assert broken.body["errors"] == [
        "Graduation year must be between 1950 and 2105",
        "User Business ID already exists for another OT Education record",
        "COTO Registration number already exists in the system",
    ]
    assert await instance.count_records() == ONE


async def test_case_24_each_option_skips_only_its_own_check(main: Caller) -> None:
    for option in OPTIONS:
        staged = await main.stage(body={"stagingOptions": {option: True}}, graduationYear=9999)
        assert staged.body["status"] == ("staged" if option == "skipValidation" else "pending")
    session_id = await main.staged(body={"stagingOptions": {"skipUniquenessCheck": True}})
    await main.validate(session_id)
    assert (await main.determine(session_id)).body["determinedCategory"] == 2


async def test_case_24_a_duplicate_alone_is_a_conflict(instance: Instance, main: Caller) -> None:
    assert (await main.create(await main.linked())).status == 201
    options = {"stagingOptions": {"skipUniquenessCheck": True}}
    second = await main.staged(body=options)
    await main.up_to_link(second, SECOND_ACCOUNT)
    refused = await main.create(second)
    assert (refused.status, refused.body["code"]) == (409, "CONFLICT")
    assert refused.body["type"] == "business_rule_violation"
    assert await instance.count_records() == ONE


async def test_staging_answers_the_whole_session(instance: Instance, owner: Caller) -> None:
    answer = await owner.stage(body={"accountId": ACCOUNT})
    body = answer.body
    assert (body["success"], body["status"]) == (True, "staged")
    assert (body["stagedAt"], body["expiresAt"]) == (
        "2100-03-01T17:00:00.000Z",
        "2100-03-02T17:00:00.000Z",
    )
    assert body["progress"] == {
        "staged": True,
        "validated": False,
        "categoryDetermined": False,
        "accountLinked": False,
        "persisted": False,
    }
    assert body["metadata"]["actor"] == "ada"
    assert body["metadata"]["operationId"].startswith("stage-education-")
    session = (await owner.read(body["sessionId"])).body
    assert (session["userId"], session["userBusinessId"]) == ("ada", MEMBER)
    assert session["accountId"] == ACCOUNT
    assert session["completionPercentage"] == 20
    assert session["availableActions"] == ["validate_education", "cancel_session"]
    assert session["timeRemaining"] == 86_400
    assert session["metadata"]["userAgent"].startswith("Python")
    assert session["data"]["graduationYear"] == EDUCATION["graduationYear"] - 1976


async def test_an_unknown_path_or_method_is_refused_with_advice(
    owner: Caller,
) -> None:
    unknown = f"{PREFIX}/nothing"
    for method, path in (("GET", unknown), ("POST", unknown), ("GET", f"{PREFIX}/session/a/b")):
        answer = await owner.call(method, path)
        assert (answer.status, answer.body["code"]) == (404, "NOT_FOUND")
        assert answer.body["type"] == "path_not_found"
        assert answer.body["message"] == "There is nothing at this path: check it for a mistake"
        assert answer.body["recoverySuggestions"] == [
            "Check the path against the documentation at /api/docs"
        ]
    for method, path, allowed in (
        ("PUT", f"{PREFIX}/stage", "POST"),
        ("GET", f"{PREFIX}/create/{SESSION}", "POST"),
        ("POST", f"{PREFIX}/session/{SESSION}", "DELETE, GET, HEAD, PATCH"),
    ):
        answer = await owner.call(method, path)
        assert (answer.status, answer.headers["Allow"]) == (405, allowed)
        assert answer.body["type"] == "method_not_allowed"
        assert "code" not in answer.body
        assert answer.body["message"] == f"{method} is not possible here: use {allowed}"
        assert answer.body["recoverySuggestions"] == ["Use a method that the header Allow names"]
