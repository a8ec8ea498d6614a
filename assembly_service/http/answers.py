"""Declarations of what calls answer: status, headers, body."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal

from assembly_service.http.schemas import Node, Schema, reference

JSON, PROBLEM = "application/json", "application/problem+json"

NO_STORE: Mapping[str, Node] = {"Cache-Control": {"schema": {"const": "no-store"}}}
NO_CACHE: Mapping[str, Node] = {"Cache-Control": {"schema": {"const": "no-cache"}}}
RETRY_AFTER: Mapping[str, Node] = {
    "Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A body in one media type. `examples` are complete bodies by name."""

    schema: Schema
    examples: Mapping[str, Any] = field(default_factory=dict)

    def node(self) -> Node:
        """Return its part of the OpenAPI document."""
        shown = {name: {"value": value} for name, value in self.examples.items()}
        return {"schema": self.schema, **({"examples": shown} if shown else {})}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer with one status; `default` stands for every status that is not declared.

    `headers` are those that the answer has, except the usual ones of HTTP: always, unless they say
    that they are not `required`.
    """

    status: HTTPStatus | Literal["default"]
    description: str
    content: Mapping[str, Content] = field(default_factory=dict)
    headers: Mapping[str, Node] = field(default_factory=dict)

    def node(self) -> Node:
        """Return its part of the OpenAPI document."""
        node: Node = {"description": self.description}
        if self.content:
            node["content"] = content_node(self.content)
        if self.headers:
            node["headers"] = dict(self.headers)
        return node


def content_node(content: Mapping[str, Content]) -> Node:
    """Return the OpenAPI node of bodies by media type."""
    return {media_type: each.node() for media_type, each in content.items()}


def json_answer(
    status: HTTPStatus,
    description: str,
    schema: str,
    *,
    headers: Mapping[str, Node] = NO_STORE,
    examples: Mapping[str, Any] | None = None,
) -> Answer:
    """Declare JSON of a named schema, not to be cached unless `headers` say otherwise."""
    content = {JSON: Content(schema=reference(schema), examples=examples or {})}
    return Answer(status=status, description=description, content=content, headers=headers)


def problem_answer(
    status: HTTPStatus | Literal["default"],
    description: str,
    *,
    headers: Mapping[str, Node] | None = None,
) -> Answer:
    """Declare an error as `problem_response` makes it."""
    return Answer(
        status=status,
        description=description,
        content={PROBLEM: Content(schema=reference("Problem"))},
        headers={**NO_STORE, **(headers or {})},
    )


UNEXPECTED = problem_answer("default", "Something unexpected went wrong.")
