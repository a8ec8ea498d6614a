"""Parameters, declared once: what checks them, what is said of broken ones, their schema."""

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
    """A parameter of a path, a query or the headers.

    `form` checks its text, gives the value and most of the schema; `hints` are what else the
    schema says. A schema of the document is referred to by its `schema_name` instead. `sentence`
    goes on after the name of a broken parameter and ends in a full stop; where any text fits,
    there is none. Those of a path are required; of the others an absent one is the `default`.
    `route_pattern` is what the router lets through in a path: without it all but slashes, and
    something. A call may let everything through and refuse it in its own words.
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
        """As the document has it."""
        node: Node = {"name": self.name, "in": self.place}
        if self.place == "path":
            node["required"] = True
        if self.description:
            node["description"] = self.description
        # pydantic makes no schema that refers to one it does not know.
        named = self.schema_name and reference(self.schema_name)
        node["schema"] = {**(named or self.form.json_schema()), **self.hints}
        if self.default is not None:
            node["schema"]["default"] = self.default
        return node


def few_digits(text: str) -> int:
    """The number of one to three digits; pydantic would take signs, spaces and `1.0` too.

    Raises ValueError.
    """
    if not re.fullmatch("[0-9]{1,3}", text):
        raise ValueError("not one to three digits")
    return int(text)


def page_limit(*, default: int, most: int, description: str) -> Parameter[int]:
    """How many items a client wants in one page of a list."""
    return Parameter(
        name="limit",
        place="query",
        form=TypeAdapter(Annotated[int, Field(ge=1, le=most), BeforeValidator(few_digits)]),
        sentence=f"must be a whole number from 1 to {most}.",
        description=description,
        default=default,
    )


class ParameterReader:
    """Reads the parameters of a request and gathers the mistakes in them, in order of reading.

    What it gives for a broken parameter is of no use: end with `refuse_mistakes`.
    """

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self._mistakes: list[Mistake] = []

    @property
    def mistakes(self) -> Sequence[Mistake]:
        """What was wrong so far, for those who refuse it in another form than a Problem."""
        return tuple(self._mistakes)

    def read(self, parameter: Parameter[T]) -> T:
        """The value of a parameter that is required or has a default."""
        return cast("T", self.find(parameter))

    def find(self, parameter: Parameter[T]) -> T | None:
        """The value of a parameter, or its default."""
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
        """Whether the request has it at all, broken or not."""
        return bool(self._texts(parameter))

    def mistake(self, parameter: Parameter[T], sentence: str) -> None:
        """Note what only a look at several parameters, or at the service, can tell."""
        self._mistakes.append(Mistake(parameter.name, sentence))

    def refuse_mistakes(self) -> None:
        """Raises Problem, naming every broken parameter."""
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
