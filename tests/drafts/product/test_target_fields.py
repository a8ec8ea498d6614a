from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openapi_schema_validator import OAS31Validator

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.json_body import InvalidBody, read_object
from assembly_service.drafts.enumerations import enumeration, enumeration_schemas
from assembly_service.drafts.product.target_fields import (
    TARGET_FIELDS,
    TargetField,
    merge_target,
    read_target,
    target_schema,
    whole_target,
)

CITY = "osot_membership_city"
OLD_NAMES = [
    "osot_location_province",
    "osot_client_age_group",
    "osot_years_in_practice",
    "osot_employment_setting",
    "osot_membership_type",
    "osot_preferred_language",
    "osot_registration_class",
    "osot_location_region",
    "osot_employment_sector",
    "osot_certification_specialty",
    "osot_organization_size",
    "osot_leadership_role",
    "osot_education_level",
    "osot_professional_interest",
    "osot_ceu_topic_preference",
    "osot_volunteer_interest",
    "osot_advocacy_interest",
    "osot_technology_adoption",
    "osot_work_model_preference",
    "osot_income_range",
    "osot_student_year",
    "osot_new_grad_status",
    "osot_international_grad",
    "osot_bilingual_capacity",
    "osot_indigenous_focus",
    "osot_rural_practice",
    "osot_telehealth_provider",
    "osot_research_involvement",
    "osot_publication_author",
    "osot_conference_attendance",
    "osot_mentorship_role",
]


def lines(body: dict[str, Value]) -> list[str]:
    with pytest.raises(InvalidBody) as refused:
        read_target(body)
    return refused.value.lines


def test_there_are_34_criteria_each_once() -> None:
    assert len({field.name for field in TARGET_FIELDS}) == len(TARGET_FIELDS) == 34


BOUNDS = [
    ("osot_account_group", 0, 4),
    ("osot_affiliate_area", 0, 11),
    ("osot_affiliate_city", 0, 426),
    ("osot_affiliate_province", 0, 13),
    ("osot_membership_city", 0, 426),
    ("osot_province", 0, 13),
    ("osot_gender", 1, 9),
    ("osot_indigenous_details", 0, 3),
    ("osot_language", 0, 65),
    ("osot_race", 1, 11),
    ("osot_eligibility_affiliate", 1, 2),
    ("osot_membership_category", 0, 15),
    ("osot_earnings", 1, 20),
    ("osot_earnings_selfdirect", 1, 20),
    ("osot_earnings_selfindirect", 1, 20),
    ("osot_employment_benefits", 0, 10),
    ("osot_employment_status", 1, 4),
    ("osot_position_funding", 0, 10),
    ("osot_practice_years", 1, 12),
    ("osot_role_description", 0, 7),
    ("osot_work_hours", 1, 7),
    ("osot_client_age", 0, 6),
    ("osot_practice_area", 0, 46),
    ("osot_practice_services", 0, 59),
    ("osot_practice_settings", 0, 28),
    ("osot_membership_search_tools", 1, 5),
    ("osot_practice_promotion", 1, 2),
    ("osot_psychotherapy_supervision", 1, 15),
    ("osot_third_parties", 1, 3),
    ("osot_coto_status", 0, 5),
    ("osot_ot_grad_year", 1, 51),
    ("osot_ot_university", 0, 6),
    ("osot_ota_grad_year", 1, 51),
    ("osot_ota_college", 0, 26),
]


@pytest.mark.parametrize(("name", "lowest", "highest"), BOUNDS)
def test_a_criterion_takes_its_lowest_and_its_highest_code_and_none_beyond(
    name: str, lowest: int, highest: int
) -> None:
    assert read_target({name: [highest, lowest]}) == {name: [lowest, highest]}
    assert read_target({name: [lowest]}) == {name: [lowest]}
    assert read_target({name: [highest]}) == {name: [highest]}
    for beyond in (lowest - 1, highest + 1):
        assert lines({name: [beyond]}) == [f"{name} contains invalid value(s): {beyond}"]


