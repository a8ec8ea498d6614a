"""The HTTP calls of the catalogue beside the drafts, below `/private`."""

import re
from functools import partial
from http import HTTPStatus

from aiohttp import ETag, web

from assembly_service.drafts.access.caller import Caller
from assembly_service.drafts.access.tokens import TokenVerifier
from assembly_service.drafts.engine.identifiers import is_guid
from assembly_service.drafts.engine.request_body import read_body
from assembly_service.drafts.engine.request_keys import operation_of
from assembly_service.drafts.enumerations import enumeration
from assembly_service.drafts.product.catalogue import Wanted
from assembly_service.drafts.product.catalogue_calls import CatalogueCalls
from assembly_service.drafts.product.product_code import LONGEST, is_storable, normalised
from assembly_service.drafts.product.records import ProductWithTarget
from assembly_service.drafts.product.refusals import Refusal
from assembly_service.web.responses import json_response

DEFAULT_LIMIT = 20
MOST_PRODUCTS = 50
_FILTERS = (
    ("status", "productStatus", enumeration("ProductStatus")),
    ("category", "productCategory", enumeration("ProductCategory")),
)


class CatalogueApi:
    """The calls beside the drafts."""

    def __init__(self, *, calls: CatalogueCalls, verifier: TokenVerifier) -> None:
        self._calls = calls
        self._verifier = verifier

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        return [
            web.post("/products", self.create, name="create-product"),
            web.get("/products", self.newest, name="list-products"),
            web.get("/products/{guid}", self.read, name="get-product"),
            web.patch("/products/{guid}", self.change_product, name="update-product"),
            web.patch("/products/{guid}/target", self.change_target, name="update-target"),
            web.patch(
                "/audience-target/{guid}", self.change_named_target, name="update-audience-target"
            ),
        ]

    async def create(self, request: web.Request) -> web.Response:
        """A product with an open target."""
        caller = await self._caller(request)
        made = await self._calls.create(caller, partial(read_body, request), operation_of(request))
        return _product(made, status=HTTPStatus.CREATED)

    async def newest(self, request: web.Request) -> web.Response:
        """A page of products."""
        caller = await self._caller(request)
        wanted = _list_parameters(request)
        listing = await self._calls.newest(caller, wanted)
        return json_response(
            {
                "products": [product.shown() for product in listing.products],
                "pagination": {
                    "hasMore": listing.last is not None,
                    "lastEvaluatedKey": listing.last,
                    "count": len(listing.products),
                },
            }
        )

    async def read(self, request: web.Request) -> web.Response:
        """One product with its target."""
        caller = await self._caller(request)
        return _product(await self._calls.read(caller, request.match_info["guid"]))

    async def change_product(self, request: web.Request) -> web.Response:
        """Some fields of a product."""
        caller = await self._caller(request)
        return _product(
            await self._calls.change_product(
                caller,
                request.match_info["guid"],
                partial(read_body, request),
                partial(_accepts, request),
                operation_of(request),
            )
        )

    async def change_target(self, request: web.Request) -> web.Response:
        """Some criteria of the target of a product."""
        caller = await self._caller(request)
        return await self._change_target(request, caller, request.match_info["guid"])

    async def change_named_target(self, request: web.Request) -> web.Response:
        """Some criteria of a target."""
        caller = await self._caller(request)
        guid = await self._calls.product_of_target(caller, request.match_info["guid"])
        return await self._change_target(request, caller, guid)

    async def _change_target(self, request: web.Request, caller: Caller, guid: str) -> web.Response:
        return _product(
            await self._calls.change_target(
                caller,
                guid,
                partial(read_body, request),
                partial(_accepts, request),
                operation_of(request),
            )
        )

    async def _caller(self, request: web.Request) -> Caller:
        return await self._verifier.caller(request.headers.get("Authorization"))


def _product(product: ProductWithTarget, *, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    response = json_response(product.shown(), status=status)
    response.etag = ETag(value=product.version)
    return response


def _accepts(request: web.Request, version: str) -> bool:
    """Without If-Match any version is as good."""
    if request.headers.get("If-Match", "*") == "*":
        return True
    if not request.if_match:
        raise Refusal(
            HTTPStatus.BAD_REQUEST,
            "If-Match must be the ETag of the product as it was given, quotes included",
        )
    # RFC 9110, 13.1.1: a weak tag is never the same as any.
    return any(tag.value == version and not tag.is_weak for tag in request.if_match)


def _list_parameters(request: web.Request) -> Wanted:
    names = ("limit", "lastKey", "productCode", *(name for name, _, _ in _FILTERS))
    repeated = [name for name in names if len(request.query.getall(name, ())) > 1]
    lines = [f"{name} is given more than once" for name in repeated]
    limit_text = request.query.get("limit", str(DEFAULT_LIMIT))
    limit = int(limit_text) if re.fullmatch("[0-9]{1,3}", limit_text) else 0
    if not 1 <= limit <= MOST_PRODUCTS:
        lines.append(f"limit must be a whole number from 1 to {MOST_PRODUCTS}")
    after = request.query.get("lastKey")
    if after is not None and not is_guid(after):
        lines.append("lastKey must be the lastEvaluatedKey of the page before")
    fits = {}
    for name, field, known in _FILTERS:
        text = request.query.get(name)
        if text is not None and not (re.fullmatch("[0-9]{1,3}", text) and known.holds(int(text))):
            lines.append(f"{name} must be a code, as in the {field} of a product")
        elif text is not None:
            fits[field] = int(text)
    code = request.query.get("productCode")
    if code is not None and not is_storable(code := normalised(code)):
        lines.append(f"productCode must have 1 to {LONGEST} printable characters")
    if lines:
        raise Refusal(HTTPStatus.BAD_REQUEST, "Request validation failed", errors=lines)
    return Wanted(limit=limit, after=after and after.lower(), fits=fits, code=code)
