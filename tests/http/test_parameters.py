"""Parameters are read in order, and every mistake is reported."""

from dataclasses import replace
from typing import Annotated

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict
from pydantic import Field, TypeAdapter

from assembly_service.http.parameters import Parameter, ParameterReader
from assembly_service.http.problems import Problem

SIZE: Parameter[int] = Parameter(
    name="size",
    place="query",
    form=TypeAdapter(Annotated[int, Field(ge=1, le=9)]),
    sentence="must be a number from 1 to 9.",
    default=3,
)
COLOUR: Parameter[str] = Parameter(
    name="colour",
    place="query",
    form=TypeAdapter(Annotated[str, Field(pattern="^[a-z]+$")]),
    sentence="must be a word.",
)
TAG: Parameter[str] = Parameter(name="If-Match", place="header", form=TypeAdapter(str))


def reader(query: str = "", **headers: str) -> ParameterReader:
    given = CIMultiDict((name.replace("_", "-"), text) for name, text in headers.items())
    return ParameterReader(make_mocked_request("GET", f"/?{query}", headers=given))


def test_an_absent_parameter_has_its_default() -> None:
    absent = reader()
    assert absent.read(SIZE) == 3
    assert absent.find(COLOUR) is None
    assert not absent.is_given(COLOUR)
    absent.refuse_mistakes()


def test_a_parameter_has_the_value_that_its_form_parses() -> None:
    given = reader("size=7&colour=red", if_match='"a"')
    assert (given.read(SIZE), given.find(COLOUR), given.find(TAG)) == (7, "red", '"a"')


def test_a_parameter_refers_to_a_schema_of_the_document_by_its_name() -> None:
    named = replace(SIZE, schema_name="Size", hints={"description": "The size."})
    assert named.node()["schema"] == {
        "$ref": "#/components/schemas/Size",
        "description": "The size.",
        "default": 3,
    }


def test_mistakes_are_reported_in_order_of_reading_each_with_its_sentence() -> None:
    broken = reader("size=7&colour=1&size=8")
    broken.find(COLOUR)
    broken.read(SIZE)
    assert [mistake.parameter for mistake in broken.mistakes] == ["colour", "size"]
    broken.mistake(TAG, "fits neither.")
    with pytest.raises(Problem) as refused:
        broken.refuse_mistakes()
    assert refused.value.detail == (
        "colour must be a word. size is given more than once. If-Match fits neither."
    )
