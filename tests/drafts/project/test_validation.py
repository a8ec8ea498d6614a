"""The validation rules and the limits on stored values, in memory."""

import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from assembly_service.domain import exact_json
from assembly_service.drafts.project.fields import (
    FIELDS,
    JsonType,
    from_stored,
    merged,
    mistakes_in,
    shown,
    size_of,
    to_stored,
)
from assembly_service.drafts.project.files import FileRules
from assembly_service.drafts.project.form_rules import TITLES, WHEN_COMMITTED
from assembly_service.drafts.project.validation import (
    NO_DESCRIPTION,
    ProjectRules,
    missing_for_creation,
    validate,
)
from tests.drafts.project.support import BUILDING_TYPES, COMPLETE, EVERY_FIELD
from tests.harness.drafts import Json

TODAY = date(2026, 11, 29)
RULES = ProjectRules(building_types=BUILDING_TYPES, files=FileRules(most_megabytes=10))


def mistakes(rules: ProjectRules = RULES, **fields: Any) -> list[str]:
    """The names of the invalid fields in an otherwise complete project."""
    return list(validate({**COMPLETE, **fields}, rules, TODAY).of_step(4))


def test_every_step_of_a_complete_project_is_valid() -> None:
    verdict = validate(EVERY_FIELD, RULES, TODAY)
    assert set(verdict.status.values()) == {True}
    assert verdict.warnings_of(1) == []


def test_an_empty_project_lacks_the_required_fields_and_a_description() -> None:
    verdict = validate({}, RULES, TODAY)
    assert list(verdict.of_step(1)) == ["projectName", "buildingType", "squareFootage"]
    assert verdict.status == {"step1": False, "step2": True, "step3": True, "step4": False}
    assert verdict.warnings_of(1) == verdict.warnings_of(4) == [NO_DESCRIPTION]
    assert verdict.warnings_of(2) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("projectDescription", "x" * 501),
        ("clientName", "x" * 101),
        ("projectLocation", "x" * 201),
        ("budget", -0.01),
        ("budget", Decimal("-1e-30")),
        ("priority", "urgent"),
        ("priority", ""),
        ("numberOfFloors", Decimal("1.00000000000000000001")),
        ("squareFootage", Decimal("1e40")),
        ("estimatedStartDate", "2026-11-28"),
        ("estimatedStartDate", "29.11.2026"),
        ("estimatedEndDate", "2026-13-01"),
        ("projectName", "x\x00y"),
        ("projectName", "x\x85y"),
    ],
)
def test_a_value_beyond_its_limit_is_named(field: str, value: Any) -> None:
    assert mistakes(**{field: value}) == [field]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("projectDescription", "x" * 500),
        ("clientName", "x" * 100),
        ("projectLocation", "x" * 200),
        ("budget", 0),
        ("priority", "low"),
        ("numberOfFloors", 99.0),
        ("squareFootage", Decimal("0.00000000000000000000001")),
        ("estimatedStartDate", "2026-11-29"),
        ("estimatedEndDate", "2020-01-01"),
        ("aiAnalysis", {"anything": None}),
    ],
)
def test_a_value_at_its_limit_is_valid(field: str, value: Any) -> None:
    assert mistakes(**{field: value}) == []


def test_an_end_date_is_checked_alone_if_the_start_is_not_a_date() -> None:
    fields: Json = {"estimatedStartDate": "soon", "estimatedEndDate": "2020-01-01"}
    assert mistakes(**fields) == ["estimatedStartDate"]


def test_documents_and_a_name_pattern_can_be_required() -> None:
    strict = replace(RULES, require_documents=True, name_pattern=re.compile("[A-Z ]+"))
    assert mistakes(strict) == ["projectName", "uploadedFiles"]
    assert mistakes(strict, projectName="TOWER", uploadedFiles=EVERY_FIELD["uploadedFiles"]) == []


def test_no_email_address_takes_long_to_check() -> None:
    began = time.process_time()
    assert mistakes(clientEmail="a@" + "." * 9_990 + " ") == ["clientEmail"]
    assert time.process_time() - began < 2


