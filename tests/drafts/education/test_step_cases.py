"""Cases 7, 9, 11 to 13 and 23: the steps in order, over HTTP."""

from itertools import product

from assembly_service.drafts.education.reference import CACHE_MILLISECONDS
from assembly_service.drafts.education.status import ALLOWED, SHOWN, Status, Step, next_action
from tests.drafts.education.statuses import REACH, take
from tests.drafts.education.support import (
    ACCOUNT,
    ONE,
    SECOND_ACCOUNT,
    YEAR,
    Caller,
    Instance,
)
from tests.harness.drafts import straight, timed_out

CATEGORIES = {"student": (YEAR + 1, 1), "new": (YEAR, 2), "graduate": (YEAR - 2, 0)}


async def test_case_07_a_failed_membership_lookup_is_only_a_warning(
    instance: Instance, owner: Caller
) -> None:
    session_id = await owner.staged()
    await owner.validate(session_id)
    # The first one reads the draft.
    instance.reads.orders["query"].extend([straight, timed_out])
    answer = await owner.determine(session_id)
    assert answer.status == 200
    assert answer.body["determinedCategory"] == 0
    assert answer.body["warnings"] == [
        "Membership period unavailable, category determined from graduation year only"
    ]
    assert "membershipExpiresDate" not in answer.body["validation"]
    again = (await owner.determine(session_id)).body
    assert (again["determinedCategory"], again["warnings"]) == (2, [])
    assert again["validation"]["membershipExpiresDate"] == f"{YEAR}-12-31"
    assert again["categoryRationale"] == (
        f"Graduated in {YEAR}, membership period open until {YEAR}-12-31"
    )


async def test_case_07_a_failed_membership_lookup_prevents_the_creation(
    instance: Instance, owner: Caller
) -> None:
    session_id = await owner.linked()
    instance.clock.now += CACHE_MILLISECONDS
    # The first one reads the draft.
    instance.reads.orders["query"].extend([straight, timed_out])
    answer = await owner.create(session_id)
    assert (answer.status, answer.body["code"]) == (503, "STORE_ERROR")
    assert (answer.body["type"], answer.body["recoverable"]) == ("service_error", True)
    assert (await instance.count_records())["records"] == 0
    assert (await owner.read(session_id)).body["status"] == "account_linked"
    assert (await owner.create(session_id)).body["finalCategory"] == 2


async def test_case_09_the_coto_status_never_changes_the_category(
    owner: Caller,
) -> None:
    for kind, status in product(CATEGORIES, range(6)):
        year, category = CATEGORIES[kind]
        number = "AB123456" if status in {3, 4} else None
        session_id = await owner.staged(
            graduationYear=year, cotoStatus=status, cotoRegistration=number
        )
        await owner.validate(session_id)
        answer = (await owner.determine(session_id)).body
        assert answer["determinedCategory"] == category
        is_unusual = status in ({3, 4, 5} if kind == "student" else {1})
        assert answer["ruleViolations"] == (["V10"] if is_unusual else [])
        assert len(answer["warnings"]) == is_unusual
        assert (answer["isValid"], answer["nextStep"]) == (True, "account_linking")


async def test_case_11_each_step_out_of_order_is_409_and_changes_nothing(
    instance: Instance,
) -> None:
    callers = await instance.newcomers(len(SHOWN))
    for status, caller in zip(SHOWN, callers, strict=True):
        session_id = await REACH[status](instance, caller)
        before = await instance.engine.store.read(session_id)
        events, records = await instance.events(session_id), await instance.records()
        assert before is not None
        assert before.state == status
        for step in (step for step in Step if status not in ALLOWED[step]):
            answer = await take(caller, step, session_id)
            assert (answer.status, answer.body["code"]) == (409, "CONFLICT")
            assert answer.body["type"] == "workflow_state_invalid"
            assert answer.body["message"] == f"Step {step} is not allowed in status {status}"
            assert (answer.body["step"], answer.body["sessionId"]) == (step, session_id)
            assert answer.body["nextAction"] == next_action(status)
            assert answer.body["recoverySuggestions"] == ["Take the step that nextAction names"]
        assert await instance.engine.store.read(session_id) == before
        assert await instance.events(session_id) == events
        assert await instance.records() == records


async def test_each_allowed_step_leads_to_the_status_in_the_table(instance: Instance) -> None:
    allowed = [(status, step) for step in Step for status in SHOWN if status in ALLOWED[step]]
    callers = await instance.newcomers(len(allowed))
    for (status, step), caller in zip(allowed, callers, strict=True):
        session_id = await REACH[status](instance, caller)
        answer = await take(caller, step, session_id)
        is_new = step is Step.CREATE and status in {Status.ACCOUNT_LINKED, Status.CREATION_FAILED}
        assert answer.status == (201 if is_new else 200)
        if step is Step.CANCEL:
            assert answer.body["cancelled"] is True
        else:
            assert answer.body["status"] == _after(status, step), (status, step)


