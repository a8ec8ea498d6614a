"""The HTTP calls of education registration."""

import time
from functools import partial
from http import HTTPStatus

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from assembly_service.access.requests import caller_of
from assembly_service.access.tokens import KeysUnavailable, TokenVerifier, Unauthorized
from assembly_service.aws.errors import AWS_ERRORS, code_of
from assembly_service.drafts.education import answers, calls, fields
from assembly_service.drafts.education.actor import Actor, actor_of
from assembly_service.drafts.education.answers import CallContext
from assembly_service.drafts.education.bodies import read
from assembly_service.drafts.education.creation import EducationCreation
from assembly_service.drafts.education.execution import EducationExecution
from assembly_service.drafts.education.lookups import EducationLookups
from assembly_service.drafts.education.refusals import step_of
from assembly_service.drafts.education.sessions import Session
from assembly_service.drafts.education.status import Step
from assembly_service.drafts.education.workflow import EducationSteps
from assembly_service.drafts.engine.background import BackgroundTasks
from assembly_service.drafts.engine.commit import Committed, NotCommitted
from assembly_service.drafts.engine.draft import Draft
from assembly_service.drafts.engine.identifiers import is_session_id
from assembly_service.drafts.engine.metrics import GAVE_UP
from assembly_service.drafts.engine.refusals import Refusal
from assembly_service.drafts.engine.request_body import read_body
from assembly_service.drafts.engine.request_keys import OUTCOME, SESSION_ID, operation_of
from assembly_service.drafts.engine.requests import text_of_header
from assembly_service.http.calls import Call, routes
from assembly_service.http.problems import Problem
from assembly_service.http.responses import json_response

_LONGEST_USER_AGENT = 200
_EXPECTED_ERRORS = (Refusal, Problem, Unauthorized, KeysUnavailable, web.HTTPException)
_BEGAN = web.RequestKey("began", float)

log = structlog.get_logger()


