"""The document describes education registration correctly.

The HTTP tests of this room also check every answer against it.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator import validate

from assembly_service.drafts.education import fields
from assembly_service.drafts.education.calls import CALLS, PREFIX, education_document
from assembly_service.drafts.education.records import CODED
from assembly_service.drafts.education.status import SHOWN
from assembly_service.drafts.engine.json_body import InvalidBody
from assembly_service.drafts.enumerations import enumeration
from assembly_service.drafts.product.document import product_drafts_document
from assembly_service.http.calls import Call
from assembly_service.openapi import openapi_document
from assembly_service.service import running_service
from assembly_service.settings.drafts import EducationSettings
from assembly_service.settings.service import Settings
from tests.drafts.education.support import Instance
from tests.drafts.product.support import draft_settings
from tests.harness.engine import Account

DOCUMENT = openapi_document([education_document()])
SAMPLES = Path(__file__).parents[3] / "samples" / "reference.jsonl"
SCHEMAS = DOCUMENT["components"]["schemas"]
NODES = {
    (path.removeprefix(PREFIX), method): node
    for path, item in education_document().paths.items()
    for method, node in item.items()
}


def validator(content: Any) -> OAS31Validator:
    schema = {**content["schema"], "components": DOCUMENT["components"]}
    return OAS31Validator(schema, format_checker=oas31_format_checker)


def contents(part: Any) -> list[Any]:
    return [*part.get("content", {}).values()]


def examples(content: Any) -> dict[str, Any]:
    return {name: each["value"] for name, each in content.get("examples", {}).items()}


def test_the_document_is_valid_alone_and_with_the_other_systems() -> None:
    validate(DOCUMENT)
    validate(openapi_document([product_drafts_document(), education_document()]))


def test_every_call_has_a_route_and_needs_a_token(instance: Instance) -> None:
    application = instance.registration.mounted.applications[PREFIX]
    served = {
        (route.resource.canonical.removeprefix(PREFIX), route.method.lower())
        for route in application.router.routes()
        if route.resource and route.method != "HEAD"
    }
    assert served == NODES.keys()
    assert len(served) == len(CALLS)
    for node in NODES.values():
        assert node["security"] == [{"bearerToken": []}]


@pytest.mark.parametrize("name", CODED.values())
def test_every_enumeration_has_a_named_schema(name: str) -> None:
    known = enumeration(name)
    named = dict(zip(SCHEMAS[name]["x-enum-varnames"], SCHEMAS[name]["enum"], strict=True))
    assert named == dict(zip(known.names, known.codes, strict=True))


def test_every_visible_status_is_declared() -> None:
    assert SCHEMAS["EducationStatus"]["enum"] == [str(status) for status in SHOWN]


@pytest.mark.parametrize("call", NODES, ids=str)
def test_every_answer_has_an_example_that_fits_its_schema(call: tuple[str, str]) -> None:
    for status, answer in NODES[call]["responses"].items():
        for content in contents(answer):
            assert examples(content), (call, status)
            for value in examples(content).values():
                validator(content).validate(value)
                if int(status) >= 400:
                    assert value["statusCode"] == int(status)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_the_examples_belong_to_their_call(call: Call) -> None:
    step = (call.route_name or "").removesuffix("-education")
    node = NODES[call.path, call.method.lower()]
    for status, answer in node["responses"].items():
        for value in (value for part in contents(answer) for value in examples(part).values()):
            operation = (value.get("metadata") or value["context"])["operationId"]
            assert re.fullmatch(rf"{call.route_name}(-[0-9a-f-]{{36}})?-[0-9a-f]{{16}}", operation)
            assert value.get("sessionId", "") in operation or "{sessionId}" not in call.path
            assert int(status) < 400 or value["step"] == step


@pytest.mark.parametrize("call", NODES, ids=str)
def test_every_example_of_a_request_fits_its_schema(call: tuple[str, str]) -> None:
    for content in contents(NODES[call].get("requestBody", {})):
        for value in examples(content).values():
            validator(content).validate(value)


SOUND = {
    "userBusinessId": "osot-1",
    "cotoStatus": 0,
    "degreeType": 0,
    "university": 0,
    "graduationYear": 1,
    "country": 0,
}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"cotoStatus": 6},
        {"cotoStatus": "0"},
        {"country": 175},
        {"graduationYear": 0},
        {"graduationYear": 10_000},
        {"notes": "n" * 101},
        {"userBusinessId": "x" * 21},
        {"color": 1},
        {"accessModifier": 0},
    ],
    ids=str,
)
def test_the_schema_of_an_education_accepts_what_the_service_accepts(
    changes: dict[str, Any],
) -> None:
    body = {"educationData": {**SOUND, **changes}}
    takes = True
    try:
        fields.read_stage(body)
    except InvalidBody:
        takes = False
    content = {"schema": {"$ref": "#/components/schemas/EducationStageInput"}}
    assert validator(content).is_valid(body) is takes


async def test_a_service_with_both_systems_serves_the_whole_document(
    settings: Settings, registration_settings: EducationSettings, aws: Account
) -> None:
    serving = settings.model_copy(
        update={
            "education_registration": registration_settings,
            "product_drafts": draft_settings(aws.environment),
        }
    )
    expected = openapi_document([product_drafts_document(), education_document()])
    async with (
        running_service(serving) as service,
        ClientSession() as session,
        session.get(f"{service.url}/api/openapi.json") as response,
    ):
        assert await response.json() == expected
        async with session.post(f"{service.url}{PREFIX}/stage") as refused:
            assert refused.status == 401


def test_the_examples_can_be_tried_with_the_sample_accounts() -> None:
    accounts = map(json.loads, SAMPLES.read_text(encoding="utf-8").splitlines())
    members = {each["accountId"]: each["businessId"] for each in accounts if "accountId" in each}
    shown = {field.name: field.example for field in (fields.ACCOUNT_ID, *fields.EDUCATION_FIELDS)}
    assert members[shown["accountId"]] == shown["userBusinessId"]
