"""Cases 10 to 17: what makes a step complete, over HTTP."""

from datetime import UTC, date, datetime, timedelta

from assembly_service.drafts.project.validation import NO_DESCRIPTION
from tests.drafts.project.support import (
    BUILDING_TYPES,
    COMPLETE,
    EVERY_FIELD,
    MINUTE,
    SESSIONS,
    Caller,
    Instance,
    reference,
)
from tests.harness.drafts import YEAR_2100, Json

TODAY = datetime.fromtimestamp(YEAR_2100 / 1000, UTC).date()
FILE: Json = EVERY_FIELD["uploadedFiles"][0]
MEGABYTE = 1024 * 1024


class Judge:
    """Saves values in a complete session, and checks which steps are still valid."""

    def __init__(self, caller: Caller, session_id: str) -> None:
        self._caller = caller
        self._session_id = session_id

    async def errors(self, step: int, **fields: object) -> list[str]:
        """The mistakes of a step; a save, a read and a validation must agree."""
        saved = await self._caller.save(self._session_id, **fields)
        assert saved.status == 200, saved
        answer = await self._caller.validate(self._session_id, step)
        status = saved.body["validationStatus"]
        assert status == answer.body["validationStatus"]
        assert status == (await self._caller.body(self._session_id))["validationStatus"]
        assert status[f"step{step}"] is answer.body["valid"]
        assert status["step4"] is all(status[f"step{each}"] for each in (1, 2, 3))
        assert answer.status == (200 if answer.body["valid"] else 400)
        errors: list[str] = answer.body["errors"]
        return errors

    async def judges(self, name: str, verdicts: dict[object, bool], *, step: int = 1) -> None:
        """Fail unless exactly the values marked True are valid."""
        for value, valid in verdicts.items():
            errors = await self.errors(step, **{name: value})
            assert (errors == []) is valid, (name, value, errors)


async def judge(caller: Caller) -> Judge:
    return Judge(caller, await caller.ready())


async def test_case_10_a_draft_may_be_wrong_and_says_so(anybody: Caller) -> None:
    session_id = await anybody.create()
    answer = await anybody.save(session_id, squareFootage=0, projectName="")
    assert answer.status == 200
    assert answer.body["validationStatus"] == {
        "step1": False,
        "step2": True,
        "step3": True,
        "step4": False,
    }
    assert await anybody.data(session_id) == {"squareFootage": 0, "projectName": ""}


async def test_case_11_areas_floors_and_zones_have_limits(anybody: Caller) -> None:
    it = await judge(anybody)
    areas: dict[object, bool] = {
        0.0001: True,
        999_999.99: True,
        1_000_000: False,
        0: False,
        -1: False,
    }
    await it.judges("squareFootage", {**areas, 12: True})
    await it.judges("numberOfFloors", {0: False, 1: True, 99: True, 100: False, 1.5: False})
    assert await it.errors(1, numberOfFloors=1.5) == ["Number of floors must be between 1 and 99"]
    await it.judges("numberOfFloors", {3.0: True})
    await it.judges("numberOfZones", {0: False, 1: True, 49: True, 50: False})
    assert await it.errors(1, numberOfZones=50) == ["Number of zones must be between 1 and 49"]
    answer = await anybody.call("POST", SESSIONS, {"projectData": {"squareFootage": "1000"}})
    assert answer.status == 400
    errors = answer.body["details"]["errors"]
    assert errors == {"squareFootage": "squareFootage must be a number"}


async def test_case_12_names_are_counted_in_characters_and_trimmed(anybody: Caller) -> None:
    it = await judge(anybody)
    names = ("é", "🏗", "x")
    await it.judges("projectName", {name * 100: True for name in names})
    await it.judges("projectName", {name * 101: False for name in names})
    await it.judges("projectName", {f"  {'x' * 100}  ": True, "O'Brien & Sons": True})
    assert await it.errors(1, projectName="x\ty") == [
        "Project name must not contain control characters"
    ]
    for blank in ("", "   ", "\t"):
        assert await it.errors(1, projectName=blank) == ["Project name is required"]


async def test_case_13_exactly_the_building_types_of_the_setting_are_valid(
    anybody: Caller,
) -> None:
    it = await judge(anybody)
    await it.judges("buildingType", dict.fromkeys(BUILDING_TYPES, True))
    listed = ", ".join(BUILDING_TYPES)
    for unknown in ("commercial", "Office", "office "):
        errors = await it.errors(1, buildingType=unknown)
        assert errors == [f"Building Type must be one of: {listed}."]
    assert await it.errors(1, buildingType="") == ["Building type is required"]


async def test_case_14_dates_are_utc_days_not_in_the_past_and_in_order(anybody: Caller) -> None:
    it = await judge(anybody)
    yesterday, tomorrow = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
    await it.judges(
        "estimatedStartDate",
        {
            "": True,
            str(TODAY): True,
            str(yesterday): False,
            "2104-02-29": True,
            "2100-02-29": False,
            "2104-2-9": False,
            "tomorrow": False,
        },
    )
    assert await it.errors(1, estimatedStartDate=str(yesterday)) == [
        "Start date must not be in the past"
    ]
    await it.errors(1, estimatedStartDate=str(tomorrow))
    await it.judges(
        "estimatedEndDate",
        {str(tomorrow): False, str(TODAY): False, str(date(2101, 1, 1)): True, "": True},
    )
    assert await it.errors(1, estimatedEndDate=str(tomorrow)) == [
        "End date must be after start date"
    ]
    assert await it.errors(1, estimatedStartDate=None) == []


