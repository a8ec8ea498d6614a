"""Declarations of the shop's calls."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from assembly_service.access.reader_calls import SECURITY_SCHEMES, for_readers
from assembly_service.http.answers import (
    NO_CACHE,
    RETRY_AFTER,
    UNEXPECTED,
    Answer,
    json_answer,
    problem_answer,
)
from assembly_service.http.calls import Call, paths
from assembly_service.http.document import DocumentPart
from assembly_service.http.preferences import PREFER, PREFERENCE_APPLIED
from assembly_service.http.schemas import TEXT, Node
from assembly_service.settings.readers import ReaderAuth
from assembly_service.shop.parameters import (
    HANDLE,
    IF_NONE_MATCH,
    LAST_KEY,
    LIMIT,
    SINCE,
    VIDEO,
)
from assembly_service.shop.schemas import shop_schemas

INSTEAD_OF_POST = (
    "Products are not created here: publish a video's caption and thumbnails to their queues, then"
    " read the product at /api/v1/shop/{handle}/products."
)
INSTEAD_OF_GET = "Products are listed by seller: use GET /api/v1/shop/{handle}/products."

_TAG = "products"
_CACHE_HEADERS: Mapping[str, Node] = {
    "ETag": {"description": "A weak entity tag.", "schema": TEXT},
    **NO_CACHE,
    **PREFERENCE_APPLIED,
}


def _cacheable(description: str, schema: str) -> Sequence[Answer]:
    return (
        json_answer(HTTPStatus.OK, description, schema, headers=_CACHE_HEADERS),
        Answer(
            status=HTTPStatus.NOT_MODIFIED,
            description="Nothing has changed.",
            headers=_CACHE_HEADERS,
        ),
        problem_answer(HTTPStatus.BAD_REQUEST, "Invalid parameters, all listed in `errors`."),
        problem_answer(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "The database is unavailable.",
            headers=RETRY_AFTER,
        ),
        UNEXPECTED,
    )


def _refused(method: str, name: str, *, why: str, instead: str) -> Call:
    allow = {"Allow": {"description": "Empty.", "schema": {"const": ""}}}
    return Call(
        method=method,
        path="/api/v1/products",
        name=name,
        summary=f"Always refused: {why}",
        description=instead,
        tag=_TAG,
        answers=(
            problem_answer(HTTPStatus.METHOD_NOT_ALLOWED, instead, headers=allow),
            UNEXPECTED,
        ),
    )


LIST_PRODUCTS = Call(
    method="GET",
    path="/api/v1/shop/{handle}/products",
    name="listProducts",
    summary="A seller's products: newest videos first, or changes since an instant",
    tag=_TAG,
    parameters=(HANDLE, LIMIT, LAST_KEY, SINCE, IF_NONE_MATCH, PREFER),
    answers=_cacheable("A page; empty for an unknown seller.", "ProductList"),
)
GET_PRODUCT = Call(
    method="GET",
    path="/api/v1/shop/{handle}/products/{videoId}",
    name="getProduct",
    summary="One product",
    tag=_TAG,
    parameters=(HANDLE, VIDEO, IF_NONE_MATCH, PREFER),
    answers=(
        *_cacheable("The product.", "Product"),
        problem_answer(
            HTTPStatus.NOT_FOUND, "The seller has no such product.", headers=PREFERENCE_APPLIED
        ),
    ),
)
LIST_ALL = _refused(
    "GET", "listAllProducts", why="products are listed by seller", instead=INSTEAD_OF_GET
)
CREATE_PRODUCT = _refused(
    "POST", "createProduct", why="products come from the queues", instead=INSTEAD_OF_POST
)
SHOP_CALLS = (LIST_PRODUCTS, GET_PRODUCT, LIST_ALL, CREATE_PRODUCT)


def shop_document(auth: ReaderAuth = "off") -> DocumentPart:
    """Return the shop's part of the OpenAPI document, with this READER_AUTH."""
    of_sellers = (for_readers(call, auth) for call in (LIST_PRODUCTS, GET_PRODUCT))
    return DocumentPart(
        tags=[{"name": _TAG, "description": "The products of a seller."}],
        paths=paths([*of_sellers, LIST_ALL, CREATE_PRODUCT]),
        schemas=shop_schemas(),
        security_schemes={} if auth == "off" else SECURITY_SCHEMES,
    )