def test_criteria_are_in_the_order_of_the_table_whatever_order_they_were_sent_in() -> None:
    assert [field.name for field in TARGET_FIELDS] == [name for name, *_ in BOUNDS]
    sent = {name: [highest] for name, _, highest in reversed(BOUNDS)}
    assert list(read_target(sent)) == [name for name, *_ in BOUNDS]


@pytest.mark.parametrize("body", [{}, {CITY: None}, {CITY: []}, {CITY: [], "osot_gender": None}])
def test_a_criterion_that_is_absent_null_or_empty_is_off(body: dict[str, Value]) -> None:
    assert read_target(body) == {}


def test_codes_are_stored_ascending_as_integers() -> None:
    assert repr(read_target({CITY: [380, 2.0, 44]})) == repr({CITY: [2, 44, 380]})


def test_50_selections_are_accepted_and_51_are_not() -> None:
    assert read_target({CITY: list(range(50))}) == {CITY: list(range(50))}
    assert lines({CITY: list(range(51))}) == [f"{CITY} cannot have more than 50 selections"]


@pytest.mark.parametrize("values", ["[1, 1]", "[1, 2, 1.0]", "[1, 1e0]"])
def test_the_same_code_twice_is_refused(values: str) -> None:
    body = read_object(f'{{"osot_province": {values}}}'.encode())
    assert lines(body) == ["osot_province must not contain duplicate values"]


@pytest.mark.parametrize("value", [1, "1", "ONTARIO", {"0": 1}, True, 0, ""])
def test_anything_but_an_array_is_refused(value: Value) -> None:
    assert lines({"osot_province": value}) == ["osot_province must be an array"]


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ('["1"]', '"1"'),
        ('["ONTARIO", 11]', '"ONTARIO"'),
        ("[99, 2, -1]", "99, -1"),
        ("[1.5]", "1.5"),
        ("[true, null]", "true, null"),
        ("[[1], {}]", "[1], {}"),
        ('["' + "x" * 5000 + '"]', '"' + "x" * 98 + "…"),
        ("[1e30]", "1E+30"),
    ],
)
def test_invalid_codes_are_quoted_including_names_of_codes(values: str, shown: str) -> None:
    body = read_object(f'{{"osot_province": {values}}}'.encode())
    assert lines(body) == [f"osot_province contains invalid value(s): {shown}"]


def test_up_to_50_wrong_values_are_named_and_the_rest_counted() -> None:
    def told(values: list[Value]) -> str:
        return lines({CITY: values})[-1].removeprefix(f"{CITY} contains invalid value(s): ")

    def named(values: range) -> str:
        return ", ".join(str(value) for value in values)

    assert told([*range(1000, 1030)]) == named(range(1000, 1030))
    assert told([*range(1000, 1050)]) == named(range(1000, 1050))
    assert told([*range(1000, 1051)]) == f"{named(range(1000, 1050))} and 1 more"
    assert told([*range(1000, 2000)]) == f"{named(range(1000, 1050))} and 950 more"
    many = f"{named(range(1000, 1050))} and 950 more (among the first 1000)"
    assert told([*range(1000, 2001)]) == many


def test_a_long_wrong_value_is_shortened_by_itself() -> None:
    shown = '"' + "x" * 98 + "…"
    told = lines({CITY: ["x" * 5000, 999, "y"]})
    assert told == [f'{CITY} contains invalid value(s): {shown}, 999, "y"']


@pytest.mark.parametrize("name", [*OLD_NAMES, "osot_Table_Product@odata.bind", "productGuid"])
@pytest.mark.parametrize("value", [[1], None])
def test_other_names_are_refused_old_ones_and_the_product_reference_too(
    name: str, value: Value
) -> None:
    assert lines({name: value}) == [f"Unknown targeting field: {name}"]


