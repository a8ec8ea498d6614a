"""Cases 1, 2, 6, 10 and 20: which bodies are valid, and that every mistake is named."""

import pytest

from assembly_service.drafts.education.codes import label
from assembly_service.drafts.education.fields import (
    changed,
    read_link,
    read_stage,
    read_update,
)
from assembly_service.drafts.education.records import CODED, shown
from assembly_service.drafts.engine.json_body import InvalidBody
from tests.drafts.education.support import EDUCATION
from tests.harness.drafts import Json

REQUIRED = (
    "userBusinessId",
    "cotoStatus",
    "degreeType",
    "university",
    "graduationYear",
    "country",
)
TOPS = {"cotoStatus": 5, "degreeType": 4, "university": 6, "country": 174, "accessModifier": 3}
DATA: Json = {**read_stage({"educationData": EDUCATION}).data}


def mistakes(body: Json) -> list[str]:
    with pytest.raises(InvalidBody) as refused:
        read_stage(body)
    return refused.value.lines


def with_data(**changes: object) -> Json:
    data = {**EDUCATION, **changes}
    return {"educationData": {name: value for name, value in data.items() if value is not ...}}


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("absent", [None, ...], ids=["null", "left out"])
def test_case_01_a_missing_required_field_is_named(name: str, absent: object) -> None:
    assert mistakes(with_data(**{name: absent})) == [f"Missing required fields: {name}"]


def test_case_01_all_missing_fields_are_named_at_once() -> None:
    expected = f"Missing required fields: {', '.join(REQUIRED)}"
    assert mistakes({"educationData": {}}) == [expected]


@pytest.mark.parametrize("name", EDUCATION)
@pytest.mark.parametrize("value", [True, [], {}, 1.5])
def test_case_01_a_wrong_type_is_named(name: str, value: object) -> None:
    [line] = mistakes(with_data(**{name: value}))
    assert line.startswith(f"{name} must be ")


@pytest.mark.parametrize(("name", "top"), TOPS.items())
def test_case_01_a_code_above_the_highest_is_refused_and_the_highest_is_not(
    name: str, top: int
) -> None:
    assert read_stage(with_data(**{name: top})).data[name] == top
    [line] = mistakes(with_data(**{name: top + 1}))
    assert line.startswith(f"{name} must be a code of ")
    assert line.endswith(f" to {top}")


@pytest.mark.parametrize("name", [*TOPS, "graduationYear"])
def test_case_01_a_number_as_text_is_refused(name: str) -> None:
    assert mistakes(with_data(**{name: "4"}))


@pytest.mark.parametrize("name", ["cotoStatus", "degreeType", "university", "country"])
def test_case_02_zero_is_a_code_with_a_label(name: str) -> None:
    data = read_stage(with_data(**{name: 0})).data
    assert data[name] == 0
    assert shown(data)[f"{name}Label"] == "Other"


@pytest.mark.parametrize("value", [0, -1, 20.5, 10_000, "2026", 1e300])
def test_case_06_what_is_neither_a_code_nor_a_year_is_refused(value: object) -> None:
    [line] = mistakes(with_data(graduationYear=value))
    assert line == "graduationYear must be a code from 1 on, or a year of four digits from 1980 on"


def test_case_10_a_client_cannot_set_category_or_privilege() -> None:
    assert mistakes(with_data(educationCategory=2)) == [
        "educationCategory is set by the service: leave it out"
    ]
    assert mistakes(with_data(userPrivilege=3)) == [
        "userPrivilege is set by the service: leave it out"
    ]
    assert mistakes({**with_data(), "userPrivilege": 3}) == ["Unknown field: userPrivilege"]
    with pytest.raises(InvalidBody):
        read_update({"educationData": {"educationCategory": 2}})


@pytest.mark.parametrize("seconds", [299, 86_401, "300", 300.5, True])
def test_case_20_a_lifetime_out_of_range_is_refused(seconds: object) -> None:
    assert mistakes({**with_data(), "ttlSeconds": seconds}) == [
        "ttlSeconds must be an integer from 300 to 86400"
    ]


@pytest.mark.parametrize(("given", "seconds"), [({}, 86_400), (300, 300), (86_400, 86_400)])
def test_case_20_a_session_has_the_requested_lifetime(given: object, seconds: int) -> None:
    body = with_data() | ({} if given == {} else {"ttlSeconds": given})
    assert read_stage(body).lifetime_seconds == seconds


