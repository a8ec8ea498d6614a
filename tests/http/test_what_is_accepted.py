"""A call accepts exactly what the document allows, for every parameter, at every bound."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import quote

import pytest
from aiohttp import ClientSession
from yarl import URL

from assembly_service.http.event_streams import EVENTS_PATH
from assembly_service.openapi import openapi_document
from tests.harness.bounds import is_allowed, texts
from tests.harness.web import SELLER, Shelf, make_product

DOCUMENT = openapi_document()
VALID = {
    "handle": SELLER,
    "videoId": "v1",
    "limit": "1",
    "since": "2026-11-02T10:00:00Z",
    "snapshot": "1",
}
"""A valid value for every parameter that a schema can describe."""
_BEYOND_SCHEMAS = {"lastKey"}
"""No schema can describe which cursors the service issued."""


class Case(NamedTuple):
    """One parameter of one call, set to a text; all others are valid or absent."""

    method: str
    path: str
    name: str
    place: str
    text: str
    allowed: bool


def cases() -> Iterator[Case]:
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            for parameter in operation["parameters"]:
                schema = parameter["schema"]
                for text in texts(schema):
                    allowed = is_allowed(schema, text)
                    yield Case(method, path, parameter["name"], parameter["in"], text, allowed)


CASES = list(cases())
QUERY = [
    (method, path, parameter["name"])
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    for parameter in operation["parameters"]
    if parameter["in"] == "query"
]
CALLS = [(method, path) for path, item in DOCUMENT["paths"].items() for method in item]


def url(path: str, *query: tuple[str, str], **values: str) -> URL:
    """Return the URL of a request; path parameters that `values` does not set are valid."""
    for name, text in {**VALID, **values}.items():
        path = path.replace(f"{{{name}}}", quote(text, safe=""))
    written = "&".join(f"{name}={quote(text, safe='')}" for name, text in query)
    return URL(f"{path}?{written}", encoded=True)


async def refused(
    api: ClientSession, method: str, address: URL, headers: Mapping[str, str] | None = None
) -> set[str]:
    """Return the parameters a request is refused for; check its answer against the document."""
    async with api.request(method, address, headers=headers) as response:
        if response.status != 400:
            assert response.status < 500
            return set()
        body = await response.json(content_type="application/problem+json")
        return {error["parameter"] for error in body["errors"]}


@pytest.fixture(autouse=True)
async def products(shelf: Shelf) -> None:
    """Something to find."""
    await shelf.put(make_product("v1"), make_product("v2"))


def test_the_cases_lie_on_both_sides() -> None:
    told = {each.name for each in CASES}
    assert told == VALID.keys()
    for name in told:
        assert {each.allowed for each in CASES if each.name == name} == {True, False}


@pytest.mark.parametrize("path", sorted({each.path for each in CASES}))
async def test_exactly_what_the_document_forbids_is_refused_and_named(
    api: ClientSession, path: str
) -> None:
    wrong = []
    for each in (each for each in CASES if each.path == path):
        given = {each.name: each.text}
        headers = given if each.place == "header" else {}
        values = given if each.place == "path" else {}
        query = given if each.place == "query" else {}
        names = await refused(api, each.method, url(path, *query.items(), **values), headers)
        if names != (set() if each.allowed else {each.name}):
            wrong.append((each, names))
    assert not wrong


@pytest.mark.parametrize(("method", "path", "name"), QUERY)
async def test_a_parameter_that_is_not_a_list_is_accepted_only_once(
    api: ClientSession, method: str, path: str, name: str
) -> None:
    given = (name, VALID.get(name, "x"))
    assert await refused(api, method, url(path, given)) <= _BEYOND_SCHEMAS
    assert await refused(api, method, url(path, given, given)) == {name}


@pytest.mark.parametrize(("method", "path"), CALLS)
async def test_an_undocumented_parameter_changes_nothing(
    api: ClientSession, method: str, path: str
) -> None:
    answers = []
    for query in ((), (("nothing", "1"), ("nothing", ""))):
        async with api.request(method, url(path, *query)) as response:
            answers.append((response.status, response.headers.get("ETag")))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("tags", ["*", '"a"', 'W/"a", "b"', "", "nonsense"])
async def test_a_header_documented_as_text_accepts_any_text(api: ClientSession, tags: str) -> None:
    for path in {each.path for each in CASES} - {EVENTS_PATH}:
        async with api.get(url(path), headers={"If-None-Match": tags}) as response:
            assert response.status == (304 if tags == "*" else 200)
