"""The HTTP calls of the catalogue beside the drafts, below `/private`."""

from functools import partial
from http import HTTPStatus

from aiohttp import ETag, web
from aiohttp.typedefs import Handler

from assembly_service.drafts.access.caller import Caller
from assembly_service.drafts.access.tokens import TokenVerifier
from assembly_service.drafts.engine.request_body import read_body
from assembly_service.drafts.engine.request_keys import operation_of
from assembly_service.drafts.engine.requests import caller_of
from assembly_service.drafts.product import calls
from assembly_service.drafts.product.catalogue_calls import CatalogueCalls
from assembly_service.drafts.product.parameters import read_wanted
from assembly_service.drafts.product.records import ProductWithTarget
from assembly_service.drafts.product.refusals import ProductRefusal
from assembly_service.http.calls import Call, routes
from assembly_service.http.responses import json_response


class CatalogueApi:
    """The calls beside the drafts."""

    def __init__(self, *, catalogue: CatalogueCalls, verifier: TokenVerifier) -> None:
        self._catalogue = catalogue
        self._verifier = verifier

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        handlers: dict[Call, Handler] = {
            calls.CREATE_PRODUCT: self.create,
            calls.LIST_PRODUCTS: self.newest,
            calls.GET_PRODUCT: self.read,
            calls.UPDATE_PRODUCT: self.change_product,
            calls.UPDATE_TARGET: self.change_target,
            calls.UPDATE_NAMED_TARGET: self.change_named_target,
        }
        return routes(calls.CATALOGUE_CALLS, handlers)

    async def create(self, request: web.Request) -> web.Response:
        """A product with an open target."""
        caller = await self._caller(request)
        made = await self._catalogue.create(
            caller, partial(read_body, request), operation_of(request)
        )
        return _product(made, status=HTTPStatus.CREATED)

    async def newest(self, request: web.Request) -> web.Response:
        """A page of products."""
        caller = await self._caller(request)
        wanted = read_wanted(request)
        listing = await self._catalogue.newest(caller, wanted)
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
        return _product(await self._catalogue.read(caller, request.match_info["guid"]))

    async def change_product(self, request: web.Request) -> web.Response:
        """Some fields of a product."""
        caller = await self._caller(request)
        return _product(
            await self._catalogue.change_product(
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
        guid = await self._catalogue.product_of_target(caller, request.match_info["guid"])
        return await self._change_target(request, caller, guid)

    async def _change_target(self, request: web.Request, caller: Caller, guid: str) -> web.Response:
        return _product(
            await self._catalogue.change_target(
                caller,
                guid,
                partial(read_body, request),
                partial(_accepts, request),
                operation_of(request),
            )
        )

    async def _caller(self, request: web.Request) -> Caller:
        return await caller_of(request, self._verifier)


def _product(product: ProductWithTarget, *, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    response = json_response(product.shown(), status=status)
    response.etag = ETag(value=product.version)
    return response


def _accepts(request: web.Request, version: str) -> bool:
    """Without If-Match any version is as good."""
    if request.headers.get("If-Match", "*") == "*":
        return True
    if not request.if_match:
        raise ProductRefusal(
            HTTPStatus.BAD_REQUEST,
            "If-Match must be the ETag of the product as it was given, quotes included",
        )
    # RFC 9110, 13.1.1: a weak tag is never the same as any.
    return any(tag.value == version and not tag.is_weak for tag in request.if_match)
