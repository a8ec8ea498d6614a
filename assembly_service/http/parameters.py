"""Declarations of parameters: validation, error sentence, schema."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Generic, Literal, TypeVar, cast

from aiohttp import web
from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

from assembly_service.http.problems import Mistake, invalid_parameters
from assembly_service.http.schemas import Node, Schema, reference

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter(Generic[T]):
    """A parameter in the path, the query or the headers.

    `form` validates the text; its schema and `hints`, or the document's schema called
    `schema_name`, are documented. `sentence` completes an error sentence that starts with the name,
    and is empty if any text is valid. Path parameters are required; others have a `default`.
    `route_pattern` is what the router accepts in the path instead of `[^/]+`.
    """

    name: str
    place: Literal["path", "query", "header"]
    form: TypeAdapter[T]
    sentence: str = ""
    description: str = ""
    default: T | None = None
    hints: Schema = field(default_factory=dict)
    schema_name: str | None = None
    route_pattern: str | None = None

    def node(self) -> Node:
        """Return its part of the OpenAPI document."""
        node: Node = {"name": self.name, "in": self.place}
        if self.place == "path":
            node["required"] = True
        if self.description:
            node["description"] = self.description
        # pydantic cannot make a schema that refers to one of the document.
        named = self.schema_name and reference(self.schema_name)
        node["schema"] = {**(named or self.form.json_schema()), **self.hints}
        if self.default is not None:
            node["schema"]["default"] = self.default
        return node


def few_digits(text: str) -> int:
    """Parse one to three digits; pydantic would accept signs, spaces and `1.0` too.

    Raises ValueError.
    """
    if not re.fullmatch("[0-9]{1,3}", text):
        raise ValueError("not one to three digits")
    return int(text)


def page_limit(*, default: int, most: int, description: str) -> Parameter[int]:
    """Declare the `limit` of a paged list."""
    return count("limit", most=most, description=description, default=default)


def count(name: str, *, most: int, description: str, default: int | None = None) -> Parameter[int]:
    """Declare a whole number from 1 to `most`, which has at most three digits."""
    return Parameter(
        name=name,
        place="query",
        form=TypeAdapter(Annotated[int, Field(ge=1, le=most), BeforeValidator(few_digits)]),
        sentence=f"must be a whole number from 1 to {most}.",
        description=description,
        default=default,
    )


class ParameterReader:
    """Reads the parameters of a request, and collects mistakes in the order of reading.

    Values of invalid parameters are meaningless: call `refuse_mistakes` before using any.
    """

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self._mistakes: list[Mistake] = []

    @property
    def mistakes(self) -> Sequence[Mistake]:
        """The mistakes so far, for errors in another form than a Problem."""
        return tuple(self._mistakes)

    def read(self, parameter: Parameter[T]) -> T:
        """Return the value of a parameter that is required or has a default."""
        return cast("T", self.find(parameter))

    def find(self, parameter: Parameter[T]) -> T | None:
        """Return the value of a parameter, or its default."""
        texts = self._texts(parameter)
        if not texts:
            return parameter.default
        if len(texts) > 1:
            self.mistake(parameter, "is given more than once.")
            return None
        try:
            return parameter.form.validate_python(texts[0])
        except ValidationError:
            self.mistake(parameter, parameter.sentence)
            return None

    def is_given(self, parameter: Parameter[T]) -> bool:
        """Whether the request contains the parameter, valid or not."""
        return bool(self._texts(parameter))

    def mistake(self, parameter: Parameter[T], sentence: str) -> None:
        """Add a mistake that depends on more than the parameter's own text."""
        self._mistakes.append(Mistake(parameter.name, sentence))

    def refuse_mistakes(self) -> None:
        """Raise Problem if there are mistakes, naming every invalid parameter."""
        if self._mistakes:
            raise invalid_parameters(self._mistakes)

    def _texts(self, parameter: Parameter[T]) -> Sequence[str]:
        match parameter.place:
            case "path":
                return [self._request.match_info[parameter.name]]
            case "query":
                return self._request.query.getall(parameter.name, [])
            case "header":
                return self._request.headers.getall(parameter.name, [])
