"""A call is declared once, and both served and documented."""

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from openapi_spec_validator import validate
from pydantic import Field, TypeAdapter

from assembly_service.http.answers import JSON, Answer, Content, json_answer
from assembly_service.http.calls import Body, Call, paths, routes
from assembly_service.http.document import DocumentPart, whole_document
from assembly_service.http.parameters import Parameter
from assembly_service.http.schemas import TEXT, object_schema, reference

THING: Parameter[str] = Parameter(
    name="thing", place="path", form=TypeAdapter(str), sentence="must be a thing."
)
SIZE: Parameter[int] = Parameter(
    name="size",
    place="query",
    form=TypeAdapter(Annotated[int, Field(ge=1, le=9)]),
    sentence="must be a size.",
    default=3,
)
IF_MATCH: Parameter[str] = Parameter(name="If-Match", place="header", form=TypeAdapter(str))
CHANGE = Call(
    method="PATCH",
    path="/things/{thing}",
    name="changeThing",
    summary="Change a thing",
    tag="things",
    parameters=(THING, SIZE, IF_MATCH),
    body=Body(
        content={JSON: Content(schema=reference("Thing"), examples={"small": {"name": "a"}})},
        required=False,
    ),
    security=({"bearerToken": ()},),
    answers=(
        json_answer(HTTPStatus.OK, "It is done.", "Thing"),
        Answer(
            status=HTTPStatus.CONFLICT,
            description="It is taken.",
            content={JSON: Content(schema=object_schema(message=TEXT))},
        ),
    ),
    route_name="change-thing",
)
READ = Call(
    method="GET",
    path="/things",
    name="readThings",
    summary="Read all",
    tag="things",
    answers=(json_answer(HTTPStatus.OK, "All.", "Thing"),),
)


async def answer(_: web.Request) -> web.Response:
    return web.Response()


def document(*calls: Call) -> dict[str, Any]:
    part = DocumentPart(
        tags=[{"name": "things"}],
        paths=paths(calls, prefix="/private"),
        schemas={"Thing": object_schema(name=TEXT)},
        security_schemes={"bearerToken": {"type": "http", "scheme": "bearer"}},
    )
    return whole_document({"title": "Things", "version": "1"}, [part])


def test_a_document_of_calls_is_valid() -> None:
    validate(document(CHANGE, READ))


def test_a_public_call_is_documented_as_needing_no_token() -> None:
    assert document(READ)["paths"]["/private/things"]["get"]["security"] == []


def test_a_call_is_documented_as_declared() -> None:
    operation = document(CHANGE)["paths"]["/private/things/{thing}"]["patch"]
    assert operation["parameters"][0]["required"] is True
    assert operation["parameters"][1]["schema"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 9,
        "default": 3,
    }
    assert operation["security"] == [{"bearerToken": []}]
    assert operation["requestBody"]["required"] is False
    assert operation["requestBody"]["content"][JSON]["examples"] == {
        "small": {"value": {"name": "a"}}
    }
    assert operation["responses"].keys() == {"200", "409"}


def test_a_call_is_served_at_its_path_under_its_name() -> None:
    change, read = routes((CHANGE, READ), {CHANGE: answer, READ: answer})
    assert (change.method, change.path) == ("PATCH", "/things/{thing}")
    assert change.kwargs["name"] == "change-thing"
    application = web.Application()
    application.add_routes([change, read])
    assert {route.method for route in application.router.routes()} == {"PATCH", "GET", "HEAD"}


def test_a_call_without_a_handler_and_a_handler_without_a_call_are_refused() -> None:
    for calls, handlers in (((CHANGE, READ), {READ: answer}), ((READ,), {CHANGE: answer})):
        with pytest.raises(ValueError, match="changeThing"):
            routes(calls, handlers)


def test_a_path_has_to_match_its_parameters() -> None:
    with pytest.raises(ValueError, match="changeThing"):
        replace(CHANGE, path="/things/{other}")
    with pytest.raises(ValueError, match="changeThing"):
        replace(CHANGE, parameters=())


async def test_a_parameter_says_which_texts_the_router_accepts() -> None:
    anything = replace(THING, route_pattern="(?!new$)[^/]*")
    call = replace(CHANGE, parameters=(anything,))
    application = web.Application()
    application.add_routes(routes((call,), {call: answer}))
    for path, found in (("/things/", True), ("/things/a", True), ("/things/new", False)):
        request = make_mocked_request("PATCH", path)
        match = await application.router.resolve(request)
        assert (match.http_exception is None) is found, path
    assert "/private/things/{thing}" in document(call)["paths"]


def test_calls_at_a_second_prefix_have_different_names() -> None:
    once, again = paths((READ,), prefix="/a"), paths((READ,), prefix="/b", name_suffix="Again")
    assert once["/a/things"]["get"]["operationId"] == "readThings"
    assert again["/b/things"]["get"]["operationId"] == "readThingsAgain"