@pytest.mark.parametrize(("name", "most"), [("userBusinessId", 20), ("notes", 100)])
def test_a_text_can_be_as_long_as_its_field_allows(name: str, most: int) -> None:
    assert read_stage(with_data(**{name: "x" * most})).data[name] == "x" * most
    assert mistakes(with_data(**{name: "x" * (most + 1)})) == [
        f"{name} must be at most {most} characters long"
    ]


def test_unknown_fields_are_named_at_every_level() -> None:
    body = {**with_data(color=1), "size": 2, "stagingOptions": {"skipAll": True}}
    assert mistakes(body) == [
        "Unknown field: size",
        "Unknown field: color",
        "Unknown staging option: skipAll",
    ]


@pytest.mark.parametrize("value", [[], "x", 1])
def test_a_part_that_is_not_an_object_is_refused(value: object) -> None:
    assert "educationData must be an object" in mistakes({"educationData": value})
    assert mistakes({}) == ["educationData is missing"]
    assert mistakes({**with_data(), "stagingOptions": value}) == [
        "stagingOptions must be an object"
    ]


@pytest.mark.parametrize("value", ["x", "0f8fad5b-d9cb-469f-a165-70867728950", 1])
def test_an_account_id_must_be_a_uuid(value: object) -> None:
    assert mistakes({**with_data(), "accountId": value}) == [
        "accountId must be a UUID" if isinstance(value, str) else "accountId must be a string"
    ]
    with pytest.raises(InvalidBody):
        read_link({"accountId": value})


def test_the_case_of_an_account_id_does_not_matter() -> None:
    assert read_link({"accountId": "0F8FAD5B-D9CB-469F-A165-70867728950E"}) == (
        "0f8fad5b-d9cb-469f-a165-70867728950e"
    )


def test_blank_notes_and_registrations_count_as_absent() -> None:
    data = read_stage(with_data(notes=" \t", cotoRegistration=" ")).data
    assert {"notes", "cotoRegistration"} & data.keys() == set()


def test_a_registration_is_trimmed_and_stored_in_upper_case() -> None:
    assert read_stage(with_data(cotoRegistration=" ab12-456 ")).data["cotoRegistration"] == (
        "AB12-456"
    )


def test_records_are_private_by_default() -> None:
    assert read_stage(with_data()).data["accessModifier"] == 3
    assert read_stage(with_data(accessModifier=1)).data["accessModifier"] == 1


def test_null_removes_only_optional_fields() -> None:
    changes = read_update({"educationData": {"cotoRegistration": None, "cotoStatus": 1}})
    assert "cotoRegistration" not in changed(DATA, changes)
    assert changed({**DATA, "accessModifier": 1}, {"accessModifier": None})["accessModifier"] == 3
    with pytest.raises(InvalidBody) as refused:
        read_update({"educationData": {"country": None, "notes": None}})
    assert refused.value.lines == ["Missing required fields: country"]


def test_an_empty_change_changes_nothing() -> None:
    assert changed(DATA, read_update({"educationData": {}})) == DATA


@pytest.mark.parametrize(
    ("name", "code", "expected"),
    [
        ("CotoStatus", 4, "General"),
        ("CotoStatus", 3, "Provisional/Temporary"),
        ("EducationCategory", 0, "Graduated"),
        ("EducationCategory", 2, "New Graduate"),
        ("OtUniversity", 4, "University of Ottawa"),
        ("OtUniversity", 3, "Queen's University"),
        ("DegreeType", 1, "Diploma/Credential"),
        ("Country", 2, "USA"),
        ("Country", 123, "Peoples Republic of China"),
        ("AccessModifier", 3, "Private"),
        ("Privilege", 1, "Owner"),
    ],
)
def test_codes_have_labels(name: str, code: int, expected: str) -> None:
    assert label(name, code) == expected


@pytest.mark.parametrize(
    ("code", "expected"), [(1, "Before 1960"), (2, "1960-1969"), (3, "1970-1979"), (4, "1980")]
)
def test_the_label_of_a_graduation_code_is_its_year_or_period(code: int, expected: str) -> None:
    assert shown({"graduationYear": code})["graduationYearLabel"] == expected


def test_every_code_has_its_own_label() -> None:
    assert CODED.keys() <= shown(dict.fromkeys(CODED, 1)).keys()


@pytest.mark.parametrize("typed", ["ßabcdef", "straße1", "ﬁabcdef", "ſ1234567"])
def test_upper_case_never_turns_a_letter_into_another_one(typed: str) -> None:
    stored = read_stage(with_data(cotoRegistration=typed)).data["cotoRegistration"]
    assert len(stored) == len(typed)
    assert not stored.isascii()
