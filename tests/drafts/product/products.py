"""Bodies of products, and what the checks say about them."""

from collections.abc import Mapping

import pytest

from assembly_service.domain.code_pattern import compile_pattern
from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.json_body import InvalidBody
from assembly_service.drafts.product.product_code import ProductCodeRule
from assembly_service.drafts.product.product_fields import PRODUCT_FIELDS, read_product

HINT = "3-255 characters: A-Z, 0-9, hyphen, underscore"
RULE = ProductCodeRule(compile_pattern("^[A-Z0-9_-]{3,255}$"), HINT)
NO_PRICE = "At least one price field must be specified"
WITHOUT_PRICE: dict[str, Value] = {
    "productName": "Hand splints",
    "productCode": "osot-prd-000123",
    "productDescription": "A course of two days.",
    "productCategory": 4,
    "productGlCode": 16,
    "productYear": "2026",
}
LEAST = {**WITHOUT_PRICE, "generalPrice": 120.5}
DEFAULTS = {
    "productStatus": 3,
    "userType": 3,
    "taxes": 13,
    "privilege": 1,
    "accessModifiers": 1,
    "inventory": 0,
    "shipping": 0,
    "activeMembershipOnly": False,
}
REQUIRED = list(WITHOUT_PRICE)
OPTIONAL = [field.name for field in PRODUCT_FIELDS if field.name not in REQUIRED]


def read(body: Mapping[str, Value] = LEAST, /, **changes: Value) -> dict[str, Value]:
    return read_product({**body, **changes}, code_rule=RULE)


def lines(body: Mapping[str, Value] = LEAST, /, **changes: Value) -> list[str]:
    with pytest.raises(InvalidBody) as refused:
        read(body, **changes)
    return refused.value.lines
