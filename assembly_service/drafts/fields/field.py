"""A field of a body, declared once."""

from dataclasses import dataclass

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.fields.kinds import Kind
from assembly_service.http.schemas import Schema


@dataclass(frozen=True, slots=True)
class Field:
    """One field: the kind of its values, and what a form shows of it.

    `title` is its label there, `example` a valid value, and `description` adds to the label. An
    absent field without a `default` is left out.
    """

    name: str
    kind: Kind
    title: str
    example: Value
    description: str = ""
    required: bool = False
    default: Value = None
    blank_is_absent: bool = False

    def stored_schema(self) -> Schema:
        """Return the JSON Schema of the field as it is stored."""
        return {**self.kind.schema(), **self._hints()}

    def schema(self) -> Schema:
        """Return the JSON Schema of the field in a request body."""
        schema = self.kind.schema()
        if not self.required:
            absent: list[Schema] = [{"type": "null"}]
            if self.blank_is_absent:
                absent.append({"type": "string", "enum": [""]})
            schema = {"anyOf": [schema, *absent]}
        if self.default is not None:
            schema["default"] = self.default
        return {**schema, **self._hints()}

    def _hints(self) -> Schema:
        described = {"description": self.description} if self.description else {}
        return {"title": self.title, **described, "examples": [self.example]}
