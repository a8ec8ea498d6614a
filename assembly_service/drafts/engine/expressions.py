"""Builds the expressions of one DynamoDB update."""

from dataclasses import dataclass, field
from typing import Any

from assembly_service.domain.exact_json import Value
from assembly_service.storage.attribute_values import AttributeValue, to_attribute_value


@dataclass(slots=True, kw_only=True)
class Expressions:
    """Conditions, all of which have to hold, and changes; `:now` is defined."""

    now: int
    conditions: list[str] = field(default_factory=list)
    sets: list[str] = field(default_factory=list)
    removes: list[str] = field(default_factory=list)
    values: dict[str, AttributeValue] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Define `:now`."""
        self.values[":now"] = {"N": str(self.now)}

    def name(self, attribute: str) -> str:
        """Return a placeholder for an attribute whose name is reserved in expressions."""
        return self._names.setdefault(attribute, f"#n{len(self._names)}")

    def path(self, *names: str) -> str:
        """Return a placeholder for a value inside an attribute."""
        return ".".join(map(self.name, names))

    def value(self, value: Value) -> str:
        """Return a placeholder for a value."""
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = to_attribute_value(value)
        return placeholder

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of the update."""
        removes = f" REMOVE {', '.join(self.removes)}" if self.removes else ""
        parameters: dict[str, Any] = {
            "UpdateExpression": f"SET {', '.join(self.sets)}{removes}",
            "ConditionExpression": " AND ".join(self.conditions),
            "ExpressionAttributeValues": self.values,
        }
        if self._names:
            parameters["ExpressionAttributeNames"] = {
                placeholder: attribute for attribute, placeholder in self._names.items()
            }
        return parameters