class EducationApi:
    """Handlers parse the request, run a step and answer."""

    def __init__(
        self,
        *,
        steps: EducationSteps,
        lookups: EducationLookups,
        creation: EducationCreation,
        execution: EducationExecution,
        background: BackgroundTasks,
        verifier: TokenVerifier,
    ) -> None:
        self._steps = steps
        self._lookups = lookups
        self._creation = creation
        self._execution = execution
        self._background = background
        self._verifier = verifier

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        handlers: dict[Call, Handler] = {
            calls.STAGE: self.stage,
            calls.VALIDATE: self.validate,
            calls.DETERMINE: self.determine,
            calls.LINK: self.link,
            calls.CREATE: self.create,
            calls.EXECUTE: self.execute,
            calls.READ: self.session,
            calls.CANCEL: self.cancel,
            calls.UPDATE: self.update,
            calls.LIST: self.sessions,
            calls.READ_RECORD: self.record,
            calls.FIND_RECORD: self.find_record,
        }
        reporting = {call: self._reporting(handler) for call, handler in handlers.items()}
        return routes(calls.CALLS, reporting)

    async def stage(self, request: web.Request) -> web.Response:
        """Stage a session."""
        caller = await caller_of(request, self._verifier)
        user_agent = text_of_header(request, hdrs.USER_AGENT)[:_LONGEST_USER_AGENT]
        session = await self._steps.stage(
            caller, partial(read_body, request), operation_of(request), user_agent
        )
        request[SESSION_ID] = session.draft.id
        answer = answers.staged(self._context(request, caller.user_id), session)
        return json_response(answer, status=HTTPStatus.CREATED)

    async def update(self, request: web.Request) -> web.Response:
        """Change the data of a session."""
        caller = await caller_of(request, self._verifier)
        session = await self._steps.update(
            caller, _session_id(request), partial(read_body, request), operation_of(request)
        )
        return json_response(answers.staged(self._context(request, caller.user_id), session))

    async def validate(self, request: web.Request) -> web.Response:
        """Check all rules."""
        actor, draft = await self._found(request, Step.VALIDATE)
        read(fields.read_empty, await read_body(request))
        found = await self._steps.validate(actor, draft, operation_of(request))
        return json_response(answers.checked(self._context(request, actor.user_id), found))

    async def determine(self, request: web.Request) -> web.Response:
        """Determine the category."""
        actor, draft = await self._found(request, Step.DETERMINE)
        read(fields.read_empty, await read_body(request))
        found = await self._steps.determine(actor, draft, operation_of(request))
        return json_response(answers.checked(self._context(request, actor.user_id), found))

    async def link(self, request: web.Request) -> web.Response:
        """Link an account."""
        actor, draft = await self._found(request, Step.LINK)
        account_id = read(fields.read_link, await read_body(request))
        link = await self._steps.link(actor, draft, account_id, operation_of(request))
        return json_response(answers.linked(self._context(request, actor.user_id), link))

    async def create(self, request: web.Request) -> web.Response:
        """Create the record."""
        actor, draft = await self._found(request, Step.CREATE)
        read(fields.read_empty, await read_body(request))
        outcome = await self._background.run_to_end(
            self._creation.create(draft, actor, operation_of(request))
        )
        if outcome.replayed:
            request[OUTCOME] = "replayed"
        elif isinstance(outcome, NotCommitted):
            request[OUTCOME] = GAVE_UP
        if isinstance(outcome, Committed):
            await self._creation.end_replay_later(outcome.draft)
        answer = answers.created(self._context(request, actor.user_id), draft.id, outcome)
        is_new = isinstance(outcome, Committed) and not outcome.replayed
        return json_response(answer, status=HTTPStatus.CREATED if is_new else HTTPStatus.OK)

    async def execute(self, request: web.Request) -> web.Response:
        """Run all remaining steps."""
        actor, draft = await self._found(request, Step.EXECUTE)
        account_id = read(fields.read_link, await read_body(request))
        execution = await self._background.run_to_end(
            self._execution.execute(actor, draft, account_id, operation_of(request))
        )
        if execution.replayed:
            request[OUTCOME] = "replayed"
        elif execution.has_given_up:
            request[OUTCOME] = GAVE_UP
        if execution.draft.result is not None:
            await self._creation.end_replay_later(execution.draft)
        return json_response(answers.executed(self._context(request, actor.user_id), execution))

    async def session(self, request: web.Request) -> web.Response:
        """Read a session."""
        actor, draft = await self._found(request, None)
        context = self._context(request, actor.user_id)
        return json_response(answers.stored(context, Session(draft)))

    async def cancel(self, request: web.Request) -> web.Response:
        """Cancel a session."""
        caller = await caller_of(request, self._verifier)
        session_id = await self._steps.cancel(caller, _session_id(request), operation_of(request))
        return json_response(answers.cancelled(self._context(request, caller.user_id), session_id))

    async def sessions(self, request: web.Request) -> web.Response:
        """List the sessions of a member."""
        caller = await caller_of(request, self._verifier)
        found = await self._lookups.sessions(caller, request.query.get("userBusinessId"))
        return json_response(answers.listed(self._context(request, caller.user_id), found))

    async def record(self, request: web.Request) -> web.Response:
        """Read a record."""
        caller = await caller_of(request, self._verifier)
        found = await self._lookups.record(caller, request.match_info["recordId"])
        return json_response(answers.record(self._context(request, caller.user_id), found))

    async def find_record(self, request: web.Request) -> web.Response:
        """Find the record of a member."""
        caller = await caller_of(request, self._verifier)
        found = await self._lookups.record_of_member(caller, request.query.get("userBusinessId"))
        return json_response(answers.record(self._context(request, caller.user_id), found))

    async def _found(self, request: web.Request, step: Step | None) -> tuple[Actor, Draft]:
        actor = actor_of(await caller_of(request, self._verifier))
        if step in {Step.CREATE, Step.EXECUTE}:
            actor.refuse_creation()
        return actor, await self._steps.find(actor, _session_id(request), step)

    def _context(self, request: web.Request, user_id: str) -> CallContext:
        return CallContext(
            operation=operation_of(request),
            actor=user_id,
            now=self._steps.clock(),
            began=request[_BEGAN],
        )

    def _reporting(self, handler: Handler) -> Handler:
        """Publish an event when a handler fails unexpectedly. The engine answers the error."""

        async def reporting(request: web.Request) -> web.StreamResponse:
            request[_BEGAN] = time.perf_counter()
            try:
                return await handler(request)
            except (*_EXPECTED_ERRORS, *AWS_ERRORS):
                raise
            except Exception as error:
                await self._report_if_possible(request, error)
                raise

        return reporting

    async def _report_if_possible(self, request: web.Request, error: Exception) -> None:
        requested = _session_id(request).lower()
        session_id = requested if is_session_id(requested) else ""
        try:
            await self._steps.note_unexpected(
                session_id,
                operation_of(request),
                kind=type(error).__name__,
                step=step_of(request.match_info.route.name or ""),
            )
        except AWS_ERRORS as failure:
            log.warning("education_error_not_published", code=code_of(failure))


def _session_id(request: web.Request) -> str:
    return request.match_info.get("sessionId", "")