def _after(status: Status, step: Step) -> Status:
    if step is Step.EXECUTE and status is not Status.PENDING:
        return Status.WORKFLOW_COMPLETED
    if step is Step.CREATE and status is Status.WORKFLOW_COMPLETED:
        return Status.WORKFLOW_COMPLETED
    if status is Status.PENDING:
        return Status.PENDING
    return {
        Step.UPDATE: Status.STAGED,
        Step.VALIDATE: Status.VALIDATED,
        Step.DETERMINE: Status.CATEGORY_DETERMINED,
        Step.LINK: Status.ACCOUNT_LINKED,
        Step.CREATE: Status.EDUCATION_CREATED,
    }[step]


async def test_case_12_steps_can_be_repeated_and_the_account_changed_before_the_creation(
    instance: Instance, owner: Caller
) -> None:
    session_id = await owner.staged()
    for _ in range(2):
        assert (await owner.validate(session_id)).body["status"] == "validated"
    for _ in range(2):
        assert (await owner.determine(session_id)).body["status"] == "category_determined"
    assert (await owner.link(session_id, ACCOUNT)).body["success"]
    assert (await owner.link(session_id, SECOND_ACCOUNT)).body["success"]
    created = await owner.create(session_id)
    assert created.body["educationRecord"]["accountId"] == SECOND_ACCOUNT
    assert await instance.count_records() == ONE


async def test_a_taken_value_fails_the_validation_and_keeps_the_status(
    instance: Instance, owner: Caller
) -> None:
    late = await owner.staged()
    assert (await owner.create(await owner.linked())).status == 201
    answer = await owner.validate(late)
    assert (answer.status, answer.body["isValid"], answer.body["status"]) == (200, False, "staged")
    assert answer.body["ruleViolations"] == ["V7", "V8"]
    assert answer.body["errors"] == [
        "User Business ID already exists for another OT Education record",
        "COTO Registration number already exists in the system",
    ]
    assert (await owner.read(late)).body["errors"] == answer.body["errors"]
    [event] = [e for e in await instance.events(late) if e["event"].endswith("completed")]
    assert event["validationTypes"] == ["creation", "duplicate_check"]


async def test_case_13_a_change_resets_all_steps(instance: Instance, owner: Caller) -> None:
    session_id = await owner.linked()
    answer = await owner.update(session_id, degreeType=4, notes="Exchange year")
    assert (answer.status, answer.body["status"]) == (200, "staged")
    flags = answer.body["progress"]
    assert [flags[name] for name in ("validated", "categoryDetermined", "accountLinked")] == [
        False
    ] * 3
    session = (await owner.read(session_id)).body
    assert "determinedCategory" not in session["validation"]
    assert (await owner.create(session_id)).status == 409
    await owner.up_to_link(session_id)
    created = (await owner.create(session_id)).body["educationRecord"]
    assert (created["degreeType"], created["notes"]) == (4, "Exchange year")


async def test_case_13_a_change_that_breaks_a_rule_makes_the_session_pending(owner: Caller) -> None:
    session_id = await owner.linked()
    answer = await owner.update(session_id, cotoRegistration=None)
    assert (answer.status, answer.body["status"]) == (200, "pending")
    assert (await owner.update(session_id, cotoStatus=1)).body["status"] == "staged"


async def test_case_13_an_empty_change_resets_no_step(instance: Instance, owner: Caller) -> None:
    session_id = await owner.linked()
    session = await instance.engine.store.read(session_id)
    events = await instance.events(session_id)
    for changes in ({}, {"degreeType": 3}, {"notes": None}, {"notes": " "}):
        answer = await owner.update(session_id, **changes)
        assert (answer.status, answer.body["status"]) == (200, "account_linked")
        assert answer.body["progress"]["accountLinked"] is True
    assert await instance.engine.store.read(session_id) == session
    assert await instance.events(session_id) == events
    assert (await owner.create(session_id)).status == 201
    assert (await owner.update(session_id)).status == 409


async def test_case_23_a_cancelled_session_is_gone(instance: Instance, owner: Caller) -> None:
    session_id = await owner.linked()
    answer = await owner.cancel(session_id)
    assert answer.status == 200
    assert (answer.body["cancelled"], answer.body["sessionId"]) == (True, session_id)
    for step in Step:
        assert (await take(owner, step, session_id)).status == 404
    assert (await owner.read(session_id)).status == 404
    assert (await instance.event_names(session_id))[-1] == "session.cancelled"


async def test_case_23_a_created_registration_cannot_be_cancelled(
    instance: Instance, owner: Caller
) -> None:
    session_id = await REACH[Status.EDUCATION_CREATED](instance, owner)
    answer = await owner.cancel(session_id)
    assert (answer.status, answer.body["type"]) == (409, "workflow_state_invalid")
    assert await instance.count_records() == ONE


async def test_a_body_where_none_is_expected_is_400(owner: Caller) -> None:
    session_id = await owner.staged()
    assert (await owner.step("validate", session_id, {"force": True})).status == 400
    assert (await owner.step("validate", session_id, {})).status == 200
