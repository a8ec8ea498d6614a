"""The calls accept what the document allows, at every bound, and no more."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from openapi_schema_validator import OAS31Validator, oas31_format_checker

from assembly_service.drafts.engine.json_body import InvalidBody
from assembly_service.drafts.product.product_fields import merge_product, read_product
from assembly_service.drafts.product.target_fields import read_target
from tests.drafts.product.products import LEAST, RULE, read
from tests.drafts.product.support import Caller
from tests.drafts.product.walk import CALLS, DOCUMENT
from tests.harness.bounds import is_allowed, texts, values

SCHEMAS = DOCUMENT["components"]["schemas"]
GUID = "019a43b0-5c8a-7a3e-8f21-5b6c7d8e9f00"
VALID = {"limit": "1", "lastKey": GUID, "status": "1", "category": "0", "productCode": "ABC"}


def parameters(place: str) -> Iterator[tuple[str, str, str, Any]]:
    """Method, path, name and schema of each parameter."""
    for method, path, operation in CALLS.values():
        for parameter in operation["parameters"]:
            if parameter["in"] == place:
                schema = parameter["schema"]
                named = schema.get("$ref", "").rpartition("/")[2]
                yield method, path, parameter["name"], SCHEMAS[named] if named else schema


QUERY = [(path, name, schema) for _, path, name, schema in parameters("query")]
PATH = [(method, path, name) for method, path, name, _ in parameters("path")]


async def refused(caller: Caller, path: str, *query: tuple[str, str]) -> set[str]:
    """The parameters that a call refuses; every answer is checked against the document."""
    written = "&".join(f"{name}={quote(text, safe='')}" for name, text in query)
    answer = await caller.call("GET", f"{path}?{written}")
    assert answer.status in {200, 400}
    return {line.split()[0] for line in answer.body.get("errors", ())}


def test_every_query_parameter_is_tried() -> None:
    assert {name for _, name, _ in QUERY} == VALID.keys()


@pytest.mark.parametrize(("path", "name", "schema"), QUERY, ids=[name for _, name, _ in QUERY])
async def test_exactly_the_parameters_that_the_document_forbids_are_refused_and_named(
    admin: Caller, path: str, name: str, schema: Any
) -> None:
    tried = {text: is_allowed(schema, text) for text in texts(schema)}
    assert set(tried.values()) == {True, False}
    for text, allowed in tried.items():
        assert await refused(admin, path, (name, text)) == (set() if allowed else {name}), text


@pytest.mark.parametrize(("path", "name", "schema"), QUERY, ids=[name for _, name, _ in QUERY])
async def test_a_parameter_that_is_not_a_list_is_taken_once(
    admin: Caller, path: str, name: str, schema: Any
) -> None:
    given = (name, VALID[name])
    assert is_allowed(schema, VALID[name])
    assert await refused(admin, path, given) == set()
    assert await refused(admin, path, given, given) == {name}


async def test_an_undocumented_parameter_changes_nothing(admin: Caller) -> None:
    path = QUERY[0][0]
    assert await refused(admin, path, ("nothing", "1"), ("nothing", "")) == set()


@pytest.mark.parametrize(("method", "path", "name"), PATH)
async def test_an_id_that_the_document_forbids_is_unknown(
    admin: Caller, method: str, path: str, name: str
) -> None:
    for text in ("x", GUID[:-1], f"{GUID}0", GUID.replace("-", ""), f"{{{GUID}}}"):
        filled = path.replace(f"{{{name}}}", quote(text, safe=""))
        assert (await admin.call(method, filled, {})).status == 404, text


def resolved(schema: Any) -> Any:
    """A schema with its references resolved."""
    if isinstance(schema, list):
        return [resolved(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {**SCHEMAS[schema["$ref"].rpartition("/")[2]], **_without(schema, "$ref")}
    return {name: resolved(part) for name, part in schema.items()}


def _without(schema: Any, name: str) -> Any:
    return {key: part for key, part in schema.items() if key != name}


WHOLE = {**LEAST, "otStuPrice": 1, "otLifePrice": 2, "insuranceType": 1, "insuranceLimit": 0}
"""Satisfy the rules across fields, whatever else a body holds."""
BODIES: dict[str, Callable[[Any], object]] = {
    "ProductInput": lambda body: read_product({**WHOLE, **body}, code_rule=RULE),
    "ProductChanges": lambda body: merge_product(read(WHOLE), body, code_rule=RULE),
    "AudienceTargetInput": read_target,
}


@pytest.mark.parametrize("name", BODIES)
def test_each_field_of_a_body_accepts_exactly_what_the_document_allows(name: str) -> None:
    whole = resolved(SCHEMAS[name])
    validator = OAS31Validator(_without(whole, "required"), format_checker=oas31_format_checker)
    wrong = []
    for field, schema in whole["properties"].items():
        tried = [(value, validator.is_valid({field: value})) for value in values(schema)]
        required = field in SCHEMAS["ProductInput"]["required"]
        for value, allowed in tried:
            try:
                BODIES[name]({field: value})
            except InvalidBody:
                taken = False
            else:
                taken = True
            # In a change null removes a field, and a required one cannot be removed.
            if taken != allowed and not (value is None and required and name == "ProductChanges"):
                wrong.append((field, value, allowed))
    assert not wrong


def test_the_calls_accept_the_bodies_that_are_tried() -> None:
    taken = {
        content["schema"]["$ref"].rpartition("/")[2]
        for _, _, operation in CALLS.values()
        for content in operation.get("requestBody", {"content": {}})["content"].values()
    }
    assert taken == {*BODIES, "EmptyBody"}
