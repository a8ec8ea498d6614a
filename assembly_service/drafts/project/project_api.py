"""The HTTP calls of projects."""

from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler

from assembly_service.access.caller import Caller
from assembly_service.drafts.engine.identifiers import is_guid
from assembly_service.drafts.engine.request_keys import operation_of
from assembly_service.drafts.project import answers, calls
from assembly_service.drafts.project.authentication import Authentication
from assembly_service.drafts.project.commit_call import CommitCall
from assembly_service.drafts.project.declarations import LAST_KEY, LIMIT
from assembly_service.drafts.project.fields import Data
from assembly_service.drafts.project.project_creation import ProjectCreation
from assembly_service.drafts.project.projects import Projects
from assembly_service.drafts.project.refusals import ErrorCode, ProjectRefusal, invalid
from assembly_service.drafts.project.requests import bare_data, read_json, session_in
from assembly_service.drafts.project.rules import refuse_too_large
from assembly_service.drafts.project.sessions import Sessions
from assembly_service.http.calls import Call
from assembly_service.http.forwarded import client_address
from assembly_service.http.parameters import ParameterReader


class ProjectApi:
    """Handlers of the project calls."""

    def __init__(
        self,
        *,
        sessions: Sessions,
        commit: CommitCall,
        creation: ProjectCreation,
        projects: Projects,
        authentication: Authentication,
    ) -> None:
        self._sessions = sessions
        self._commit = commit
        self._creation = creation
        self._projects = projects
        self._authentication = authentication

    def handlers(self) -> dict[Call, Handler]:
        """Return the handler of each call."""
        return {
            calls.CREATE_PROJECT: self.create,
            calls.LIST_PROJECTS: self.newest,
            calls.READ_PROJECT: self.read,
        }

    async def create(self, request: web.Request) -> web.Response:
        """Create a project from the session that the body names, or else from its data."""
        caller = await self._authentication.caller(request)
        body = await read_json(request)
        if "sessionId" not in body:
            return await self._create_from(request, caller, bare_data(body))
        return await self._commit.answer(request, caller, session_in(body, request))

    async def _create_from(
        self, request: web.Request, caller: Caller | None, data: Data
    ) -> web.Response:
        self._creation.refuse_invalid(data)
        refuse_too_large(data)
        await self._sessions.count_create(
            client_address(request, self._authentication.trusted_proxies)
        )
        created = await self._creation.create(data, caller, operation_of(request))
        return answers.respond(answers.project(created), status=HTTPStatus.CREATED)

    async def newest(self, request: web.Request) -> web.Response:
        """List projects, newest first."""
        caller = await self._authentication.caller(request)
        reader = ParameterReader(request)
        limit, after = reader.read(LIMIT), reader.find(LAST_KEY)
        if reader.mistakes:
            raise invalid(
                {
                    mistake.parameter: f"{mistake.parameter} {mistake.message}"
                    for mistake in reader.mistakes
                }
            )
        page = await self._projects.newest(
            _user(caller), limit=limit, after=after and after.lower()
        )
        return answers.respond(answers.listing(page))

    async def read(self, request: web.Request) -> web.Response:
        """Read a project."""
        caller = await self._authentication.caller(request)
        named = request.match_info["id"]
        found = await self._projects.find(named.lower(), _user(caller)) if is_guid(named) else None
        if found is None:
            raise ProjectRefusal(ErrorCode.PROJECT_NOT_FOUND)
        return answers.respond(found)


def _user(caller: Caller | None) -> str | None:
    return None if caller is None else caller.user_id
