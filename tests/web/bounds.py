"""Texts on both sides of whatever the schema of a parameter says."""

from collections.abc import Iterator, Mapping
from typing import Any

from openapi_schema_validator import OAS31Validator, oas31_format_checker

_INSTANTS = (
    *("2026-11-02T10:00:00Z", "2026-11-02t10:00:00.5z", "2026-11-02T10:00:00-03:30"),
    *("", "x", "1793620800000", "2026-11-02", "2026-11-02T10:00:00", "2026-11-02 10:00:00Z"),
    *("2026-02-30T10:00:00Z", "2026-11-02T24:00:00Z", "2026-11-02T10:00:00+24:00"),
    "0000-01-01T00:00:00Z",
)
_GUID = "019a43b0-5c8a-7a3e-8f21-5b6c7d8e9f00"
_GUIDS = (
    *(_GUID, _GUID.upper(), _GUID[:-1], f"{_GUID}0", _GUID.replace("-", ""), f"{{{_GUID}}}"),
    *(f" {_GUID}", _GUID.replace("a", "g"), "x", "0"),
)


def texts(schema: Mapping[str, Any]) -> Iterator[str]:
    """None for a schema that takes any text."""
    if schema["type"] == "integer":
        least, most = bounds(schema)
        yield from (str(number) for number in (least - 1, least, most, most + 1, -most - 1))
        yield from ("", "x", "1.5", "1e1", "true", "null", "[1]", "+1", "9" * 40)
    elif schema.get("format") == "date-time":
        yield from _INSTANTS
    elif schema.get("format") == "uuid":
        yield from _GUIDS
    elif "maxLength" in schema:
        least, most = schema["minLength"], schema["maxLength"]
        yield from ("a" * length for length in (least, least + 1, most, most + 1))
        if "pattern" in schema:
            # A single dot or two never reach a server: clients take them for steps in the path.
            yield from ("a.b", "...", "a-B_9", "a b", "a/b", "a~b", "é", "\0", "😍", "٥")


def bounds(schema: Mapping[str, Any]) -> tuple[int, int]:
    """The least and the largest of whole numbers."""
    codes = schema.get("enum") or [schema["minimum"], schema["maximum"]]
    return codes[0], codes[-1]


def is_allowed(schema: Mapping[str, Any], text: str) -> bool:
    """Whether a schema allows what a text stands for, as clients write values into URLs."""
    is_number = text.removeprefix("-").isdecimal() and text.isascii()
    value = int(text) if schema["type"] == "integer" and is_number else text
    return bool(OAS31Validator(schema, format_checker=oas31_format_checker).is_valid(value))
