"""Cases 3 to 6: the rules that need no lookup."""

from datetime import date
from itertools import product

import pytest

from assembly_service.domain.code_pattern import compile_pattern
from assembly_service.drafts.education.codes import graduation_code
from assembly_service.drafts.education.fields import read_stage
from assembly_service.drafts.education.rules import (
    FUTURE,
    INTERNATIONAL,
    Findings,
    LocalRules,
)
from tests.drafts.education.support import EDUCATION, YEAR

TODAY = date(YEAR, 3, 1)
DEFAULT = LocalRules(
    registration=compile_pattern("^[A-Z0-9]{8}$"),
    registration_hint="exactly 8 characters, uppercase letters or digits",
    most_future_years=5,
)
STRICT = LocalRules(
    registration=compile_pattern(r"^\d{8}$"),
    registration_hint="exactly 8 digits",
    most_future_years=5,
)
CANADA, USA, INDIA, OTHER = 1, 2, 77, 0


def found(rules: LocalRules = DEFAULT, **education: object) -> Findings:
    """The findings for an education parsed from a body."""
    data = {**EDUCATION, **education}
    given = {name: value for name, value in data.items() if value is not ...}
    return rules.check(read_stage({"educationData": given}).data, TODAY)


def test_the_sample_passes_every_rule_without_a_warning() -> None:
    assert found() == Findings()
    assert found().flags() == {
        "userBusinessIdValid": True,
        "cotoRegistrationValid": True,
        "universityCountryValid": True,
        "graduationYearValid": True,
    }


@pytest.mark.parametrize(("status", "with_number"), [*product(range(6), (True, False))])
def test_case_03_exactly_general_and_provisional_need_a_registration(
    status: int, with_number: bool
) -> None:
    checked = found(cotoStatus=status, cotoRegistration="AB123456" if with_number else ...)
    rule = None
    if status in {3, 4} and not with_number:
        rule = "V3a"
    if status in {0, 1, 2, 5} and with_number:
        rule = "V3b"
    assert checked.rules == ([rule] if rule else [])
    assert checked.flags()["cotoRegistrationValid"] is (rule is None)


@pytest.mark.parametrize(
    ("registration", "rule", "strict"),
    [
        ("12345678", None, None),
        ("AB123456", None, "V3c"),
        ("ab123456", None, "V3c"),
        (" 12345678 ", None, None),
        ("1234567", "V3c", "V3c"),
        ("123456789", "V3c", "V3c"),
        ("12-34567", "V3c", "V3c"),
        ("1234 5678", "V3c", "V3c"),
        ("   ", "V3a", "V3a"),
        ("", "V3a", "V3a"),
        ("１２３４５６７８", "V3c", "V3c"),
    ],
)
def test_case_04_a_registration_matches_the_configured_pattern_and_loses_no_character(
    registration: str, rule: str | None, strict: str | None
) -> None:
    for rules, expected in ((DEFAULT, rule), (STRICT, strict)):
        assert found(rules, cotoRegistration=registration).rules == ([expected] if expected else [])


def test_case_04_the_sentence_states_the_expected_form() -> None:
    message = "COTO registration must be exactly 8 characters, uppercase letters or digits"
    assert found(cotoRegistration="1234567").errors == [message]
    assert found(STRICT, cotoRegistration="1234567").errors == [
        "COTO registration must be exactly 8 digits"
    ]


@pytest.mark.parametrize(("university", "country"), [*product(range(2, 7), (CANADA, USA, OTHER))])
def test_case_05_an_ontario_university_needs_canada(university: int, country: int) -> None:
    checked = found(university=university, country=country)
    assert checked.rules == ([] if country == CANADA else ["V4"])
    assert checked.warnings == ()
    assert checked.flags()["universityCountryValid"] is (country == CANADA)


def test_case_05_the_sentence_names_the_university() -> None:
    assert found(university=2, country=USA).errors == [
        "McMaster University is a Canadian university and should be paired with Canada"
    ]


@pytest.mark.parametrize(("university", "country"), [*product((0, 1), (CANADA, INDIA))])
def test_case_05_a_university_abroad_causes_a_warning(university: int, country: int) -> None:
    checked = found(university=university, country=country)
    assert checked.rules == []
    assert checked.warnings == (() if country == CANADA else (INTERNATIONAL,))


@pytest.mark.parametrize(
    ("given", "rules"),
    [
        (1, []),
        (2, []),
        (3, []),
        (4, []),
        (51, []),
        (52, []),
        (YEAR, []),
        (YEAR - 1976, []),
        (1980, []),
        (YEAR + 5, []),
        (YEAR + 6, ["V5"]),
        (YEAR + 6 - 1976, ["V5"]),
        (1979, ["V5"]),
        (9999, ["V5"]),
    ],
)
def test_case_06_a_graduation_year_is_at_most_five_years_ahead(
    given: int, rules: list[str]
) -> None:
    checked = found(graduationYear=given)
    assert checked.rules == rules
    assert checked.flags()["graduationYearValid"] is (not rules)
    if rules:
        assert checked.errors == [f"Graduation year must be between 1950 and {YEAR + 5}"]
        # An error needs no warning.
        assert checked.warnings == ()


@pytest.mark.parametrize("year", [1980, 2026, 2100, 9999])
def test_case_06_a_year_is_converted_to_its_code(year: int) -> None:
    assert graduation_code(year) == year - 1976


@pytest.mark.parametrize(
    ("year", "warnings"), [(YEAR - 1, ()), (YEAR, ()), (YEAR + 1, (FUTURE,)), (YEAR + 5, (FUTURE,))]
)
def test_a_future_year_causes_a_warning(year: int, warnings: tuple[str, ...]) -> None:
    assert found(graduationYear=year).warnings == warnings


@pytest.mark.parametrize(
    ("business_id", "rules"),
    [
        ("osot-0000123", []),
        ("A_b-9", []),
        ("x" * 20, []),
        ("", ["V2"]),
        ("osot 1", ["V2"]),
        ("osöt", ["V2"]),
        ("osot-1\n", ["V2"]),
        ("a#b", ["V2"]),
    ],
)
def test_a_business_id_has_letters_digits_underscores_and_dashes(
    business_id: str, rules: list[str]
) -> None:
    assert found(userBusinessId=business_id).rules == rules


def test_notes_that_are_too_long_break_a_rule_whatever_their_origin() -> None:
    data = {**EDUCATION, "graduationYear": 124, "notes": "n" * 101}
    assert DEFAULT.check(data, TODAY).rules == ["V6"]
    assert DEFAULT.check({**data, "notes": "n" * 100}, TODAY).rules == []


def test_every_broken_rule_is_named_at_once() -> None:
    checked = found(
        userBusinessId="no id", cotoStatus=0, university=2, country=2, graduationYear=9999
    )
    assert checked.rules == ["V2", "V3b", "V4", "V5"]
