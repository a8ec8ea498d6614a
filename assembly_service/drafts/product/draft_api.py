"""The HTTP calls that prepare and commit a draft, below `/private`."""

from functools import partial
from http import HTTPStatus

from aiohttp import web

from assembly_service.drafts.access.caller import Caller
from assembly_service.drafts.access.tokens import TokenVerifier
from assembly_service.drafts.engine.background import BackgroundTasks
from assembly_service.drafts.engine.commit import NotCommitted
from assembly_service.drafts.engine.metrics import GAVE_UP
from assembly_service.drafts.engine.request_body import read_body
from assembly_service.drafts.engine.request_keys import OUTCOME, SESSION_ID, operation_of
from assembly_service.drafts.product import answers
from assembly_service.drafts.product.commit import ProductCommit
from assembly_service.drafts.product.rules import PRODUCT, TARGET
from assembly_service.drafts.product.workflow import ProductDrafts
from assembly_service.web.responses import json_response

COMMIT = "commit-product"

_REPLAY_END_SECONDS = 0.5
_SESSION = "/products/orchestrate/session"


class DraftApi:
    """The draft calls. A route's name is the prefix of the ids of its operations."""

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
        self._finishing = background
        self._verifier = verifier

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        # Whatever stands there: what is no id of a draft is refused like one that nobody has.
        one = f"{_SESSION}/{{sessionId:[^/]*}}"
        # No session has this id: it is another call's path, which answers other methods with 405.
        whole = f"{_SESSION}/{{sessionId:(?!create$)[^/]*}}"
        return [
            web.post(f"{_SESSION}/create", self.create, name="create-product-session"),
            web.post(f"{one}/product", self.add_product, name="add-product"),
            web.post(f"{one}/audience-target", self.configure_target, name="add-target"),
            web.post(f"{one}/commit", self.commit, name=COMMIT),
            web.get(f"{one}/progress", self.progress, name="get-progress"),
            web.get(whole, self.read, name="get-session"),
        ]

    async def create(self, request: web.Request) -> web.Response:
        """A new draft."""
        caller, operation = await self._caller(request), operation_of(request)
        draft = await self._drafts.create(caller, partial(read_body, request), operation)
        request[SESSION_ID] = draft.id
        return json_response(answers.session(draft, operation), status=HTTPStatus.CREATED)

    async def add_product(self, request: web.Request) -> web.Response:
        """The product of a draft."""
        caller, operation = await self._caller(request), operation_of(request)
        draft = await self._drafts.add_product(
            caller, _session_id(request), partial(read_body, request), operation
        )
        return json_response(answers.session(draft, operation, PRODUCT))

    async def configure_target(self, request: web.Request) -> web.Response:
        """The audience target of a draft."""
        caller, operation = await self._caller(request), operation_of(request)
        draft = await self._drafts.configure_target(
            caller, _session_id(request), partial(read_body, request), operation
        )
        return json_response(answers.session(draft, operation, PRODUCT, TARGET))

    async def commit(self, request: web.Request) -> web.Response:
        """Product and target from a draft, or a sentence about why there are none."""
        caller, operation = await self._caller(request), operation_of(request)
        draft = await self._commit.committable(
            caller, _session_id(request), partial(read_body, request), operation
        )
        outcome = await self._finishing.run_to_end(self._commit.commit(draft, caller, operation))
        if outcome.replayed:
            request[OUTCOME] = "replayed"
        elif isinstance(outcome, NotCommitted):
            request[OUTCOME] = "refused" if outcome.is_expected else GAVE_UP
        if isinstance(outcome, NotCommitted):
            return json_response(answers.commit(outcome, operation))
        # The caller need not wait for it: the success is there, whatever comes of this.
        ending = self._commit.end_replay_later(outcome.draft)
        await self._finishing.within(_REPLAY_END_SECONDS, ending)
        return json_response(answers.commit(outcome, operation))

    async def progress(self, request: web.Request) -> web.Response:
        """How far a draft has come."""
        draft = await self._drafts.owned(await self._caller(request), _session_id(request))
        return json_response(answers.progress(draft, self._drafts.clock()))

    async def read(self, request: web.Request) -> web.Response:
        """A draft as it is stored."""
        draft = await self._drafts.owned(await self._caller(request), _session_id(request))
        return json_response(answers.stored(draft, operation_of(request)))

    async def _caller(self, request: web.Request) -> Caller:
        return await self._verifier.caller(request.headers.get("Authorization"))


def _session_id(request: web.Request) -> str:
    return request.match_info["sessionId"]
