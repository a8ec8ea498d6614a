"""A field of a body, declared once."""

from dataclasses import dataclass

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.fields.kinds import Kind
from assembly_service.http.schemas import Schema


@dataclass(frozen=True, slots=True)
class Field:
    """One field: what its values keep, and what a form shows of it.

    `title` is its label there, `example` a value that may stand in it, and `description` says what
    the label does not. `None` as the default leaves an absent field out.
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
        """JSON Schema of the field in a body that was read."""
        return {**self.kind.schema(), **self._hints()}

    def schema(self) -> Schema:
        """JSON Schema of the field in a body that people send."""
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