def test_missing_fields_are_named_by_their_labels() -> None:
    assert missing_for_creation({}) == ["Project Name", "Building Type", "Square Footage"]
    assert missing_for_creation({**COMPLETE, "projectName": ""}) == ["Project Name"]
    assert missing_for_creation({**COMPLETE, "squareFootage": 0}) == []


_OF_TYPE: dict[JsonType, object] = {
    JsonType.TEXT: "x",
    JsonType.NUMBER: Decimal("1e30"),
    JsonType.FLAG: True,
    JsonType.LIST: [None],
    JsonType.OBJECT: {},
}


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_accepts_only_its_own_json_type_and_null(name: str) -> None:
    kind = FIELDS[name].type
    for other, value in _OF_TYPE.items():
        assert list(mistakes_in({name: value})) == ([] if other is kind else [name])
    assert mistakes_in({name: None}) == {}


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"x" * 200: 1}, f"{'x' * 99}… is not a field of a project"),
        ({"clientName": "x" * 10_001}, "clientName must be at most 10000 characters"),
        ({"uploadedFiles": [1] * 51}, "uploadedFiles must have at most 50 entries"),
        ({"connectors": [1] * 21}, "connectors must have at most 20 entries"),
        ({"aiAnalysis": {"x": "y" * 102_393}}, "aiAnalysis must be at most 100 KB"),
        (
            {"aiAnalysis": {"x": [Decimal("NaN")]}},
            "aiAnalysis must not hold a number that is too large",
        ),
    ],
)
def test_a_value_that_is_too_large_is_named_in_a_sentence(sent: Json, sentence: str) -> None:
    assert list(mistakes_in(sent).values()) == [sentence]


def test_values_of_the_maximum_size_can_be_stored() -> None:
    sent = {
        "clientName": "x" * 10_000,
        "uploadedFiles": [1] * 50,
        "connectors": [1] * 20,
        "aiAnalysis": {"x": "y" * 102_392},
    }
    assert mistakes_in(sent) == {}


def test_values_survive_the_table_and_are_answered_without_parsing() -> None:
    exact = {"squareFootage": Decimal("1e-200"), "budget": Decimal("1" * 60)}
    deep: Json = {}
    for _ in range(100):
        deep = {"x": deep}
    sent = {**EVERY_FIELD, **exact, "aiAnalysis": deep}
    stored = {name: to_stored(name, value) for name, value in sent.items()}
    assert all(isinstance(value, str | bool) for value in stored.values())
    assert from_stored(stored) == sent
    assert exact_json.loads(exact_json.dumps(shown(stored)).decode()) == sent
    assert size_of(stored) == len(exact_json.dumps(sent))


def test_null_removes_a_field_and_nothing_else() -> None:
    assert merged({"a": 1, "b": 2}, {"b": None, "c": None, "d": 0}) == {"a": 1, "d": 0}


OUTSIDE: dict[str, Callable[[Any], Any]] = {
    "minLength": lambda bound: "x" * (bound - 1),
    "maxLength": lambda bound: "x" * (bound + 1),
    "minimum": lambda bound: bound - 1,
    "maximum": lambda bound: bound + 1,
    "exclusiveMinimum": lambda bound: bound,
    "exclusiveMaximum": lambda bound: bound,
    "type": lambda _: 1.5,
    "format": lambda _: "2026-13-01",
    "pattern": lambda _: "12345",
    "enum": lambda _: "urgent",
}
AT_THE_BOUND: dict[str, Callable[[Any], Any]] = {
    "maxLength": lambda bound: "x" * bound,
    "minimum": lambda bound: bound,
    "maximum": lambda bound: bound,
    "enum": lambda names: names[-1],
}


@pytest.mark.parametrize("name", WHEN_COMMITTED["properties"])
def test_a_form_is_told_the_bounds_that_a_commit_has(name: str) -> None:
    for keyword, bound in WHEN_COMMITTED["properties"][name].items():
        assert mistakes(**{name: OUTSIDE[keyword](bound)}) == [name], keyword
        if keyword in AT_THE_BOUND:
            assert mistakes(**{name: AT_THE_BOUND[keyword](bound)}) == [], keyword


def test_a_form_is_told_what_a_commit_requires() -> None:
    assert WHEN_COMMITTED["required"] == list(validate({}, RULES, TODAY).of_step(4))
    assert TITLES.keys() == FIELDS.keys()
