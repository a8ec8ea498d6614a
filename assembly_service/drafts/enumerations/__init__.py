"""The enumerations that draft fields use: names for stored integers."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from assembly_service.drafts.enumerations.labels import label_of


@dataclass(frozen=True, slots=True)
class Enumeration:
    """Consecutive integer codes from `first` on, and their names in that order."""

    name: str
    first: int
    names: tuple[str, ...]

    @property
    def codes(self) -> range:
        """Every code, ascending."""
        return range(self.first, self.first + len(self.names))

    def label(self, code: int) -> str:
        """Return what people call a code."""
        return label_of(self.names[code - self.first])

    def holds(self, value: object) -> bool:
        """Whether a value is one of the codes; booleans and floats are not."""
        return type(value) is int and value in self.codes


@cache
def product_enumerations() -> tuple[Enumeration, ...]:
    """Return the enumerations of products, then those of audience targets."""
    return _of_file("enumerations.json")


@cache
def education_enumerations() -> tuple[Enumeration, ...]:
    """Return those that only education registration uses."""
    return _of_file("education.json")


@cache
def enumeration(name: str) -> Enumeration:
    """Return the enumeration of that name. Raises KeyError if there is none."""
    return {each.name: each for each in (*product_enumerations(), *education_enumerations())}[name]


def enumeration_schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of one enumeration, as in `enumeration_schemas`."""
    return _schema(enumeration(name))


def enumeration_schemas() -> dict[str, dict[str, Any]]:
    """Return the JSON Schemas of `product_enumerations`, by name.

    The names of codes are in `x-enum-varnames`, their labels in `x-enum-descriptions`.
    """
    return {each.name: _schema(each) for each in product_enumerations()}


def _of_file(name: str) -> tuple[Enumeration, ...]:
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    return tuple(
        Enumeration(name, data["first"], tuple(data["names"]))
        for name, data in json.loads(text).items()
    )


def _schema(each: Enumeration) -> dict[str, Any]:
    members = zip(each.codes, each.names, strict=True)
    return {
        "type": "integer",
        "enum": list(each.codes),
        "x-enum-varnames": list(each.names),
        "x-enum-descriptions": [each.label(code) for code in each.codes],
        "description": ", ".join(f"{code} {name}" for code, name in members),
    }
