"""Kinds of fields, for any draft system: how a value is checked, and the same as JSON Schema.

A sentence continues after the name of its field. pydantic checks and generates the schema wherever
it keeps numbers exact: see docs/decisions/2026-11-29-field-rules.md.
"""

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic import Field as Bounds

from assembly_service.domain.exact_json import Value, shortest_text
from assembly_service.drafts.engine.json_body import InvalidBody, int_if_whole
from assembly_service.drafts.enumerations import enumeration
from assembly_service.http.schemas import Schema, reference


@dataclass(frozen=True, slots=True)
class Rule:
    """A check on values, the sentence about those that fail it, and its schema."""

    accepts: Callable[[Any], bool]
    sentence: str
    schema: Schema


@dataclass(frozen=True, slots=True)
class Kind:
    """What the values of a field have in common.

    `rules` apply only to values of the right type; each broken one becomes a line of its own.
    `normalise` gives equal values one form before they are checked.
    """

    of_type: Rule
    rules: tuple[Rule, ...] = ()
    normalise: Callable[[Value], Value] = lambda value: value

    def read(self, name: str, value: Value) -> Value:
        """Return the value of the named field as it is stored. Raises InvalidBody."""
        value = self.normalise(value)
        if self.of_type.accepts(value):
            broken = [rule for rule in self.rules if not rule.accepts(value)]
        else:
            broken = [self.of_type]
        if broken:
            raise InvalidBody([f"{name} {rule.sentence}" for rule in broken])
        return value

    def schema(self) -> Schema:
        """Return the JSON Schema of the stored value."""
        whole: Schema = {}
        for rule in (self.of_type, *self.rules):
            whole |= rule.schema
        return whole


def checked(annotation: Any, sentence: str) -> Rule:
    """Return a rule that pydantic checks strictly, with its schema."""
    adapter: TypeAdapter[Any] = TypeAdapter(annotation, config=ConfigDict(strict=True))

    def accepts(value: Value) -> bool:
        try:
            adapter.validate_python(value)
        except ValidationError:
            return False
        return True

    return Rule(accepts, sentence, adapter.json_schema())


TEXT = checked(str, "must be a string")
ONE_LINE = checked(
    Annotated[str, Bounds(pattern=r"^[^\x00-\x1f\x7f]*$")], "must not contain control characters"
)


def text(least: int, most: int, *rules: Rule) -> Kind:
    """`least` to `most` characters (code points)."""
    bounds = f"{least} to {most}" if least else f"at most {most}"
    length = Annotated[str, Bounds(min_length=least, max_length=most)]
    return Kind(TEXT, (checked(length, f"must be {bounds} characters long"), *rules))


def matching(pattern: str, sentence: str) -> Kind:
    """A text that matches a pattern, which starts with ^ and ends with $."""
    return Kind(TEXT, (checked(Annotated[str, Bounds(pattern=pattern)], sentence),))


def date() -> Kind:
    """A calendar date, `YYYY-MM-DD`."""
    schema = {"format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
    return Kind(TEXT, (Rule(_is_day, "must be a calendar date, YYYY-MM-DD", schema),))


def url(most: int) -> Kind:
    """An http or https URL of at most `most` characters."""
    schema = {"pattern": r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s\x00-\x1f\x7f]+$"}
    address = Rule(_is_web_address, "must be an http or https URL with a host", schema)
    length = Annotated[str, Bounds(max_length=most)]
    return Kind(TEXT, (address, checked(length, f"must be at most {most} characters long")))


def money(most: str) -> Kind:
    """A number from 0 to `most` with at most two decimals, kept exactly as sent."""
    largest = Decimal(most)
    schema = {"minimum": 0, "maximum": int_if_whole(float(largest))}
    # No `multipleOf`: validators compute it in binary and refuse 1.1. This is for forms.
    cents = {"x-decimals": 2}
    return Kind(
        Rule(_is_number, "must be a number", {"type": "number"}),
        (
            Rule(
                lambda value: _is_between(value, largest), f"must be between 0 and {most}", schema
            ),
            Rule(_has_cents_at_most, "must have at most 2 decimals", cents),
        ),
        normalise=int_if_whole,
    )


def whole(most: int) -> Kind:
    """An integer from 0 to `most`; 2.0 is one."""
    bounded = Annotated[int, Bounds(ge=0, le=most)]
    return Kind(
        checked(bounded, f"must be an integer between 0 and {most}"), normalise=int_if_whole
    )


def member(name: str) -> Kind:
    """A code of the named enumeration."""
    known = enumeration(name)
    sentence = f"must be a code of {name}, {known.codes[0]} to {known.codes[-1]}"
    return Kind(Rule(known.holds, sentence, reference(name)), normalise=int_if_whole)


def flag() -> Kind:
    """True or false."""
    return Kind(checked(bool, "must be true or false"))


def _is_day(text: str) -> bool:
    try:
        # `fromisoformat` reads other forms of ISO 8601 too.
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_web_address(text: str) -> bool:
    if not re.fullmatch(r"https?://[^\s\x00-\x1f\x7f]+", text, re.IGNORECASE):
        return False
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _is_between(value: Value, largest: Decimal) -> bool:
    exact = Decimal(shortest_text(value))
    # A number too large for a Decimal is a NaN.
    return not exact.is_nan() and 0 <= exact <= largest


def _has_cents_at_most(value: Value) -> bool:
    exponent = Decimal(shortest_text(value)).as_tuple().exponent
    return not isinstance(exponent, int) or exponent >= -2
