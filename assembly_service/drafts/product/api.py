"""The HTTP calls of the product orchestrator and of the catalogue beside it, below `/private`."""

import re
from http import HTTPStatus

from aiohttp import ETag, web

from assembly_service.drafts.access.caller import Caller
from assembly_service.drafts.access.tokens import TokenVerifier
from assembly_service.drafts.core.finishing import Finishing
from assembly_service.drafts.enumerations import enumeration
from assembly_service.drafts.product import answers
from assembly_service.drafts.product.catalogue_calls import Accepts, CatalogueCalls
from assembly_service.drafts.product.commit import NotCommitted, ProductCommit
from assembly_service.drafts.product.identifiers import is_guid
from assembly_service.drafts.product.records import ProductWithTarget
from assembly_service.drafts.product.refusals import Refusal
from assembly_service.drafts.product.rules import PRODUCT, TARGET
from assembly_service.drafts.product.workflow import ProductDrafts
from assembly_service.web.responses import json_response

OPERATION_ID = web.RequestKey("operation_id", str)
OUTCOME = web.RequestKey("outcome", str)
"""How a call ended, where its status does not say it."""
SESSION_ID = web.RequestKey("session_id", str)
"""The draft that a call made."""
COMMIT = "commit-product"
GAVE_UP = "gave_up"

DEFAULT_LIMIT = 20
MOST_PRODUCTS = 50
_SESSION = "/products/orchestrate/session"
_FILTERS = (
    ("status", "productStatus", enumeration("ProductStatus")),
    ("category", "productCategory", enumeration("ProductCategory")),
)


class DraftApi:
    """The five draft calls. A route's name is the prefix of the ids of its operations."""

    def __init__(
        self,
        *,
        drafts: ProductDrafts,
        commit: ProductCommit,
        finishing: Finishing,
        verifier: TokenVerifier,
    ) -> None:
        self._drafts = drafts
        self._commit = commit
        self._finishing = finishing
        self._verifier = verifier

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        one = f"{_SESSION}/{{sessionId}}"
        return [
            web.post(f"{_SESSION}/create", self.create, name="create-product-session"),
            web.post(f"{one}/product", self.add_product, name="add-product"),
            web.post(f"{one}/audience-target", self.configure_target, name="add-target"),
            web.post(f"{one}/commit", self.commit, name=COMMIT),
            web.get(f"{one}/progress", self.progress, name="get-progress"),
        ]

    async def create(self, request: web.Request) -> web.Response:
        """A new draft."""
        caller, operation = await self._caller(request), operation_of(request)
        draft = await self._drafts.create(caller, await request.read(), operation)
        request[SESSION_ID] = draft.id
        return json_response(answers.session(draft, operation), status=HTTPStatus.CREATED)

    async def add_product(self, request: web.Request) -> web.Response:
        """The product of a draft."""
        caller, operation = await self._caller(request), operation_of(request)
        draft = await self._drafts.add_product(
            caller, _session_id(request), await request.read(), operation
        )
        return json_response(answers.session(draft, operation, PRODUCT))

    async def configure_target(self, request: web.Request) -> web.Response:
        """The audience target of a draft."""
        caller, operation = await self._caller(request), operation_of(request)
        draft = await self._drafts.configure_target(
            caller, _session_id(request), await request.read(), operation
        )
        return json_response(answers.session(draft, operation, PRODUCT, TARGET))

    async def commit(self, request: web.Request) -> web.Response:
        """Product and target from a draft, or a sentence about why there are none."""
        caller, operation = await self._caller(request), operation_of(request)
        outcome = await self._finishing.to_its_end(
            self._commit.commit(caller, _session_id(request), await request.read(), operation)
        )
        if isinstance(outcome, NotCommitted):
            request[OUTCOME] = "refused" if outcome.is_code_taken else GAVE_UP
            return json_response(answers.commit(outcome, operation))
        if outcome.replayed:
            request[OUTCOME] = "replayed"
        await self._commit.end_replay_later(outcome)
        return json_response(answers.commit(outcome, operation))

    async def progress(self, request: web.Request) -> web.Response:
        """How far a draft has come."""
        draft = await self._drafts.owned(await self._caller(request), _session_id(request))
        return json_response(answers.progress(draft, self._drafts.clock()))

    async def _caller(self, request: web.Request) -> Caller:
        return await self._verifier.caller(request.headers.get("Authorization"))


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
        made = await self._calls.create(caller, await request.read(), operation_of(request))
        return _product(made, status=HTTPStatus.CREATED)

    async def newest(self, request: web.Request) -> web.Response:
        """A page of products."""
        caller = await self._caller(request)
        limit, after, fits = _list_parameters(request)
        listing = await self._calls.newest(caller, limit=limit, after=after, fits=fits)
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
                await request.read(),
                _accepts(request),
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
                caller, guid, await request.read(), _accepts(request), operation_of(request)
            )
        )

    async def _caller(self, request: web.Request) -> Caller:
        return await self._verifier.caller(request.headers.get("Authorization"))


def operation_of(request: web.Request) -> str:
    """The id of this call."""
    return request[OPERATION_ID]


def _session_id(request: web.Request) -> str:
    return request.match_info["sessionId"]


def _product(product: ProductWithTarget, *, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    response = json_response(product.shown(), status=status)
    response.etag = ETag(value=product.version)
    return response


def _accepts(request: web.Request) -> Accepts:
    """Without If-Match any version is as good."""
    wanted = request.if_match
    if wanted is None:
        return lambda _: True
    values = {tag.value for tag in wanted}
    if not values:
        raise Refusal(
            HTTPStatus.BAD_REQUEST,
            "If-Match must be the ETag of the product as it was given, quotes included",
        )
    return lambda version: bool(values & {version, "*"})


def _list_parameters(request: web.Request) -> tuple[int, str | None, dict[str, int]]:
    lines = []
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
    if lines:
        raise Refusal(HTTPStatus.BAD_REQUEST, "Request validation failed", errors=lines)
    return limit, after and after.lower(), fits
