"""The checks, sentences and schemas of a kind of field agree, at every bound."""

from decimal import Decimal
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator, oas31_format_checker

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.json_body import InvalidBody
from assembly_service.drafts.enumerations import enumeration_schemas
from assembly_service.drafts.fields.field import Field
from assembly_service.drafts.fields.kinds import (
    ONE_LINE,
    Kind,
    date,
    flag,
    matching,
    member,
    money,
    text,
    url,
    whole,
)

LENGTH = "name must be 3 to 5 characters long"
STRING = "name must be a string"
MONEY = "name must be between 0 and 99.99"
CENTS = "name must have at most 2 decimals"
WHOLE = "name must be an integer between 0 and 9"
DATE = "name must be a calendar date, YYYY-MM-DD"
URL = "name must be an http or https URL with a host"
YEAR = "name must be a year of four digits"
MEMBER = "name must be a code of Gender, 1 to 9"
CONTROL = "name must not contain control characters"

TEXTS = text(3, 5, ONE_LINE)
CASES: list[tuple[Kind, Value, list[str]]] = [
    (TEXTS, "abc", []),
    (TEXTS, "😍" * 5, []),
    (TEXTS, "ab", [LENGTH]),
    (TEXTS, "abcdef", [LENGTH]),
    (TEXTS, "", [LENGTH]),
    (TEXTS, 123, [STRING]),
    (TEXTS, None, [STRING]),
    (TEXTS, ["abc"], [STRING]),
    *((TEXTS, f"ab{chr(code)}c", [CONTROL]) for code in (*range(0x20), 0x7F)),
    *((TEXTS, f"ab{chr(code)}c", []) for code in (0x20, 0x7E, 0x80, 0x85, 0x2028)),
    (TEXTS, "\x00", [LENGTH, CONTROL]),
    (text(0, 5), "a\nb", []),
    (text(0, 5), "abcdef", ["name must be at most 5 characters long"]),
    (matching("^[0-9]{4}$", "must be a year of four digits"), "2026", []),
    (matching("^[0-9]{4}$", "must be a year of four digits"), "٢٠٢٦", [YEAR]),
    (matching("^[0-9]{4}$", "must be a year of four digits"), "20261", [YEAR]),
    (matching("^[0-9]{4}$", "must be a year of four digits"), 2026, [STRING]),
    (date(), "2024-02-29", []),
    (date(), "2026-02-29", [DATE]),
    (date(), "20260228", [DATE]),
    (date(), "2026-02-28T00:00:00", [DATE]),
    (date(), 0, [STRING]),
    (url(30), "HTTPS://a.example/b", []),
    (url(30), "https://", [URL]),
    (url(30), "ftp://a.example", [URL]),
    (url(30), "https://a.example/\x01", [URL]),
    (url(30), "https://a.example/\x7f", [URL]),
    (url(30), "https://a.example/" + "b" * 30, ["name must be at most 30 characters long"]),
    (url(9), "nothing here", [URL, "name must be at most 9 characters long"]),
    (money("99.99"), 0, []),
    (money("99.99"), 99.99, []),
    (money("99.99"), Decimal("1E+1"), []),
    (money("99.99"), -0.01, [MONEY]),
    (money("99.99"), 100, [MONEY]),
    (money("99.99"), 1.005, [CENTS]),
    (money("99.99"), 100.001, [MONEY, CENTS]),
    (money("99.99"), Decimal("1e400"), [MONEY]),
    (money("99.99"), Decimal("NaN"), [MONEY]),
    (money("99.99"), True, ["name must be a number"]),
    (money("99.99"), "1", ["name must be a number"]),
    (whole(9), 0, []),
    (whole(9), 9, []),
    (whole(9), 2.0, []),
    (whole(9), -1, [WHOLE]),
    (whole(9), 10, [WHOLE]),
    (whole(9), 2.5, [WHOLE]),
    (whole(9), True, [WHOLE]),
    (whole(9), "2", [WHOLE]),
    (member("Gender"), 1, []),
    (member("Gender"), 9.0, []),
    (member("Gender"), 0, [MEMBER]),
    (member("Gender"), 10, [MEMBER]),
    (member("Gender"), True, [MEMBER]),
    (member("Gender"), "1", [MEMBER]),
    (flag(), True, []),
    (flag(), 1, ["name must be true or false"]),
    (flag(), "true", ["name must be true or false"]),
]


def lines(kind: Kind, value: Value) -> list[str]:
    try:
        kind.read("name", value)
    except InvalidBody as error:
        return error.lines
    return []


@pytest.mark.parametrize(("kind", "value", "expected"), CASES)
def test_every_broken_rule_is_a_line_of_its_own(
    kind: Kind, value: Value, expected: list[str]
) -> None:
    assert lines(kind, value) == expected


@pytest.mark.parametrize(("kind", "value", "expected"), CASES)
def test_the_schema_forbids_what_is_refused(kind: Kind, value: Value, expected: list[str]) -> None:
    schema = {**kind.schema(), "components": {"schemas": enumeration_schemas()}}
    validator = OAS31Validator(schema, format_checker=oas31_format_checker)
    if expected != [CENTS] and not is_nan(value):
        assert validator.is_valid(value) == (expected == []), value


def is_nan(value: Any) -> bool:
    return isinstance(value, Decimal) and value.is_nan()


@pytest.mark.parametrize("digits", ["0.1", "1.10", "99.99", "7", "7.0", "1e1", "0"])
def test_a_number_is_kept_exactly_as_sent(digits: str) -> None:
    number = exact_json.number(digits)
    kept = money("99.99").read("name", number)
    assert Decimal(str(kept)) == Decimal(digits)
    assert exact_json.loads(exact_json.dumps(kept).decode()) == kept


def test_an_optional_field_may_be_null_and_blank_if_it_says_so() -> None:
    field = Field("name", url(30), "Picture", "https://a.example/", blank_is_absent=True)
    for value, fits in ((None, True), ("", True), ("https://a.example/b", True), ("x", False)):
        assert OAS31Validator(field.schema()).is_valid(value) is fits
        assert OAS31Validator(field.stored_schema()).is_valid(value) is (fits and bool(value))


def test_a_form_finds_label_example_description_and_default_in_the_schema() -> None:
    field = Field("name", whole(9), "Size", 4, "In pieces.", default=3)
    hints = {"title": "Size", "examples": [4], "description": "In pieces."}
    assert hints.items() <= field.stored_schema().items()
    assert {**hints, "default": 3}.items() <= field.schema().items()
    assert "description" not in Field("name", whole(9), "Size", 4).schema()
