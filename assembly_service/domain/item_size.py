"""The size of an item by DynamoDB's published rules, in bytes.

Source: "DynamoDB item sizes and formats" in the DynamoDB developer guide. Numbers are rounded up.
"""

from decimal import Decimal

from assembly_service.domain.exact_json import Value

MOST_BYTES = 400 * 1024
_CONTAINER = 3
_ELEMENT = 1


def item_size(values: dict[str, Value]) -> int:
    """The size of a row: the names and the values of its attributes."""
    return sum(len(name.encode()) + _value_size(value) for name, value in values.items())


def _value_size(value: Value) -> int:
    match value:
        case str():
            return len(value.encode())
        case None | bool():
            return 1
        case Decimal() | int():
            return (len(Decimal(value).as_tuple().digits) + 1) // 2 + 2
        case dict():
            return _CONTAINER + _ELEMENT * len(value) + item_size(value)
        case _:
            return _CONTAINER + sum(_ELEMENT + _value_size(entry) for entry in value)
