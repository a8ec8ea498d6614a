"""The enumerations of what people prepare in drafts: names for the integers that are stored."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Enumeration:
    """Integer codes without gaps, the first of them `first`, and their names in that order."""

    name: str
    first: int
    names: tuple[str, ...]

    @property
    def codes(self) -> range:
        """Every code, ascending."""
        return range(self.first, self.first + len(self.names))

    def holds(self, value: object) -> bool:
        """Whether a value is an integer (no boolean, no float) and one of the codes."""
        return type(value) is int and value in self.codes


@cache
def all_enumerations() -> tuple[Enumeration, ...]:
    """Every enumeration of products and audience targets, those of products first."""
    return _of_file("enumerations.json")


@cache
def education_enumerations() -> tuple[Enumeration, ...]:
    """Those that only an education has."""
    return _of_file("education.json")


@cache
def enumeration(name: str) -> Enumeration:
    """The enumeration of that name. Raises KeyError if there is none."""
    return {each.name: each for each in (*all_enumerations(), *education_enumerations())}[name]


def enumeration_schema(name: str) -> dict[str, Any]:
    """The JSON Schema of one enumeration, as in `enumeration_schemas`."""
    return _schema(enumeration(name))


def enumeration_schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of each enumeration, by name; its names travel as `x-enum-varnames`."""
    return {each.name: _schema(each) for each in all_enumerations()}


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
        "description": ", ".join(f"{code} {name}" for code, name in members),
    }
