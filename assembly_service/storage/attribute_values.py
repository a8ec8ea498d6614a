"""Converts DynamoDB's typed JSON to plain values and back.

Numbers are written without trailing zeros, as DynamoDB stores them.
"""

from collections.abc import Callable, Iterator, KeysView, Mapping
from decimal import Decimal
from typing import Any

from assembly_service.domain.exact_json import Value, number, shortest_text

AttributeValue = dict[str, Any]
"""One value in DynamoDB's form, such as `{"S": "text"}`."""
Item = dict[str, AttributeValue]


def to_attribute_value(value: Value) -> AttributeValue:
    """Convert a value. Raises TypeError if it is not a JSON value."""
    try:
        return _WRITERS[type(value)](value)
    except KeyError:
        raise TypeError(f"{type(value).__name__} is not a JSON value") from None


def to_item(values: Mapping[str, Value]) -> Item:
    """Convert a row, or a part of one."""
    if isinstance(values, StoredFields):
        return values.item
    return {name: to_attribute_value(value) for name, value in values.items()}


def from_attribute_value(attribute: AttributeValue) -> Value:
    """Convert an attribute value. Raises TypeError for types this service never writes."""
    if "M" in attribute:
        return from_item(attribute["M"])
    if "L" in attribute:
        return [from_attribute_value(entry) for entry in attribute["L"]]
    if "S" in attribute:
        return attribute["S"]
    if "N" in attribute:
        return number(attribute["N"])
    if "BOOL" in attribute:
        return attribute["BOOL"]
    if "NULL" in attribute:
        return None
    raise TypeError(f"this service writes no attributes of type {', '.join(attribute)}")


def from_item(item: Item) -> dict[str, Value]:
    """Convert a row, or a map inside one."""
    values: dict[str, Value] = {}
    for name, attribute in item.items():
        # Most of a product's more than a hundred values: a call for each would cost a fifth more.
        if "N" in attribute:
            values[name] = number(attribute["N"])
        elif "S" in attribute:
            values[name] = attribute["S"]
        elif "M" in attribute:
            values[name] = from_item(attribute["M"])
        else:
            values[name] = from_attribute_value(attribute)
    return values


class StoredFields(Mapping[str, Value]):
    """The fields of a row, converted on first access; they are stored again as they are."""

    __slots__ = ("_converted", "item")

    def __init__(self, item: Item) -> None:
        self.item = item
        self._converted: dict[str, Value] | None = None

    @property
    def _values(self) -> dict[str, Value]:
        if self._converted is None:
            self._converted = from_item(self.item)
        return self._converted

    def __getitem__(self, name: str) -> Value:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.item)

    def __len__(self) -> int:
        return len(self.item)

    def __repr__(self) -> str:
        return repr(self._values)

    def keys(self) -> KeysView[str]:
        """Return the names, without a call for each as by default."""
        return self.item.keys()


def _write_number(value: Any) -> AttributeValue:
    return {"N": shortest_text(value)}


# A product has more than a hundred values: a lookup by type is several times as fast as a chain of
# isinstance checks.
_WRITERS: dict[type, Callable[[Any], AttributeValue]] = {
    str: lambda value: {"S": value},
    bool: lambda value: {"BOOL": value},
    int: _write_number,
    float: _write_number,
    Decimal: _write_number,
    type(None): lambda _: {"NULL": True},
    list: lambda value: {"L": [_WRITERS[type(entry)](entry) for entry in value]},
    dict: lambda value: {
        "M": {name: _WRITERS[type(entry)](entry) for name, entry in value.items()}
    },
}
