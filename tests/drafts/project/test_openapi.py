"""The document describes every call of sessions and projects, with valid examples."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator import validate

from assembly_service.drafts.project.calls import PROJECT_CALLS, SESSION_CALLS
from assembly_service.drafts.project.openapi import project_sessions_document
from assembly_service.openapi import openapi_document
from tests.drafts.project.support import BUILDING_TYPES, DOCUMENT

PART = project_sessions_document(BUILDING_TYPES)
OPERATIONS = [
    (operation["operationId"], operation)
    for item in PART.paths.values()
    for operation in item.values()
]


def test_the_document_is_valid_and_every_name_in_it_is_unique() -> None:
    validate(DOCUMENT)
    alone = openapi_document()
    assert PART.schemas.keys().isdisjoint(alone["components"]["schemas"])
    assert PART.paths.keys().isdisjoint(alone["paths"])
    names = [
        operation["operationId"]
        for item in DOCUMENT["paths"].values()
        for operation in item.values()
    ]
    assert len(names) == len(set(names))
    assert len(OPERATIONS) == 2 * len(SESSION_CALLS) + len(PROJECT_CALLS)


def test_the_building_types_are_those_of_the_setting() -> None:
    schemas = project_sessions_document(("barn", "mill")).schemas
    assert schemas["BuildingType"]["enum"] == ["barn", "mill"]


@pytest.mark.parametrize("require_auth", [True, False])
def test_the_document_says_whether_every_call_but_health_needs_a_token(require_auth: bool) -> None:
    part = project_sessions_document(BUILDING_TYPES, require_auth=require_auth)
    operations = [operation for item in part.paths.values() for operation in item.values()]
    open_to_all = {each["operationId"] for each in operations if {} in each["security"]}
    health = {"getProjectSessionHealth", "getProjectSessionHealthAlias"}
    assert open_to_all == (health if require_auth else {each["operationId"] for each in operations})


def contents(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "requestBody" in operation:
        yield from operation["requestBody"]["content"].values()
    for answer in operation["responses"].values():
        yield from answer["content"].values()


@pytest.mark.parametrize(("name", "operation"), OPERATIONS, ids=[name for name, _ in OPERATIONS])
def test_every_body_has_examples_that_fit_its_schema(name: str, operation: dict[str, Any]) -> None:
    components = deepcopy(DOCUMENT["components"])
    for content in contents(operation):
        assert content["examples"], name
        for example in content["examples"].values():
            OAS31Validator(
                {**content["schema"], "components": components},
                format_checker=oas31_format_checker,
            ).validate(example["value"])