def test_all_violations_are_listed_in_the_order_of_the_table() -> None:
    assert lines(
        {
            "osot_region": [1],
            "osot_ota_college": 3,
            CITY: [*range(49), "TORONTO", 5, "TORONTO", 999],
            "osot_gender": [0],
            "osot_account_group": [1],
        }
    ) == [
        f"{CITY} cannot have more than 50 selections",
        f"{CITY} must not contain duplicate values",
        f'{CITY} contains invalid value(s): "TORONTO", 999',
        "osot_gender contains invalid value(s): 0",
        "osot_ota_college must be an array",
        "Unknown targeting field: osot_region",
    ]


def test_a_change_leaves_the_other_criteria_and_null_or_empty_turns_one_off() -> None:
    stored = {"osot_province": [1, 2], "osot_gender": [3], CITY: [4]}
    changes = {"osot_province": [5, 0], "osot_gender": None, CITY: [], "osot_race": [1]}
    assert merge_target(stored, changes) == {"osot_province": [0, 5], "osot_race": [1]}
    assert merge_target(whole_target(stored), {}) == stored
    with pytest.raises(InvalidBody) as refused:
        merge_target(stored, {"osot_region": [1]})
    assert refused.value.lines == ["Unknown targeting field: osot_region"]


def test_a_whole_target_has_34_arrays_those_that_are_off_empty() -> None:
    whole = whole_target({CITY: [4, 5]})
    assert len(whole) == 34
    assert list(whole) == [field.name for field in TARGET_FIELDS]
    assert {name: codes for name, codes in whole.items() if codes} == {CITY: [4, 5]}
    assert all(codes == [] for codes in whole_target({}).values())


def validator() -> OAS31Validator:
    return OAS31Validator({**target_schema(), "components": {"schemas": enumeration_schemas()}})


ANY_CODE = st.integers(-1, 60) | st.none() | st.booleans() | st.text(max_size=3) | st.just(2.0)
CODES = st.lists(st.integers(0, 5), unique=True) | st.lists(ANY_CODE, max_size=60)
BODIES = st.dictionaries(
    st.sampled_from([field.name for field in TARGET_FIELDS]) | st.text(max_size=3),
    CODES | ANY_CODE,
    max_size=4,
)


@given(body=BODIES)
@example(body={CITY: [exact_json.number("1e999999999999")]})
def test_any_object_is_refused_exactly_if_its_schema_refuses_it_and_else_reads_the_same_again(
    body: dict[str, Any],
) -> None:
    try:
        target = read_target(body)
    except InvalidBody:
        assert not validator().is_valid(body)
        return
    assert validator().is_valid(body)
    validator().validate(whole_target(target))
    assert repr(read_target(target)) == repr(target)
    assert all(codes == sorted(set(codes)) and codes for codes in target.values())


@pytest.mark.parametrize("field", TARGET_FIELDS, ids=lambda field: field.name)
def test_the_schema_names_the_codes_of_each_criterion(field: TargetField) -> None:
    codes, schema = enumeration(field.enumeration).codes, validator()
    assert schema.is_valid({field.name: [codes[0], codes[-1]]})
    assert not schema.is_valid({field.name: [codes[0] - 1]})
    assert not schema.is_valid({field.name: [codes.stop]})


@pytest.mark.parametrize("codes", [[1, 1], list(range(51)), ["TORONTO"], [1.5], 1])
def test_the_schema_refuses_what_the_checks_refuse(codes: Value) -> None:
    assert lines({CITY: codes})
    assert not validator().is_valid({CITY: codes})


@pytest.mark.parametrize("field", TARGET_FIELDS, ids=lambda field: field.name)
def test_every_criterion_has_a_label_and_a_valid_example(
    field: TargetField,
) -> None:
    assert field.title
    [example] = target_schema()["properties"][field.name]["examples"]
    assert read_target({field.name: example}) == {field.name: example}
