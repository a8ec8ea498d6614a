"""The parameters of the calls: declared, checked and read."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

from aiohttp import web
from pydantic import AfterValidator, BeforeValidator, TypeAdapter, WithJsonSchema

from assembly_service.drafts.engine.identifiers import is_guid
from assembly_service.drafts.enumerations import enumeration
from assembly_service.drafts.product.catalogue import Wanted
from assembly_service.drafts.product.product_code import LONGEST, is_storable, normalised
from assembly_service.drafts.product.refusals import invalid_parameters
from assembly_service.drafts.product.schemas import GUID
from assembly_service.http.parameters import Parameter, ParameterReader, few_digits, page_limit

MOST_PRODUCTS = 50


def _fitting(fits: Callable[[str], bool]) -> AfterValidator:
    def check(text: str) -> str:
        if not fits(text):
            raise ValueError("does not fit")
        return text

    return AfterValidator(check)


def _code_of(name: str, field: str, what: str) -> Parameter[int]:
    known = enumeration(f"Product{what.title()}")

    def read(text: str) -> int:
        if not known.holds(code := few_digits(text)):
            raise ValueError("no code")
        return code

    return Parameter(
        name=name,
        place="query",
        form=TypeAdapter(Annotated[int, BeforeValidator(read)]),
        sentence=f"must be a code, as in the {field} of a product.",
        description=f"Only products of this {what}.",
        schema_name=known.name,
    )


_Guid = Annotated[str, _fitting(is_guid), AfterValidator(str.lower), WithJsonSchema(GUID)]
_Code = Annotated[
    str,
    AfterValidator(normalised),
    _fitting(is_storable),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": LONGEST}),
]

SESSION: Parameter[str] = Parameter(
    name="sessionId",
    place="path",
    form=TypeAdapter(Annotated[str, WithJsonSchema(GUID)]),
    # Any text at all: what is not an id is refused like an unknown one.
    route_pattern="[^/]*",
)
# "create" is another call's path, which answers other methods with 405.
SESSION_BUT_CREATE = replace(SESSION, route_pattern="(?!create$)[^/]*")
RECORD: Parameter[str] = Parameter(
    name="guid", place="path", form=TypeAdapter(Annotated[str, WithJsonSchema(GUID)])
)
IF_MATCH: Parameter[str] = Parameter(
    name="If-Match",
    place="header",
    form=TypeAdapter(str),
    description="The `ETag` of the answer that the change is based on: 412 if the product or"
    " its target was changed since. Without it the change is made in any case.",
)
LIMIT = page_limit(default=20, most=MOST_PRODUCTS, description="The most products of one page.")
LAST_KEY: Parameter[str] = Parameter(
    name="lastKey",
    place="query",
    form=TypeAdapter(_Guid),
    sentence="must be the lastEvaluatedKey of the page before.",
    description="The `lastEvaluatedKey` of the page before.",
)
STATUS = _code_of("status", "productStatus", "status")
CATEGORY = _code_of("category", "productCategory", "category")
PRODUCT_CODE: Parameter[str] = Parameter(
    name="productCode",
    place="query",
    form=TypeAdapter(_Code),
    sentence=f"must have 1 to {LONGEST} printable characters.",
    description="Only the product with exactly this code, trimmed and in upper case;"
    " printable characters. There may be two if the service was set to another scope of codes"
    " between them.",
)
WANTED = (LIMIT, LAST_KEY, STATUS, CATEGORY, PRODUCT_CODE)
"""The parameters of a page of products, in the order in which they are read."""


def read_wanted(request: web.Request) -> Wanted:
    """Read which page of products a client wants. Raises Refusal."""
    reader = ParameterReader(request)
    limit, after = reader.read(LIMIT), reader.find(LAST_KEY)
    codes = {"productStatus": reader.find(STATUS), "productCategory": reader.find(CATEGORY)}
    product_code = reader.find(PRODUCT_CODE)
    if reader.mistakes:
        raise invalid_parameters(reader.mistakes)
    fits = {field: code for field, code in codes.items() if code is not None}
    return Wanted(limit=limit, after=after, fits=fits, code=product_code)