async def test_case_15_emails_and_phones_have_limits_and_may_be_empty(
    anybody: Caller,
) -> None:
    it = await judge(anybody)
    await it.judges(
        "clientEmail",
        {
            "": True,
            "a@b.c": True,
            "a@b": False,
            "a@.c": False,
            "a@b.": False,
            "@b.c": False,
            "a b@c.d": False,
            "a@b@c.d": False,
            "a@b.c\n": False,
        },
    )
    await it.errors(1, clientEmail=None)
    await it.judges(
        "clientPhone",
        {
            "": True,
            "1234567": True,
            "123456": False,
            "+1 (234) 567-8901": True,
            "1" * 20: True,
            "1" * 21: False,
            "+" + "1" * 20: True,
            "------1234567": True,
            "( ) ( ) 1234": False,
            "123456a": False,
            "１２３４５６７": False,
        },
    )
    assert await it.errors(1, clientEmail="x", clientPhone="x") == [
        "Please enter a valid email address",
        "Please enter a valid phone number",
    ]


async def test_case_16_only_uploaded_files_of_a_known_type_and_size_count(anybody: Caller) -> None:
    it = await judge(anybody)
    fits = {
        "none": [],
        "one": [FILE],
        "exactly 10 MB": [{**FILE, "size": 10 * MEGABYTE}],
        "capitals": [{**FILE, "name": "PLAN.PDF"}],
        "any bytes": [{**FILE, "name": "a.zip", "type": "application/octet-stream"}],
        "nothing declared": [{**FILE, "name": "a.docx", "type": ""}],
    }
    for what, files in fits.items():
        assert await it.errors(2, uploadedFiles=files) == [], what
    unfit: dict[str, list[object]] = {
        "is not uploaded": [{**FILE, "status": "uploading"}],
        "x.pdf is not uploaded": [FILE, {**FILE, "name": "x.pdf", "status": "error"}, FILE],
        "must be at most 10 MB": [{**FILE, "size": 10 * MEGABYTE + 1}],
        "must be one of: .pdf": [{**FILE, "name": "a.exe", "type": "application/octet-stream"}],
        "one of: .pdf, .doc": [{**FILE, "name": "pdf"}],
        "does not fit its extension": [{**FILE, "type": "image/png"}],
        "must have a size": [{**FILE, "size": "1"}],
        "an object with a name": ["plan.pdf"],
    }
    for what, broken in unfit.items():
        [error] = await it.errors(2, uploadedFiles=broken)
        assert what in error
    answer = await anybody.call("POST", SESSIONS, {"projectData": {"uploadedFiles": [FILE] * 51}})
    assert answer.status == 400


async def test_case_17_validation_is_a_dry_run(instance: Instance, anybody: Caller) -> None:
    session_id = await anybody.create()
    before = await anybody.body(session_id)
    instance.clock.now += 24 * 60 * MINUTE - 1
    answer = await anybody.validate(session_id, 1, data=COMPLETE)
    assert answer.status == 200
    assert answer.body == {
        "valid": True,
        "errors": [],
        "fields": {},
        "warnings": [NO_DESCRIPTION],
        "validationStatus": dict.fromkeys(("step1", "step2", "step3", "step4"), True),
    }
    wrong = await anybody.validate(session_id, 4)
    assert (wrong.status, wrong.body["code"], wrong.body["valid"]) == (
        400,
        "VALIDATION_FAILED",
        False,
    )
    assert wrong.body["errors"] == [
        "Project name is required",
        "Building type is required",
        "Square footage must be greater than 0",
    ]
    assert list(wrong.body["fields"]) == ["projectName", "buildingType", "squareFootage"]
    assert list(wrong.body["fields"].values()) == wrong.body["errors"]
    for step in (0, 5, "1", None):
        assert (await anybody.validate(session_id, step)).body["code"] == "INVALID_STEP"
    answer = await anybody.call("POST", f"{SESSIONS}/{session_id}/validate")
    assert answer.body["code"] == "INVALID_STEP"
    assert (await anybody.validate(session_id, 1, data={"x": 1})).status == 400
    assert await anybody.body(session_id) == before
    assert await instance.event_names(session_id) == ["created"]
    assert (await instance.events(reference(session_id)))[0]["sessionId"] == session_id[:8]


async def test_a_connector_needs_a_type_and_step_3_nothing_else(anybody: Caller) -> None:
    it = await judge(anybody)
    assert await it.errors(3, connectors=[{"type": "erp"}, {"type": "x", "y": 1}]) == []
    unfit: list[list[object]] = [[{}], [{"type": 1}], ["erp"], [None]]
    for wrong in unfit:
        assert len(await it.errors(3, connectors=wrong)) == 1
    assert await it.errors(3, connectors=None, aiSourcing=False) == []
