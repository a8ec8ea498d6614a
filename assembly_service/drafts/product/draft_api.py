"""The HTTP calls that prepare and commit a draft, below `/private`."""

from functools import partial
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler

from assembly_service.access.caller import Caller
from assembly_service.access.requests import caller_of
from assembly_service.access.tokens import TokenVerifier
from assembly_service.drafts.engine.background import BackgroundTasks
from assembly_service.drafts.engine.commit import NotCommitted
from assembly_service.drafts.engine.metrics import GAVE_UP
from assembly_service.drafts.engine.request_body import read_body
from assembly_service.drafts.engine.request_keys import OUTCOME, SESSION_ID, operation_of
from assembly_service.drafts.product import answers, calls
from assembly_service.drafts.product.commit import ProductCommit
from assembly_service.drafts.product.parameters import SESSION
from assembly_service.drafts.product.rules import PRODUCT, TARGET
from assembly_service.drafts.product.workflow import ProductDrafts
from assembly_service.http.calls import Call, routes
from assembly_service.http.responses import json_response


class DraftApi:
    """Serves the calls on drafts."""

    def __init__(
        self,
        *,
        drafts: ProductDrafts,
        commit: ProductCommit,
        background: BackgroundTasks,
        verifier: TokenVerifier,
    ) -> None:
        self._drafts = drafts
        self._commit = commit
        self._background = background
        self._verifier = verifier

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of all calls."""
        handlers: dict[Call, Handler] = {
            calls.CREATE_SESSION: self.create,
            calls.ADD_PRODUCT: self.add_product,
            calls.CONFIGURE_TARGET: self.configure_target,
            calls.COMMIT_SESSION: self.commit,
            calls.GET_PROGRESS: self.progress,
            calls.GET_SESSION: self.read,
        }
        return routes(calls.DRAFT_CALLS, handlers)

    async def create(self, request: web.Request) -> web.Response:
        """Create a draft."""
        caller, operation = await self._caller(request), operation_of(request)
        draft = await self._drafts.create(caller, partial(read_body, request), operation)
        request[SESSION_ID] = draft.id
        return json_response(answers.session(draft, operation), status=HTTPStatus.CREATED)

    async def add_product(self, request: web.Request) -> web.Response:
        """Store the product of a draft."""
        caller, operation = await self._caller(request), operation_of(request)
        draft = await self._drafts.add_product(
            caller, _session_id(request), partial(read_body, request), operation
        )
        return json_response(answers.session(draft, operation, PRODUCT))

    async def configure_target(self, request: web.Request) -> web.Response:
        """Store the audience target of a draft."""
        caller, operation = await self._caller(request), operation_of(request)
        draft = await self._drafts.configure_target(
            caller, _session_id(request), partial(read_body, request), operation
        )
        return json_response(answers.session(draft, operation, PRODUCT, TARGET))

    async def commit(self, request: web.Request) -> web.Response:
        """Turn a draft into a product with its target, or say why that failed."""
        caller, operation = await self._caller(request), operation_of(request)
        draft = await self._commit.committable(
            caller, _session_id(request), partial(read_body, request), operation
        )
        outcome = await self._background.run_to_end(self._commit.commit(draft, caller, operation))
        if outcome.replayed:
            request[OUTCOME] = "replayed"
        elif isinstance(outcome, NotCommitted):
            request[OUTCOME] = "refused" if outcome.is_expected else GAVE_UP
        if isinstance(outcome, NotCommitted):
            return json_response(answers.commit(draft, outcome, operation))
        await self._commit.end_replay_later(outcome.draft)
        return json_response(answers.commit(draft, outcome, operation))

    async def progress(self, request: web.Request) -> web.Response:
        """Return how far a draft has come."""
        draft = await self._drafts.owned(await self._caller(request), _session_id(request))
        return json_response(answers.progress(draft, self._drafts.clock()))

    async def read(self, request: web.Request) -> web.Response:
        """Return a draft as it is stored."""
        draft = await self._drafts.owned(await self._caller(request), _session_id(request))
        return json_response(answers.stored(draft, operation_of(request)))

    async def _caller(self, request: web.Request) -> Caller:
        return await caller_of(request, self._verifier)


def _session_id(request: web.Request) -> str:
    return request.match_info[SESSION.name]
