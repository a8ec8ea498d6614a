"""The calls accept in paths and queries what the document allows, at every bound, and no more."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.drafts.product.support import Caller
from tests.drafts.product.walk import CALLS, DOCUMENT
from tests.web.bounds import is_allowed, texts

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
    """The parameters that a call names as broken; every answer is held against the document."""
    written = "&".join(f"{name}={quote(text, safe='')}" for name, text in query)
    answer = await caller.call("GET", f"{path}?{written}")
    assert answer.status in {200, 400}
    return {line.split()[0] for line in answer.body.get("errors", ())}


def test_every_query_parameter_is_tried() -> None:
    assert {name for _, name, _ in QUERY} == VALID.keys()


@pytest.mark.parametrize(("path", "name", "schema"), QUERY, ids=[name for _, name, _ in QUERY])
async def test_exactly_what_the_document_forbids_is_refused_and_named(
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


async def test_a_parameter_that_is_not_described_changes_nothing(admin: Caller) -> None:
    path = QUERY[0][0]
    assert await refused(admin, path, ("nothing", "1"), ("nothing", "")) == set()


@pytest.mark.parametrize(("method", "path", "name"), PATH)
async def test_an_id_that_the_document_forbids_is_nobodys(
    admin: Caller, method: str, path: str, name: str
) -> None:
    for text in ("x", GUID[:-1], f"{GUID}0", GUID.replace("-", ""), f"{{{GUID}}}"):
        filled = path.replace(f"{{{name}}}", quote(text, safe=""))
        assert (await admin.call(method, filled, {})).status == 404, text
