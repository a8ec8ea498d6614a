"""Pieces of JSON schemas that the documents of all calls are made of."""

from typing import Any

Schema = dict[str, Any]
Node = dict[str, Any]
"""Any part of an OpenAPI document."""

TEXT: Schema = {"type": "string"}
TEXTS: Schema = {"type": "array", "items": TEXT}
FLAG: Schema = {"type": "boolean"}
UUID: Schema = {"type": "string", "format": "uuid"}
COUNT: Schema = {"type": "integer", "minimum": 0}
INSTANT: Schema = {"type": "string", "format": "date-time"}
MILLISECONDS: Schema = {**INSTANT, "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}


def reference(name: str) -> Schema:
    """Points to one of the document's schemas."""
    return {"$ref": f"#/components/schemas/{name}"}


def object_schema(**properties: Schema) -> Schema:
    """An object that has all of these properties."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def with_optional(schema: Schema, **properties: Schema) -> Schema:
    """The same object, which may have these properties too."""
    return {**schema, "properties": {**schema["properties"], **properties}}
