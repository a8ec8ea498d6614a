"""The fields of a product: one table for checks and the OpenAPI document."""

from collections.abc import Mapping

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.json_body import InvalidBody, Mistakes, unknown_lines
from assembly_service.drafts.fields.field import Field
from assembly_service.drafts.fields.kinds import (
    ONE_LINE,
    TEXT,
    Kind,
    Rule,
    date,
    flag,
    matching,
    member,
    money,
    text,
    url,
    whole,
)
from assembly_service.drafts.product.product_code import LONGEST, SHORTEST, ProductCodeRule
from assembly_service.http.schemas import Schema

INSURANCE = 1
"""The category whose products need a type and a limit of insurance."""

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

_CODE_LENGTH = {"minLength": SHORTEST, "maxLength": LONGEST}
# Everything else about codes is up to the rule that an operator sets.
_CODE = Kind(Rule(TEXT.accepts, TEXT.sentence, {**ONE_LINE.schema, **_CODE_LENGTH}))
_PRICE = money("999999.99")


def _price(name: str, who: str) -> Field:
    description = f"Price for {who}; at most 2 decimals, 0 is free."
    return Field(name, _PRICE, f"Price, {who}", 120.5, description, blank_is_absent=True)


PRODUCT_FIELDS: tuple[Field, ...] = (
    Field(
        "productName",
        text(3, 100, ONE_LINE),
        "Name",
        "Hand rehabilitation workshop",
        required=True,
    ),
    Field(
        "productCode",
        _CODE,
        "Code",
        "OSOT-WORKSHOP-2026",
        "Stored in upper case; unique. The service may be set to a narrower format.",
        required=True,
    ),
    Field(
        "productDescription",
        text(10, 4000),
        "Description",
        "A day about hand rehabilitation, with lunch.",
        required=True,
    ),
    Field("productCategory", member("ProductCategory"), "Category", 4, required=True),
    Field(
        "productGlCode",
        member("ProductGLCode"),
        "General ledger code",
        14,
        "Not the account's four digits.",
        required=True,
    ),
    Field(
        "productYear",
        matching("^[0-9]{4}$", "must be a year of four digits"),
        "Year",
        "2026",
        "Four digits.",
        required=True,
    ),
    Field("productStatus", member("ProductStatus"), "Status", 1, default=3),
    Field("userType", member("ProductUserType"), "Whom it is for", 1, default=3),
    Field("taxes", money("100"), "Taxes", 13, "In percent, at most 2 decimals.", default=13),
    Field("privilege", member("Privilege"), "Privilege", 1, default=1),
    Field("accessModifiers", member("AccessModifier"), "Access", 1, default=1),
    *(_price(name, who) for name, who in _PRICES.items()),
    Field("inventory", whole(2_147_483_647), "Inventory", 40, "How many there are.", default=0),
    Field("shipping", _PRICE, "Price of shipping", 9.5, "At most 2 decimals.", default=0),
    Field(
        "productPicture",
        url(850),
        "Picture",
        "https://pictures.example/workshop.jpg",
        "http or https URL.",
        blank_is_absent=True,
    ),
    Field(
        "productAdditionalInfo",
        text(0, 4000),
        "Additional information",
        "Bring your own splints.",
        blank_is_absent=True,
    ),
    Field(
        "postPurchaseInfo",
        text(0, 4000),
        "Information for buyers",
        "The room is on the second floor.",
        "Plain text.",
        blank_is_absent=True,
    ),
    Field("activeMembershipOnly", flag(), "Only active members may buy it", True, default=False),
    Field("startDate", date(), "First day", "2026-11-20", "YYYY-MM-DD."),
    Field("endDate", date(), "Last day", "2026-11-21", "YYYY-MM-DD; not before startDate."),
    Field(
        "insuranceType",
        member("InsuranceType"),
        "Insurance type",
        1,
        "Required for category 1, insurance.",
    ),
    Field(
        "insuranceLimit",
        money("999999999.99"),
        "Insurance limit",
        5_000_000,
        "Required for category 1, insurance; at most 2 decimals.",
    ),
)
"""Every field, in the order in which violations are reported and products are written."""

