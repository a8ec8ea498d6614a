"""DynamoDB's typed JSON to plain values and back.

Numbers are Decimals. They leave without trailing zeros, as DynamoDB keeps them.
"""

from decimal import Context, Decimal
from typing import Any

from assembly_service.domain.exact_json import Value, number_text

AttributeValue = dict[str, Any]
"""One value in DynamoDB's form, such as `{"S": "text"}`."""
Item = dict[str, AttributeValue]

_EXACT = Context(prec=100, Emin=-999, Emax=999)


def to_attribute_value(value: Value) -> AttributeValue:
    """Raises TypeError for what is not a JSON value."""
    match value:
        case str():
            return {"S": value}
        case bool():
            return {"BOOL": value}
        case Decimal() | int():
            return {"N": stored_number(Decimal(value))}
        case None:
            return {"NULL": True}
        case list() | tuple():
            return {"L": [to_attribute_value(entry) for entry in value]}
        case dict():
            return {"M": to_item(value)}
        case _:
            raise TypeError(f"{type(value).__name__} is not a JSON value")


def to_item(values: dict[str, Value]) -> Item:
    """A whole row, or a map inside one."""
    return {name: to_attribute_value(value) for name, value in values.items()}


def from_attribute_value(attribute: AttributeValue) -> Value:
    """Raises TypeError for types that this service never writes (sets, binary)."""
    ((kind, value),) = attribute.items()
    match kind:
        case "S" | "BOOL":
            return value
        case "N":
            return Decimal(value)
        case "NULL":
            return None
        case "L":
            return [from_attribute_value(entry) for entry in value]
        case "M":
            return from_item(value)
        case _:
            raise TypeError(f"{kind} is not a type of attribute that this service writes")


def from_item(item: Item) -> dict[str, Value]:
    """A whole row, or a map inside one."""
    return {name: from_attribute_value(attribute) for name, attribute in item.items()}


def stored_number(number: Decimal) -> str:
    """The text of the same value without trailing zeros; minus zero is zero."""
    return number_text(number.normalize(_EXACT)) if number else "0"
