"""The commit call, at whichever path."""

from http import HTTPStatus

from aiohttp import web

from assembly_service.access.caller import Caller
from assembly_service.drafts.engine.background import BackgroundTasks
from assembly_service.drafts.engine.commit import NotCommitted
from assembly_service.drafts.engine.metrics import GAVE_UP
from assembly_service.drafts.engine.request_keys import OUTCOME, operation_of
from assembly_service.drafts.project import answers
from assembly_service.drafts.project.refusals import ErrorCode, ProjectRefusal
from assembly_service.drafts.project.sessions import Sessions

REPLAY_SECONDS = 5.0


class CommitCall:
    """Runs to its end even if the caller disconnects."""

    def __init__(self, *, sessions: Sessions, background: BackgroundTasks) -> None:
        self._sessions = sessions
        self._background = background

    async def answer(
        self, request: web.Request, caller: Caller | None, session_id: str
    ) -> web.Response:
        """Answer 201 with the project, or 200 if another call created it."""
        draft = await self._sessions.find(caller, session_id)
        outcome = await self._background.run_to_end(
            self._sessions.commit(draft, operation_of(request))
        )
        if outcome.replayed:
            request[OUTCOME] = "replayed"
        if isinstance(outcome, NotCommitted):
            request[OUTCOME] = request.get(OUTCOME, GAVE_UP)
            raise ProjectRefusal(ErrorCode.STORAGE_ERROR, "Failed to create project")
        await self._sessions.end_replay_later(outcome.draft)
        status = HTTPStatus.OK if outcome.replayed else HTTPStatus.CREATED
        return answers.respond(answers.committed(outcome), status=status)
