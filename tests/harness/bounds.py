"""Texts and values on both sides of the bounds of a schema."""

from collections.abc import Iterator, Mapping
from typing import Any

from openapi_schema_validator import OAS31Validator, oas31_format_checker

from assembly_service.domain.exact_json import Value

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
    """None if the schema takes any text."""
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
            # Clients resolve one or two dots as path segments, so they never reach a server.
            yield from ("a.b", "...", "a-B_9", "a b", "a/b", "a~b", "é", "\0", "😍", "٥")


def bounds(schema: Mapping[str, Any]) -> tuple[int, int]:
    """The smallest and the largest integers."""
    codes = schema.get("enum") or [schema["minimum"], schema["maximum"]]
    return codes[0], codes[-1]


def is_allowed(schema: Mapping[str, Any], text: str) -> bool:
    """Whether a schema allows the value that a text in a URL stands for."""
    is_number = text.removeprefix("-").isdecimal() and text.isascii()
    value = int(text) if schema["type"] == "integer" and is_number else text
    return bool(OAS31Validator(schema, format_checker=oas31_format_checker).is_valid(value))


def values(schema: Mapping[str, Any]) -> Iterator[Value]:
    """JSON values on both sides of the bounds of a field."""
    yield from (None, "", "x", "1", "#", True, False, 0, -1, 1, 2.0, 2.5, 10**12, [], [1], {})
    for part in schema.get("anyOf", [schema]):
        if "maxLength" in part:
            least, most = part.get("minLength", 0), part["maxLength"]
            start = "https://a.example/" if "://" in part.get("pattern", "") else ""
            yield from (start.ljust(length, "a") for length in (least - 1, least, most, most + 1))
            yield from (f"{start}abc{control}abc" for control in "\x00\x1f\x7f")
        if part["type"] in ("integer", "number"):
            least, most = bounds(part)
            yield from (least - 1, least, most, most + 1, str(least), [least])
        if part["type"] == "integer":
            yield from (bound + 0.5 for bound in bounds(part))
        if part.get("format") == "date":
            yield from ("2026-02-03", "2026-02-30", "20260203", "2026-02-03T00:00:00Z")
        if "array" in part["type"]:
            least, most = bounds(part["items"])
            codes = list(range(least, most + 1))
            yield from ([least - 1], [least], [most], [most + 1], codes[: part["maxItems"]], codes)
            yield from ([least, least], [str(least)], [True], [None], [least + 0.5], [[least]])
