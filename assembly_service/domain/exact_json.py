"""JSON in which every number keeps its exact value: decimals in memory, never floats."""

import json
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

import orjson

Value = Any
"""A JSON value in memory: `None | bool | Decimal | str | list[Value] | dict[str, Value]`."""


class NotJson(ValueError):
    """The text is not JSON by RFC 8259; the message says why."""


def loads(text: str) -> Value:
    """Parse JSON text; a number too large for a Decimal comes back as a NaN, which fits nowhere.

    Raises NotJson, also for `NaN`, `Infinity` and text nested deeper than the parser can follow.
    """
    try:
        return _decoder.decode(text)
    except RecursionError:
        raise NotJson("nested too deeply") from None
    except ValueError as error:
        raise NotJson(str(error)) from None


def dumps(value: Value) -> bytes:
    """JSON text in UTF-8; Decimals are written digit by digit."""
    return orjson.dumps(value, default=_encode_decimal)


def message_text(value: Value) -> str:
    """JSON text for a message of SQS or SNS, which refuse two code points that JSON may hold."""
    text = dumps(value).decode()
    return text.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")


def number_text(number: Decimal) -> str:
    """The digits of a number; with an exponent only where people and browsers use one too."""
    return f"{number:f}" if -7 < number.adjusted() < 21 else str(number)


def _encode_decimal(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(number_text(value))
    raise TypeError(f"{type(value).__name__} is not a JSON value")


def _decimal(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except InvalidOperation:
        return Decimal("NaN")


def _refuse(constant: str) -> NoReturn:
    raise NotJson(f"{constant} is not a JSON number")


_decoder = json.JSONDecoder(parse_float=_decimal, parse_int=_decimal, parse_constant=_refuse)
