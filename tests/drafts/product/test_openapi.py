"""The OpenAPI document tells the truth about the product drafts and the catalogue.

Every answer that any test of them gets is held against it: see `running_drafts`.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import ClientSession, web
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator import validate

from assembly_service.drafts.enumerations import product_enumerations
from assembly_service.drafts.product.calls import PREFIX
from assembly_service.drafts.product.document import product_drafts_document
from assembly_service.drafts.product.rules import State
from assembly_service.drafts.product.target_fields import TARGET_FIELDS
from assembly_service.openapi import openapi_document
from assembly_service.service import running_service
from assembly_service.settings.drafts import ProductDraftSettings
from assembly_service.settings.service import Settings
from tests.drafts.product.support import (
    Instance,
)
from tests.drafts.product.walk import CALLS, DOCUMENT, Taken, walk

GENERATED = [
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", "GUID"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "INSTANT"),
    (r"-[0-9a-f]{16}$", "-RANDOM"),
    (r"^(osot-prod|osot-tgt)-\d{7}$", r"\1-NUMBER"),
]
"""What differs in every call, and a placeholder for it."""


@pytest.fixture(scope="module")
def walked() -> list[Taken]:
    """What the first walk of the module took: every walk is the same."""
    return []


@pytest.fixture
async def taken(walked: list[Taken], instance: Instance) -> list[Taken]:
    if not walked:
        walked += await walk(instance)
    return walked


def test_the_document_is_valid() -> None:
    validate(DOCUMENT)


def test_without_product_drafts_the_document_does_not_mention_them() -> None:
    alone = openapi_document()
    assert not [path for path in alone["paths"] if path.startswith("/private")]
    assert "securitySchemes" not in alone["components"]
    assert alone["components"]["schemas"].keys() < DOCUMENT["components"]["schemas"].keys()


def test_it_says_how_new_targets_match_people(instance: Instance) -> None:
    for part, mode in (
        (instance.orchestrator.mounted.document, "any"),
        (product_drafts_document("all"), "all"),
    ):
        assert part.schemas["AudienceTargetInput"]["x-match-mode"] == mode


def test_no_name_in_it_has_two_meanings() -> None:
    part, alone = product_drafts_document(), openapi_document()
    assert part.schemas.keys().isdisjoint(alone["components"]["schemas"])
    assert part.paths.keys().isdisjoint(alone["paths"])
    names = [
        operation["operationId"]
        for item in DOCUMENT["paths"].values()
        for operation in item.values()
    ]
    assert len(names) == len(set(names))


def test_every_route_is_documented_and_every_documented_one_exists(instance: Instance) -> None:
    served = {
        (route.resource.canonical, route.method)
        for route in instance.orchestrator.mounted.applications[PREFIX].router.routes()
        if route.resource and not isinstance(route.resource, web.StaticResource)
    }
    documented = {(path, method) for method, path, _ in CALLS.values()}
    assert {pair for pair in served if pair[1] != "HEAD"} == documented


def test_every_call_requires_a_token_that_the_document_describes() -> None:
    for _, _, operation in CALLS.values():
        assert operation["security"] == [{"bearerToken": []}]
    scheme = DOCUMENT["components"]["securitySchemes"]["bearerToken"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


def test_every_enumeration_is_documented_with_its_names() -> None:
    for each in product_enumerations():
        schema = DOCUMENT["components"]["schemas"][each.name]
        named = dict(zip(schema["x-enum-varnames"], schema["enum"], strict=True))
        assert named == dict(zip(each.names, each.codes, strict=True))
    fields = DOCUMENT["components"]["schemas"]["AudienceTargetInput"]["properties"]
    assert list(fields) == [field.name for field in TARGET_FIELDS]


def test_the_states_are_documented_with_their_older_names() -> None:
    schema = DOCUMENT["components"]["schemas"]["ProductSessionState"]
    assert set(schema["enum"]) == set(State) - {State.EXPIRED}
    assert "`COMMITTED`" in schema["description"]
    assert "`COMPLETED`" in schema["description"]


async def test_every_documented_status_occurs(taken: list[Taken]) -> None:
    seen = {(each.operation, str(each.answer.status)) for each in taken}
    documented = {
        (name, status)
        for name, (_, _, operation) in CALLS.items()
        for status in operation["responses"]
    }
    assert seen == documented


async def test_every_example_of_a_request_is_answered_by_the_example_of_the_same_name(
    taken: list[Taken],
) -> None:
    answered = [(each.operation, each.example, _form(each.answer.body)) for each in taken]
    for name, (_, _, operation) in CALLS.items():
        answers = dict(
            pair for answer in operation["responses"].values() for pair in _examples(answer)
        )
        for example, _ in _examples(operation.get("requestBody", {"content": {}})):
            assert (name, example, _form(answers[example])) in answered


async def test_every_example_of_an_answer_occurs(taken: list[Taken]) -> None:
    answered = [
        (each.operation, str(each.answer.status), _form(each.answer.body)) for each in taken
    ]
    for name, (_, _, operation) in CALLS.items():
        for status, answer in operation["responses"].items():
            for _, value in _examples(answer):
                assert (name, status, _form(value)) in answered


def test_every_example_fits_its_schema() -> None:
    for _, _, operation in CALLS.values():
        for answer in operation["responses"].values():
            for _, value in _examples(answer):
                _validator(_schema(answer)).validate(value)
        body = operation.get("requestBody", {"content": {}})
        accepted = {
            name
            for status, answer in operation["responses"].items()
            for name, _ in _examples(answer)
            if status.startswith("2")
        }
        for name, value in _examples(body):
            assert _validator(_schema(body)).is_valid(value) == (name in accepted)


async def test_a_service_with_product_drafts_serves_the_whole_document(
    settings: Settings, orchestrator_settings: ProductDraftSettings
) -> None:
    serving = settings.model_copy(update={"product_drafts": orchestrator_settings})
    async with (
        running_service(serving) as service,
        ClientSession() as session,
        session.get(f"{service.url}/api/openapi.json") as response,
    ):
        assert await response.json() == DOCUMENT


def _schema(part: Any) -> Any:
    return part["content"]["application/json"]["schema"]


def _validator(schema: Any) -> OAS31Validator:
    whole = {**schema, "components": DOCUMENT["components"]}
    return OAS31Validator(whole, format_checker=oas31_format_checker)


def _examples(part: Any) -> Iterator[tuple[str, Any]]:
    for content in part["content"].values():
        for name, example in content["examples"].items():
            yield name, example["value"]


def _form(value: Any) -> Any:
    """Replace everything that differs in every call by the same text."""
    if isinstance(value, dict):
        return {name: _form(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_form(part) for part in value]
    if isinstance(value, str):
        for pattern, instead in GENERATED:
            value = re.sub(pattern, instead, value)
    return value
