"""Declarations of calls, from which both routes and documentation are made."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from assembly_service.http.answers import Answer, Content, content_node
from assembly_service.http.parameters import Parameter
from assembly_service.http.schemas import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The body of a request, by media type."""

    content: Mapping[str, Content]
    required: bool = True

    def node(self) -> Node:
        """Return its part of the OpenAPI document."""
        return {"required": self.required, "content": content_node(self.content)}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Call:
    """A method and a path. `name` is unique among all calls; `security` names its schemes.

    `path` is relative to the prefix of the application that serves the call, if it has one.
    """

    method: str
    path: str
    name: str
    summary: str
    tag: str
    answers: Sequence[Answer]
    description: str = ""
    parameters: Sequence[Parameter[Any]] = ()
    body: Body | None = None
    security: Sequence[Mapping[str, Sequence[str]]] = field(default=())
    route_name: str | None = None

    def __post_init__(self) -> None:
        """Raises ValueError if the path does not contain the declared path parameters."""
        in_path = re.findall(r"{(\w+)}", self.path)
        declared = [each.name for each in self.parameters if each.place == "path"]
        if in_path != declared:
            raise ValueError(f"{self.name}: the path has {in_path}, declared are {declared}")

    def route(self, handler: Handler) -> web.RouteDef:
        """Return its route. A GET route also serves HEAD."""
        path = self.path
        for parameter in self.parameters:
            if parameter.route_pattern is not None:
                name = parameter.name
                path = path.replace(f"{{{name}}}", f"{{{name}:{parameter.route_pattern}}}")
        if self.method == hdrs.METH_GET:
            return web.get(path, handler, name=self.route_name)
        return web.route(self.method, path, handler, name=self.route_name)

    def node(self, *, name: str = "") -> Node:
        """Return its OpenAPI operation, under another `name` if given."""
        node: Node = {"operationId": name or self.name, "summary": self.summary, "tags": [self.tag]}
        if self.description:
            node["description"] = self.description
        # Stated even where it is empty: documentation pages show a lock on what leaves it out.
        node["security"] = [
            {name: list(scopes) for name, scopes in each.items()} for each in self.security
        ]
        node["parameters"] = [parameter.node() for parameter in self.parameters]
        if self.body is not None:
            node["requestBody"] = self.body.node()
        node["responses"] = {str(answer.status): answer.node() for answer in self.answers}
        return node


def routes(calls: Sequence[Call], handlers: Mapping[Call, Handler]) -> list[web.RouteDef]:
    """Return a route for each call. Raises ValueError unless exactly these calls have handlers."""
    if {*calls} != handlers.keys():
        names = sorted(call.name for call in {*calls} ^ handlers.keys())
        raise ValueError(f"calls without a handler, or handlers without a call: {', '.join(names)}")
    return [call.route(handlers[call]) for call in calls]


def paths(calls: Iterable[Call], *, prefix: str = "", name_suffix: str = "") -> Node:
    """Return the OpenAPI paths of these calls, mounted at `prefix`.

    `name_suffix` keeps names unique when calls are mounted at several prefixes.
    """
    found: Node = {}
    for call in calls:
        node = call.node(name=f"{call.name}{name_suffix}")
        found.setdefault(f"{prefix}{call.path}", {})[call.method.lower()] = node
    return found
