"""Assembles the OpenAPI document from its parts."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from assembly_service.http.schemas import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPart:
    """The part of some calls.

    `paths` include prefixes; the names of schemas and operations are unique among all parts.
    """

    tags: Sequence[Node]
    paths: Node
    schemas: Node = field(default_factory=dict)
    security_schemes: Node = field(default_factory=dict)


def whole_document(info: Node, parts: Sequence[DocumentPart]) -> Node:
    """Return an OpenAPI 3.1 document, with tags and paths in the order of the parts."""
    components: Node = {"schemas": {}}
    document: Node = {
        "openapi": "3.1.0",
        "info": info,
        "tags": [],
        "paths": {},
        "components": components,
    }
    for part in parts:
        document["tags"] += part.tags
        document["paths"] |= part.paths
        components["schemas"] |= part.schemas
        if part.security_schemes:
            schemes = components.setdefault("securitySchemes", {})
            schemes |= part.security_schemes
    return document
