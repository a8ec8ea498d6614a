"""The service accepts exactly what the document allows, at every bound of a field."""

from collections.abc import Iterator
from typing import Any

import pytest

from assembly_service.drafts.education import fields
from assembly_service.drafts.engine.json_body import InvalidBody
from tests.drafts.education.support import DESCRIBED
from tests.drafts.education.test_openapi import SCHEMAS, SOUND, validator
from tests.harness.bounds import values

STAGE = SCHEMAS["EducationStageInput"]["properties"]
_GUID = "019a43b0-5c8a-7a3e-8f21-5b6c7d8e9f00"
_TEXTS = ("osot-1", " ab123456 ", "x" * 20, "x" * 21, _GUID, _GUID.upper(), _GUID[:-1])


def resolved(schema: Any) -> Any:
    """The schema with its references resolved."""
    if "anyOf" in schema:
        return {**schema, "anyOf": [resolved(part) for part in schema["anyOf"]]}
    named = schema.get("$ref", "").rpartition("/")[2]
    return SCHEMAS[named] if named else schema


def bodies() -> Iterator[tuple[str, Any]]:
    """Bodies of a stage call that differ in the value of one field."""
    for name, schema in SCHEMAS["EducationInput"]["properties"].items():
        for value in (*values(resolved(schema)), *_TEXTS):
            yield name, {"educationData": {**SOUND, name: value}}
    for name in ("accountId", "ttlSeconds"):
        for value in (*values(resolved(STAGE[name])), *_TEXTS):
            yield name, {"educationData": SOUND, name: value}
    [options, _] = STAGE["stagingOptions"]["anyOf"]
    for name, schema in options["properties"].items():
        for value in values(resolved(schema)):
            yield name, {"educationData": SOUND, "stagingOptions": {name: value}}
    for value in (*values({"type": "boolean"}), SOUND):
        yield "educationData", {"educationData": value}
        yield "stagingOptions", {"educationData": SOUND, "stagingOptions": value}


def takes(body: Any) -> bool:
    try:
        fields.read_stage(body)
    except InvalidBody:
        return False
    return True


@pytest.mark.parametrize("name", dict.fromkeys(name for name, _ in bodies()))
def test_a_stage_call_accepts_exactly_what_the_document_allows(name: str) -> None:
    content = validator({"schema": {"$ref": "#/components/schemas/EducationStageInput"}})
    tried = {str(body): (takes(body), content.is_valid(body)) for n, body in bodies() if n == name}
    assert {taken for taken, _ in tried.values()} == {True, False}
    assert {text: both for text, both in tried.items() if both[0] is not both[1]} == {}


@pytest.mark.parametrize("name", SCHEMAS["EducationInput"]["properties"])
def test_a_change_accepts_exactly_what_the_document_allows(name: str) -> None:
    content = validator({"schema": {"$ref": "#/components/schemas/EducationUpdateInput"}})
    schema = resolved(SCHEMAS["EducationInput"]["properties"][name])
    for value in (*values(schema), *_TEXTS):
        body = {"educationData": {name: value}}
        taken = True
        try:
            fields.read_update(body)
        except InvalidBody:
            taken = False
        assert taken is content.is_valid(body), value


def test_answers_are_checked_against_the_same_document() -> None:
    assert DESCRIBED.operation("POST", "/ot-education/orchestrator/stage") is not None