_NAMES = frozenset(field.name for field in PRODUCT_FIELDS)
_BLANK_IS_ABSENT = frozenset(field.name for field in PRODUCT_FIELDS if field.blank_is_absent)


def read_product(
    body: Mapping[str, Value], *, code_rule: ProductCodeRule | None
) -> dict[str, Value]:
    """Read a product from a body: trimmed, the code in upper case, defaults filled in.

    Without a rule the code is not checked again. Absent optional fields without a default are left
    out. Raises InvalidBody with a line for every violation, in the order of `PRODUCT_FIELDS`,
    unknown fields last.
    """
    given = _given(body)
    product: dict[str, Value] = {}
    mistakes = Mistakes()
    for field in PRODUCT_FIELDS:
        if field.name in given:
            try:
                product[field.name] = _read(field, given[field.name], code_rule)
            except InvalidBody as error:
                mistakes.add_to_field(field.name, *error.lines)
        elif field.required:
            mistakes.add_to_field(field.name, f"Missing required field: {field.name}")
        elif field.default is not None:
            product[field.name] = field.default
        _check_across(field.name, given, product, mistakes)
    mistakes.add(*unknown_lines(body, _NAMES, "field"))
    mistakes.raise_any()
    return product


def merge_product(
    stored: Mapping[str, Value], changes: Mapping[str, Value], *, code_rule: ProductCodeRule
) -> dict[str, Value]:
    """Change some fields of a stored product and check it as a whole; null removes a field.

    A removed field gets its default again. An unchanged code is not checked again: the rule may
    have become stricter since. Raises InvalidBody as `read_product` does.
    """
    rule = code_rule if "productCode" in changes else None
    return read_product({**stored, **changes}, code_rule=rule)


def product_schema() -> Schema:
    """Return the JSON Schema (2020-12) of `read_product`'s body, enumerations by reference."""
    return {
        "type": "object",
        "description": (
            "Texts are trimmed before they are checked. At least one price is required. "
            "An insurance product needs insuranceType and insuranceLimit."
        ),
        "properties": {field.name: field.schema() for field in PRODUCT_FIELDS},
        "required": [field.name for field in PRODUCT_FIELDS if field.required],
        "additionalProperties": False,
    }


def _given(body: Mapping[str, Value]) -> dict[str, Value]:
    """Return the fields that a body sets, texts trimmed, without null and blank ones."""
    trimmed = {
        name: value.strip() if isinstance(value, str) else value for name, value in body.items()
    }
    return {
        name: value
        for name, value in trimmed.items()
        if value is not None and not (value == "" and name in _BLANK_IS_ABSENT)
    }


def _read(field: Field, value: Value, code_rule: ProductCodeRule | None) -> Value:
    value = field.kind.read(field.name, value)
    if field.kind is _CODE and code_rule is not None:
        value = code_rule.normalise(value)
        if value is None:
            raise InvalidBody([f"Invalid product code format. Expected: {code_rule.hint}"])
    return value


def _check_across(
    name: str, given: Mapping[str, Value], product: Mapping[str, Value], mistakes: Mistakes
) -> None:
    """Check a field against those before it."""
    needs_insurance = product.get("productCategory") == INSURANCE and name not in given
    if name == PRICE_FIELDS[-1] and given.keys().isdisjoint(PRICE_FIELDS):
        mistakes.add_to_field(PRICE_FIELDS[0], "At least one price field must be specified")
    if name == "endDate" and name in product and product[name] < product.get("startDate", ""):
        mistakes.add_to_field(name, "endDate must not be before startDate")
    if name == "insuranceType" and needs_insurance:
        mistakes.add_to_field(name, "Insurance Type is required for Insurance products")
    if name == "insuranceLimit" and needs_insurance:
        mistakes.add_to_field(name, "Insurance Limit is required for Insurance products")
