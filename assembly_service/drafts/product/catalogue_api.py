"""The HTTP calls of the catalogue, below `/private`."""

from functools import partial
from http import HTTPStatus

from aiohttp import ETag, web
from aiohttp.typedefs import Handler

from assembly_service.access.caller import Caller
from assembly_service.access.requests import caller_of
from assembly_service.access.tokens import TokenVerifier
from assembly_service.drafts.engine.json_body import ReadBody
from assembly_service.drafts.engine.request_body import read_body
from assembly_service.drafts.engine.request_keys import operation_of
from assembly_service.drafts.product import catalogue_calls
from assembly_service.drafts.product.catalogue_workflow import Accepts, CatalogueWorkflow
from assembly_service.drafts.product.parameters import read_wanted
from assembly_service.drafts.product.records import ProductWithTarget
from assembly_service.drafts.product.refusals import ProductRefusal
from assembly_service.http.calls import Call, routes
from assembly_service.http.responses import json_response


class CatalogueApi:
    """Serves the calls of the catalogue."""

    def __init__(self, *, workflow: CatalogueWorkflow, verifier: TokenVerifier) -> None:
        self._workflow = workflow
        self._verifier = verifier

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of all calls."""
        handlers: dict[Call, Handler] = {
            catalogue_calls.CREATE_PRODUCT: self.create,
            catalogue_calls.LIST_PRODUCTS: self.newest,
            catalogue_calls.GET_PRODUCT: self.read,
            catalogue_calls.UPDATE_PRODUCT: self.change_product,
            catalogue_calls.UPDATE_TARGET: self.change_target,
            catalogue_calls.UPDATE_NAMED_TARGET: self.change_named_target,
        }
        return routes(catalogue_calls.CATALOGUE_CALLS, handlers)

    async def create(self, request: web.Request) -> web.Response:
        """Create a product that is for everyone."""
        caller = await self._caller(request)
        made = await self._workflow.create(
            caller, partial(read_body, request), operation_of(request)
        )
        return _product(made, status=HTTPStatus.CREATED)

    async def newest(self, request: web.Request) -> web.Response:
        """List a page of products."""
        caller = await self._caller(request)
        wanted = read_wanted(request)
        listing = await self._workflow.newest(caller, wanted)
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
        """Return one product with its target."""
        caller = await self._caller(request)
        return _product(await self._workflow.read(caller, request.match_info["guid"]))

    async def change_product(self, request: web.Request) -> web.Response:
        """Change some fields of a product."""
        caller = await self._caller(request)
        guid = request.match_info["guid"]
        return _product(await self._workflow.change_product(caller, guid, *_change(request)))

    async def change_target(self, request: web.Request) -> web.Response:
        """Change some criteria of a product's target."""
        caller = await self._caller(request)
        guid = request.match_info["guid"]
        return _product(await self._workflow.change_target(caller, guid, *_change(request)))

    async def change_named_target(self, request: web.Request) -> web.Response:
        """Change some criteria of a target, by the target's id."""
        caller = await self._caller(request)
        guid = await self._workflow.product_of_target(caller, request.match_info["guid"])
        return _product(await self._workflow.change_target(caller, guid, *_change(request)))

    async def _caller(self, request: web.Request) -> Caller:
        return await caller_of(request, self._verifier)


def _product(product: ProductWithTarget, *, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    response = json_response(product.shown(), status=status)
    response.etag = ETag(value=product.version)
    return response


def _change(request: web.Request) -> tuple[ReadBody, Accepts, str]:
    return partial(read_body, request), partial(_accepts, request), operation_of(request)


def _accepts(request: web.Request, version: str) -> bool:
    """Whether `If-Match` allows a change of this version; without it any version will do."""
    if request.headers.get("If-Match", "*") == "*":
        return True
    if not request.if_match:
        raise ProductRefusal(
            HTTPStatus.BAD_REQUEST,
            "If-Match must be the ETag of the product as it was given, quotes included",
        )
    # RFC 9110, 13.1.1: a weak tag never matches.
    return any(tag.value == version and not tag.is_weak for tag in request.if_match)
