"""The HTTP calls of project sessions."""

from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler

from assembly_service.access.caller import Caller
from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.request_keys import SESSION_ID, operation_of
from assembly_service.drafts.project import answers, calls
from assembly_service.drafts.project.authentication import Authentication
from assembly_service.drafts.project.commit_call import CommitCall
from assembly_service.drafts.project.refusals import invalid
from assembly_service.drafts.project.requests import (
    client_of,
    data_under,
    read_json,
    sent_to_create,
    sent_to_update,
    session_in,
    step_of,
    with_if_match,
)
from assembly_service.drafts.project.rules import refuse_too_large
from assembly_service.drafts.project.sessions import Sessions
from assembly_service.drafts.project.store_health import StoreHealth
from assembly_service.http.calls import Call


class SessionApi:
    """Handlers of the session calls, the same at every base path."""

    def __init__(
        self,
        *,
        sessions: Sessions,
        commit: CommitCall,
        authentication: Authentication,
        health: StoreHealth,
    ) -> None:
        self._sessions = sessions
        self._commit = commit
        self._authentication = authentication
        self._health = health

    def handlers(self) -> dict[Call, Handler]:
        """Return the handler of each call."""
        return {
            calls.HEALTH: self.health,
            calls.CREATE: self.create,
            calls.SAVE: self.save,
            calls.READ: self.read,
            calls.UPDATE: self.update,
            calls.DELETE: self.delete,
            calls.VALIDATE: self.validate,
            calls.COMMIT: self.commit,
        }

    async def create(self, request: web.Request) -> web.Response:
        """Create a session."""
        caller = await self._authentication.caller(request)
        sent = sent_to_create(await read_json(request))
        refuse_too_large(sent.data)
        client = client_of(request, self._authentication.trusted_proxies)
        await self._sessions.count_create(str(client["ipAddress"]))
        draft = await self._sessions.create(caller, sent, client, operation_of(request))
        request[SESSION_ID] = draft.id
        return answers.respond(
            answers.created(draft), status=HTTPStatus.CREATED, version=draft.version
        )

    async def read(self, request: web.Request) -> web.Response:
        """Read a session."""
        caller = await self._authentication.caller(request)
        draft, verdict = await self._sessions.read(caller, _session_id(request))
        shown = answers.session(draft, verdict, self._sessions.clock())
        return answers.respond(shown, version=draft.version)

    async def save(self, request: web.Request) -> web.Response:
        """Save changes to the session that the body names."""
        caller = await self._authentication.caller(request)
        return await self._save(request, caller, await read_json(request))

    async def _save(
        self, request: web.Request, caller: Caller | None, body: Mapping[str, Value]
    ) -> web.Response:
        return await self._update(request, caller, session_in(body, request), body)

    async def update(self, request: web.Request) -> web.Response:
        """Save changes to the session in the path; the body may name it too."""
        caller = await self._authentication.caller(request)
        body = await read_json(request)
        session_id = _session_id(request)
        if not session_id:  # a slash after the base path
            return await self._save(request, caller, body)
        named = body.get("sessionId", session_id)
        if not isinstance(named, str) or named.lower() != session_id.lower():
            raise invalid({"sessionId": "sessionId must be the one in the path, or absent"})
        return await self._update(request, caller, session_id, body)

    async def _update(
        self,
        request: web.Request,
        caller: Caller | None,
        session_id: str,
        body: Mapping[str, Value],
    ) -> web.Response:
        sent = with_if_match(sent_to_update(body), request)
        draft, verdict = await self._sessions.update(
            caller, session_id, sent, operation_of(request)
        )
        return answers.respond(answers.updated(draft, verdict), version=draft.version)

    async def delete(self, request: web.Request) -> web.Response:
        """Delete a session."""
        caller = await self._authentication.caller(request)
        deleted_at = await self._sessions.delete(
            caller, _session_id(request), operation_of(request)
        )
        return answers.respond(answers.deleted(deleted_at))

    async def validate(self, request: web.Request) -> web.Response:
        """Validate a step, optionally with other values than the stored ones."""
        caller = await self._authentication.caller(request)
        body = await read_json(request)
        step, over = step_of(body), data_under(body, "data")
        verdict = await self._sessions.validate(caller, _session_id(request), step, over)
        shown = answers.validated(verdict, step)
        status = HTTPStatus.OK if shown["valid"] else HTTPStatus.BAD_REQUEST
        return answers.respond(shown, status=status)

    async def commit(self, request: web.Request) -> web.Response:
        """Commit a session."""
        caller = await self._authentication.caller(request)
        return await self._commit.answer(request, caller, _session_id(request))

    async def health(self, request: web.Request) -> web.Response:
        """Check the store."""
        await self._authentication.check_token(request)
        return await self._health.answer()


def _session_id(request: web.Request) -> str:
    return request.match_info["sessionId"]
