"""The kinds of a product's fields: how a value is checked, and the same in JSON Schema."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol
from urllib.parse import urlsplit

from assembly_service.domain.exact_json import Value, shortest_text
from assembly_service.drafts.engine.json_body import InvalidBody, one_form
from assembly_service.drafts.enumerations import enumeration

Schema = dict[str, Any]


class FieldKind(Protocol):
    """What the values of a field have in common."""

    def read(self, name: str, value: Value) -> Value:
        """The value as it is stored; a text comes trimmed. Raises InvalidBody."""

    def schema(self) -> Schema:
        """JSON Schema of the stored value."""


@dataclass(frozen=True, slots=True)
class Text:
    """`least` to `most` characters (code points)."""

    least: int
    most: int

    def read(self, name: str, value: Value) -> str:
        text = _text(name, value)
        if not self.least <= len(text) <= self.most:
            bounds = f"{self.least} to {self.most}" if self.least else f"at most {self.most}"
            raise InvalidBody([f"{name} must be {bounds} characters long"])
        return text

    def schema(self) -> Schema:
        return {"type": "string", "minLength": self.least, "maxLength": self.most}


@dataclass(frozen=True, slots=True)
class Code:
    """A product code, which a `ProductCodeRule` judges."""

    def read(self, name: str, value: Value) -> str:
        return _text(name, value)

    def schema(self) -> Schema:
        return {"type": "string", "minLength": 3, "maxLength": 255}


@dataclass(frozen=True, slots=True)
class Year:
    """Four digits in a text."""

    def read(self, name: str, value: Value) -> str:
        text = _text(name, value)
        if not re.fullmatch(r"[0-9]{4}", text):
            raise InvalidBody([f"{name} must be a year of four digits"])
        return text

    def schema(self) -> Schema:
        return {"type": "string", "pattern": "^[0-9]{4}$"}


@dataclass(frozen=True, slots=True)
class Date:
    """A day of the calendar, `YYYY-MM-DD`."""

    def read(self, name: str, value: Value) -> str:
        text = _text(name, value)
        if not _is_calendar_date(text):
            raise InvalidBody([f"{name} must be a calendar date, YYYY-MM-DD"])
        return text

    def schema(self) -> Schema:
        return {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


@dataclass(frozen=True, slots=True)
class Url:
    """An http or https URL of at most `most` characters."""

    most: int

    def read(self, name: str, value: Value) -> str:
        text = _text(name, value)
        lines = []
        if not _is_web_address(text):
            lines.append(f"{name} must be an http or https URL with a host")
        if len(text) > self.most:
            lines.append(f"{name} must be at most {self.most} characters long")
        if lines:
            raise InvalidBody(lines)
        return text

    def schema(self) -> Schema:
        pattern = r"^[Hh][Tt][Tt][Pp][Ss]?://\S+$"
        return {"type": "string", "pattern": pattern, "maxLength": self.most}


@dataclass(frozen=True, slots=True)
class Money:
    """A number from 0 to `most` with at most two decimals."""

    most: Decimal

    def read(self, name: str, value: Value) -> Value:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise InvalidBody([f"{name} must be a number"])
        exact = Decimal(shortest_text(value))
        lines = []
        # A number too large for a Decimal is a NaN.
        if exact.is_nan() or not 0 <= exact <= self.most:
            lines.append(f"{name} must be between 0 and {self.most}")
        exponent = exact.as_tuple().exponent
        if isinstance(exponent, int) and exponent < -2:
            lines.append(f"{name} must have at most 2 decimals")
        if lines:
            raise InvalidBody(lines)
        return one_form(value)

    def schema(self) -> Schema:
        # No `multipleOf`: validators work it out in binary and refuse 1.1.
        return {"type": "number", "minimum": 0, "maximum": one_form(float(self.most))}


@dataclass(frozen=True, slots=True)
class Whole:
    """An integer from 0 to `most`."""

    most: int

    def read(self, name: str, value: Value) -> int:
        number = one_form(value)
        if type(number) is not int or not 0 <= number <= self.most:
            raise InvalidBody([f"{name} must be an integer between 0 and {self.most}"])
        return number

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": 0, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class Member:
    """A code of an enumeration."""

    enumeration: str

    def read(self, name: str, value: Value) -> int:
        number, codes = one_form(value), enumeration(self.enumeration).codes
        if type(number) is not int or number not in codes:
            bounds = f"{codes[0]} to {codes[-1]}"
            raise InvalidBody([f"{name} must be a code of {self.enumeration}, {bounds}"])
        return number

    def schema(self) -> Schema:
        return {"$ref": f"#/components/schemas/{self.enumeration}"}


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def read(self, name: str, value: Value) -> bool:
        if not isinstance(value, bool):
            raise InvalidBody([f"{name} must be true or false"])
        return value

    def schema(self) -> Schema:
        return {"type": "boolean"}


def _text(name: str, value: Value) -> str:
    if not isinstance(value, str):
        raise InvalidBody([f"{name} must be a string"])
    return value


def _is_calendar_date(text: str) -> bool:
    try:
        # Python reads other forms of ISO 8601 too.
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_web_address(text: str) -> bool:
    if not re.fullmatch(r"https?://\S+", text, re.IGNORECASE):
        return False
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
