"""The size of an item in bytes, by DynamoDB's published rules.

See "DynamoDB item sizes and formats" in the DynamoDB developer guide. Numbers are rounded up.
"""

from collections.abc import Iterable
from decimal import Decimal

from assembly_service.domain.exact_json import Value, dumps

MOST_BYTES = 400 * 1024
MOST_BYTES_OF_HALVES = MOST_BYTES - 2048
"""Leaves room for what a row has beside the fields of halves."""
_CONTAINER = 3
_ELEMENT = 1
_MOST_PER_BYTE_OF_JSON = 3
"""A number of one digit is one byte of JSON and three of an item; nothing else grows as much."""


def exceeds(limit: int, parts: Iterable[dict[str, Value]]) -> bool:
    """Return whether a row of these parts would be larger than `limit` bytes."""
    parts = list(parts)
    # Computing the exact size is slow, and hardly any row is near a limit.
    if sum(len(dumps(part)) for part in parts) * _MOST_PER_BYTE_OF_JSON <= limit:
        return False
    return sum(item_size(part) for part in parts) > limit


def item_size(values: dict[str, Value]) -> int:
    """Return the size of a row: the names and the values of its attributes."""
    return sum(len(name.encode()) + _value_size(value) for name, value in values.items())


def _value_size(value: Value) -> int:
    match value:
        case str():
            return len(value.encode())
        case None | bool():
            return 1
        case Decimal() | int() | float():
            return (len(Decimal(str(value)).as_tuple().digits) + 1) // 2 + 2
        case dict():
            return _CONTAINER + _ELEMENT * len(value) + item_size(value)
        case _:
            return _CONTAINER + sum(_ELEMENT + _value_size(entry) for entry in value)
