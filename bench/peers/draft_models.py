"""The peer's product and target: the service's fields, checked by pydantic."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    TypeAdapter,
    create_model,
    model_validator,
)

from assembly_service.drafts.enumerations import enumeration
from assembly_service.drafts.product.product_fields import INSURANCE, PRICE_FIELDS
from assembly_service.drafts.product.target_fields import TARGET_FIELDS


class _Checked(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        given = self.model_dump(exclude_none=True)
        if given.keys().isdisjoint(PRICE_FIELDS):
            raise ValueError("At least one price field must be specified")
        if "startDate" in given and "endDate" in given and given["endDate"] < given["startDate"]:
            raise ValueError("endDate must not be before startDate")
        insured = {"insuranceType", "insuranceLimit"} <= given.keys()
        if given["productCategory"] == INSURANCE and not insured:
            raise ValueError("Insurance products need a type and a limit")
        return self


def _day(text: str) -> str:
    return date.fromisoformat(text).isoformat()


def _url(text: str) -> str:
    _web_address.validate_python(text)
    return text


def _unlike(codes: list[int]) -> list[int]:
    if len(set(codes)) < len(codes):
        raise ValueError("must not contain duplicate values")
    return sorted(codes)


def _code(name: str) -> Any:
    codes = enumeration(name).codes
    return Annotated[int, Field(strict=True, ge=codes[0], le=codes[-1])]


def _codes(name: str) -> Any:
    return Annotated[list[_code(name)], Field(max_length=50), AfterValidator(_unlike)]  # type: ignore[misc]


def _text(least: int, most: int) -> Any:
    return Annotated[str, Field(min_length=least, max_length=most)]


def _money(most: str) -> Any:
    return Annotated[Decimal, Field(ge=0, le=Decimal(most), decimal_places=2)]


def _blank(kind: Any) -> Any:
    """An optional value; an empty text counts as missing."""
    return Annotated[kind | None, BeforeValidator(lambda value: None if value == "" else value)]


_web_address = TypeAdapter(HttpUrl)
_PRICE = _money("999999.99")
_PRODUCT_CODE = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{3,255}$"), AfterValidator(str.upper)]
_FIELDS: dict[str, Any] = {
    "productName": (_text(3, 100), ...),
    "productCode": (_PRODUCT_CODE, ...),
    "productDescription": (_text(10, 4000), ...),
    "productCategory": (_code("ProductCategory"), ...),
    "productGlCode": (_code("ProductGLCode"), ...),
    "productYear": (Annotated[str, Field(pattern="^[0-9]{4}$")], ...),
    "productStatus": (_code("ProductStatus"), 3),
    "userType": (_code("ProductUserType"), 3),
    "taxes": (_money("100"), Decimal(13)),
    "privilege": (_code("Privilege"), 1),
    "accessModifiers": (_code("AccessModifier"), 1),
    **{name: (_blank(_PRICE), None) for name in PRICE_FIELDS},
    "inventory": (Annotated[int, Field(strict=True, ge=0, le=2_147_483_647)], 0),
    "shipping": (_PRICE, Decimal(0)),
    "productPicture": (_blank(Annotated[_text(1, 850), AfterValidator(_url)]), None),
    "productAdditionalInfo": (_blank(_text(0, 4000)), None),
    "postPurchaseInfo": (_blank(_text(0, 4000)), None),
    "activeMembershipOnly": (Annotated[bool, Field(strict=True)], False),
    "startDate": (Annotated[str, AfterValidator(_day)] | None, None),
    "endDate": (Annotated[str, AfterValidator(_day)] | None, None),
    "insuranceType": (_code("InsuranceType") | None, None),
    "insuranceLimit": (_money("999999999.99") | None, None),
}
_CRITERIA: dict[str, Any] = {
    field.name: (_codes(field.enumeration) | None, None) for field in TARGET_FIELDS
}

Product: type[BaseModel] = create_model("Product", __base__=_Checked, **_FIELDS)
Target: type[BaseModel] = create_model("Target", __config__=ConfigDict(extra="forbid"), **_CRITERIA)
