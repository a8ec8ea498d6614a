"""The fields of a product: one table for the checks and for the OpenAPI document."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.json_body import InvalidBody, unknown_lines
from assembly_service.drafts.product.field_kinds import (
    Code,
    Date,
    FieldKind,
    Flag,
    Member,
    Money,
    Schema,
    Text,
    Url,
    Whole,
    Year,
)
from assembly_service.drafts.product.product_code import ProductCodeRule

INSURANCE = 1
"""The category whose products need a type and a limit of insurance."""


@dataclass(frozen=True, slots=True)
class ProductField:
    """One field of a product; `None` as the default leaves an absent field out."""

    name: str
    kind: FieldKind
    description: str
    required: bool = False
    default: Value = None
    blank_is_absent: bool = False


_PRICE = Money(Decimal("999999.99"))
_PRICES = {
    "generalPrice": "everybody",
    "otStuPrice": "occupational therapists, student",
    "otNgPrice": "occupational therapists, new graduate",
    "otPrPrice": "occupational therapists, practitioner",
    "otNpPrice": "occupational therapists, non-practitioner",
    "otRetPrice": "occupational therapists, retired",
    "otLifePrice": "occupational therapists, life",
    "otaStuPrice": "occupational therapist assistants, student",
    "otaNgPrice": "occupational therapist assistants, new graduate",
    "otaNpPrice": "occupational therapist assistants, non-practitioner",
    "otaRetPrice": "occupational therapist assistants, retired",
    "otaPrPrice": "occupational therapist assistants, practitioner",
    "otaLifePrice": "occupational therapist assistants, life",
    "assocPrice": "associates",
    "affPrimPrice": "affiliates, primary",
    "affPremPrice": "affiliates, premium",
}
PRICE_FIELDS = tuple(_PRICES)

PRODUCT_FIELDS: tuple[ProductField, ...] = (
    ProductField("productName", Text(3, 100), "Name.", required=True),
    ProductField(
        "productCode",
        Code(),
        "Stored in upper case; unique. The service may be set to a narrower format.",
        required=True,
    ),
    ProductField("productDescription", Text(10, 4000), "Description.", required=True),
    ProductField("productCategory", Member("ProductCategory"), "Category.", required=True),
    ProductField(
        "productGlCode",
        Member("ProductGLCode"),
        "General ledger code, not the account's four digits.",
        required=True,
    ),
    ProductField("productYear", Year(), "Year, four digits.", required=True),
    ProductField("productStatus", Member("ProductStatus"), "Status.", default=3),
    ProductField("userType", Member("ProductUserType"), "Whom it is for.", default=3),
    ProductField("taxes", Money(Decimal(100)), "Taxes in percent, at most 2 decimals.", default=13),
    ProductField("privilege", Member("Privilege"), "Privilege.", default=1),
    ProductField("accessModifiers", Member("AccessModifier"), "Access.", default=1),
    *(
        ProductField(
            name, _PRICE, f"Price for {who}; at most 2 decimals, 0 is free.", blank_is_absent=True
        )
        for name, who in _PRICES.items()
    ),
    ProductField("inventory", Whole(2_147_483_647), "How many there are.", default=0),
    ProductField("shipping", _PRICE, "Price of shipping, at most 2 decimals.", default=0),
    ProductField(
        "productPicture", Url(850), "http or https URL of a picture.", blank_is_absent=True
    ),
    ProductField(
        "productAdditionalInfo", Text(0, 4000), "Additional information.", blank_is_absent=True
    ),
    ProductField("postPurchaseInfo", Text(0, 4000), "Plain text for buyers.", blank_is_absent=True),
    ProductField(
        "activeMembershipOnly", Flag(), "Whether only active members may buy it.", default=False
    ),
    ProductField("startDate", Date(), "First day, YYYY-MM-DD."),
    ProductField("endDate", Date(), "Last day, YYYY-MM-DD; not before startDate."),
    ProductField("insuranceType", Member("InsuranceType"), "Required for category 1, insurance."),
    ProductField(
        "insuranceLimit",
        Money(Decimal("999999999.99")),
        "Required for category 1, insurance; at most 2 decimals.",
    ),
)
"""Every field, in the order in which violations are reported and products are written."""

_NAMES = frozenset(field.name for field in PRODUCT_FIELDS)
_ANY_CODE = ProductCodeRule(re.compile(".*"), hint="")
_BLANK_IS_ABSENT = frozenset(field.name for field in PRODUCT_FIELDS if field.blank_is_absent)


def read_product(body: Mapping[str, Value], *, code_rule: ProductCodeRule) -> dict[str, Value]:
    """The product of a body, normalised: trimmed, the code in upper case, defaults filled in.

    Optional fields that are absent and have no default are left out. Raises InvalidBody with a
    line for every violation, in the order of `PRODUCT_FIELDS`, unknown fields last.
    """
    given = _given(body)
    product: dict[str, Value] = {}
    lines: list[str] = []
    for field in PRODUCT_FIELDS:
        if field.name in given:
            try:
                product[field.name] = _read(field, given[field.name], code_rule)
            except InvalidBody as error:
                lines += error.lines
        elif field.required:
            lines.append(f"Missing required field: {field.name}")
        elif field.default is not None:
            product[field.name] = field.default
        lines += _lines_across(field.name, given, product)
    lines += unknown_lines(body, _NAMES, "field")
    if lines:
        raise InvalidBody(lines)
    return product


def merge_product(
    stored: Mapping[str, Value], changes: Mapping[str, Value], *, code_rule: ProductCodeRule
) -> dict[str, Value]:
    """A stored product with some fields changed, checked as a whole; null takes a field away.

    A field taken away has its default again. A code that stays is not judged again: the rule may
    have become narrower since. Raises InvalidBody as `read_product` does.
    """
    rule = code_rule if "productCode" in changes else _ANY_CODE
    return read_product({**stored, **changes}, code_rule=rule)


def product_schema() -> Schema:
    """JSON Schema (2020-12) of the body that `read_product` takes, enumerations by reference."""
    return {
        "type": "object",
        "description": (
            "Texts are trimmed before they are checked. At least one price is required. "
            "An insurance product needs insuranceType and insuranceLimit."
        ),
        "properties": {field.name: _property(field) for field in PRODUCT_FIELDS},
        "required": [field.name for field in PRODUCT_FIELDS if field.required],
        "additionalProperties": False,
    }


def _given(body: Mapping[str, Value]) -> dict[str, Value]:
    """What a body really says: texts trimmed, without the ways to say nothing."""
    trimmed = {
        name: value.strip() if isinstance(value, str) else value for name, value in body.items()
    }
    return {
        name: value
        for name, value in trimmed.items()
        if value is not None and not (value == "" and name in _BLANK_IS_ABSENT)
    }


def _read(field: ProductField, value: Value, code_rule: ProductCodeRule) -> Value:
    value = field.kind.read(field.name, value)
    if isinstance(field.kind, Code):
        value = code_rule.normalise(value)
        if value is None:
            raise InvalidBody([f"Invalid product code format. Expected: {code_rule.hint}"])
    return value


def _lines_across(name: str, given: Mapping[str, Value], product: Mapping[str, Value]) -> list[str]:
    """What a field must keep beside the fields before it."""
    needs_insurance = product.get("productCategory") == INSURANCE and name not in given
    if name == PRICE_FIELDS[-1] and given.keys().isdisjoint(PRICE_FIELDS):
        return ["At least one price field must be specified"]
    if name == "endDate" and name in product and product[name] < product.get("startDate", ""):
        return ["endDate must not be before startDate"]
    if name == "insuranceType" and needs_insurance:
        return ["Insurance Type is required for Insurance products"]
    if name == "insuranceLimit" and needs_insurance:
        return ["Insurance Limit is required for Insurance products"]
    return []


def _property(field: ProductField) -> Schema:
    schema = field.kind.schema()
    if not field.required:
        absent: list[Schema] = [{"type": "null"}]
        if field.blank_is_absent:
            absent.append({"type": "string", "enum": [""]})
        schema = {"anyOf": [schema, *absent]}
    if field.default is not None:
        schema["default"] = field.default
    return {**schema, "description": field.description}
