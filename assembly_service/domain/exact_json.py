"""JSON with exact numbers.

In memory a number is an int or a float if that holds it to the digit, else a Decimal. Each value
has one form, so equal values compare equal.
"""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from decimal import Context, Decimal, DecimalException
from typing import Any, NoReturn

import orjson

Number = int | float | Decimal
Value = Any
"""A JSON value in memory: `None | bool | Number | str | list[Value] | dict[str, Value]`."""

_EXACT = Context(prec=1_000_000, Emin=-999_999_999, Emax=999_999_999)
# A float holds every number of up to 15 digits: 16 characters with the point.
_LONGEST_PLAIN = 16
# The shape of a text: what may precede a number becomes a space, each digit a zero.
_SHAPE = bytes.maketrans(b":,[-\t\n\r123456789.E", b"       0000000000e")
_LONG_NUMBER = b" " + b"0" * (_LONGEST_PLAIN + 1)
_EXPONENT = re.compile(rb" 0+e")


class NotJson(ValueError):
    """The text is not JSON by RFC 8259; the message says why."""


def loads(text: str) -> Value:
    """Parse JSON text; a number too large for a Decimal becomes a NaN, which no check accepts.

    Raises NotJson, also for `NaN`, `Infinity` and text that is nested too deeply.
    """
    # The exact parser takes what the fast one refuses, such as lone surrogates.
    with suppress(ValueError):
        encoded = text.encode()
        if not _may_need_decimals(encoded):
            return orjson.loads(encoded)
    try:
        return _decoder.decode(text)
    except RecursionError:
        raise NotJson("nested too deeply") from None
    except ValueError as error:
        raise NotJson(str(error)) from None


def dumps(value: Value) -> bytes:
    """Return JSON text in UTF-8, with Decimals written to the digit."""
    return orjson.dumps(value, default=_encode_decimal)


def message_text(value: Value) -> str:
    """Return JSON text for SQS or SNS, which refuse two code points that JSON may contain."""
    text = dumps(value).decode()
    return text.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")


def number(digits: str) -> Number:
    """Return the number of a JSON or DynamoDB text; a NaN if it is too large for a Decimal."""
    if len(digits) <= _LONGEST_PLAIN and "E" not in digits and "e" not in digits:
        return float(digits) if "." in digits else int(digits)
    try:
        value = Decimal(shortest_text(Decimal(digits)))
    except DecimalException:
        return Decimal("NaN")
    if abs(value.adjusted()) < _LONGEST_PLAIN:
        plain = f"{value:f}"
        # The sign does not count.
        if len(plain.removeprefix("-")) <= _LONGEST_PLAIN:
            return float(plain) if "." in plain else int(plain)
    return value


def shortest_text(number: Number) -> str:
    """Return the digits of a number without trailing zeros; minus zero is zero."""
    if isinstance(number, int):
        return str(number)
    if isinstance(number, float):
        text = repr(number)
        if "e" not in text:
            return (text[:-2] if text.endswith(".0") else text) if number else "0"
    exact = Decimal(str(number))
    return number_text(exact.normalize(_EXACT)) if exact else "0"


def number_text(number: Decimal) -> str:
    """Return the digits of a number, with an exponent only where browsers use one."""
    return f"{number:f}" if -7 < number.adjusted() < 21 else str(number)


def _may_need_decimals(text: bytes) -> bool:
    # A number may be the whole text, with nothing before it.
    shape = (b" " + text).translate(_SHAPE)
    return _LONG_NUMBER in shape or (b"0e" in shape and _EXPONENT.search(shape) is not None)


def _encode_decimal(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(number_text(value))
    raise TypeError(f"{type(value).__name__} is not a JSON value")


def _refuse(constant: str) -> NoReturn:
    raise NotJson(f"{constant} is not a JSON number")


_parse: Callable[[str], Number] = number
_decoder = json.JSONDecoder(parse_float=_parse, parse_int=_parse, parse_constant=_refuse)
