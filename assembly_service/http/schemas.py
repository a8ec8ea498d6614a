"""Building blocks of JSON schemas."""

from typing import Any

Schema = dict[str, Any]
Node = dict[str, Any]
"""Any part of an OpenAPI document."""

TEXT: Schema = {"type": "string"}
TEXTS: Schema = {"type": "array", "items": TEXT}
FIELD_ERRORS: Schema = {
    "type": "object",
    "additionalProperties": TEXT,
    "description": "The first of the errors in each field, by its name.",
}
FLAG: Schema = {"type": "boolean"}
UUID: Schema = {"type": "string", "format": "uuid"}
COUNT: Schema = {"type": "integer", "minimum": 0}
INSTANT: Schema = {"type": "string", "format": "date-time"}
MILLISECONDS: Schema = {**INSTANT, "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
REFERENCES = "#/components/schemas/{model}"
"""Where a schema of an OpenAPI or AsyncAPI document is, by its name."""


def reference(name: str) -> Schema:
    """Refer to a schema of the document."""
    return {"$ref": REFERENCES.format(model=name)}


def or_null(schema: Schema) -> Schema:
    """Allow null too. The schema has a type of its own."""
    return {**schema, "type": [schema["type"], "null"]}


def object_schema(**properties: Schema) -> Schema:
    """Return an object schema that requires all these properties."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def with_optional(schema: Schema, **properties: Schema) -> Schema:
    """Return the object schema with optional properties added."""
    return {**schema, "properties": {**schema["properties"], **properties}}
