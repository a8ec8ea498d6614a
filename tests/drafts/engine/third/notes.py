"""A third draft system, as small as one can be: two steps, for anybody who knows the id.

It has two base paths, moves the end of a draft with each change, says for a day that one has
expired, and answers errors in a form of its own.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import TypeAdapter

from assembly_service.access.requests import caller_if_any
from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine import lease as leases
from assembly_service.drafts.engine.attempts import GaveUp
from assembly_service.drafts.engine.commit import NotCommitted
from assembly_service.drafts.engine.declarations import (
    SECURITY_SCHEMES,
    TAKES_TOKEN,
    ErrorForm,
)
from assembly_service.drafts.engine.draft import Draft
from assembly_service.drafts.engine.draft_engine import DraftEngine
from assembly_service.drafts.engine.events import Event
from assembly_service.drafts.engine.identifiers import new_session_id
from assembly_service.drafts.engine.lifetime import Lifetime, new
from assembly_service.drafts.engine.ownership import belongs_to
from assembly_service.drafts.engine.refusals import EngineRefusal, Reason, Refusal, RefusedCall
from assembly_service.drafts.engine.request_keys import operation_of
from assembly_service.drafts.engine.requests import create_system_application
from assembly_service.drafts.engine.system_drafts import DraftSystem
from assembly_service.drafts.engine.transactions import Action, put_new
from assembly_service.http.answers import Content, json_answer
from assembly_service.http.calls import Body, Call, paths, routes
from assembly_service.http.document import DocumentPart
from assembly_service.http.parameters import Parameter
from assembly_service.http.responses import json_response
from assembly_service.http.schemas import COUNT, TEXT, object_schema

PREFIXES = ("/api/notes", "/notes")
HOUR = 3_600_000
LIFETIME = Lifetime(length=24 * HOUR, extension=HOUR, longest=48 * HOUR, gone_window=24 * HOUR)


class NoteRefused(Refusal):
    """Ends a call with a code."""

    def __init__(self, status: HTTPStatus, code: str, headers: Mapping[str, str]) -> None:
        super().__init__(code)
        self.status, self.headers = status, headers

    def body(self, _: RefusedCall) -> dict[str, Value]:
        return {"error": str(self)}


def refuse(refused: EngineRefusal) -> NoteRefused:
    """All reasons of the engine are codes here."""
    code = "expired" if refused.reason is Reason.EXPIRED else refused.reason.name.lower()
    return NoteRefused(refused.status, code, refused.headers)


def event(name: str, draft: Draft, operation: str) -> Event:
    return Event(
        name=f"note.{name}", operation_id=operation, at=draft.updated_at, payload={"id": draft.id}
    )


def refused(status: HTTPStatus, code: str) -> dict[str, Refusal]:
    """An example for the document."""
    return {code: NoteRefused(status, code, {})}


ERRORS = ErrorForm(
    schema="NoteError",
    refuse=refuse,
    meanings={HTTPStatus(status): "See `error`." for status in (400, 404, 409, 410)},
)
NOT_THERE = {
    **refused(HTTPStatus.BAD_REQUEST, "malformed"),
    **refused(HTTPStatus.NOT_FOUND, "not_found"),
    **refused(HTTPStatus.GONE, "expired"),
}
ID: Parameter[str] = Parameter(name="sessionId", place="path", form=TypeAdapter(str))
note_call = partial(Call, tag="Notes", security=TAKES_TOKEN)
CREATE = note_call(
    method="POST",
    path="",
    name="createNote",
    summary="Create a draft",
    answers=(
        json_answer(HTTPStatus.CREATED, "It is there.", "NoteDraft"),
        *ERRORS.answers({}, takes_body=False),
    ),
    route_name="create-note",
)
WRITE = note_call(
    method="PUT",
    path="/{sessionId}",
    name="writeNote",
    summary="Write the text",
    parameters=(ID,),
    body=Body(content={"text/plain": Content(schema=TEXT)}),
    answers=(
        json_answer(HTTPStatus.OK, "It is written.", "NoteEnd"),
        *ERRORS.answers({**NOT_THERE, **refused(HTTPStatus.CONFLICT, "not_open")}, takes_body=True),
    ),
    route_name="write-note",
)
READ = note_call(
    method="GET",
    path="/{sessionId}",
    name="readNote",
    summary="Read the draft",
    parameters=(ID,),
    answers=(
        json_answer(HTTPStatus.OK, "The draft.", "Note"),
        *ERRORS.answers(NOT_THERE, takes_body=False),
    ),
    route_name="read-note",
)
COMMIT = note_call(
    method="POST",
    path="/{sessionId}/commit",
    name="commitNote",
    summary="Make the note",
    parameters=(ID,),
    answers=(
        json_answer(HTTPStatus.OK, "It is made.", "NoteMade"),
        *ERRORS.answers(
            {**NOT_THERE, **refused(HTTPStatus.BAD_REQUEST, "empty")}, takes_body=False
        ),
    ),
    route_name="commit-note",
)
CALLS = (CREATE, WRITE, READ, COMMIT)
DOCUMENT = DocumentPart(
    tags=[{"name": "Notes", "description": "Notes, from drafts."}],
    paths=paths(CALLS, prefix=PREFIXES[0]) | paths(CALLS, prefix=PREFIXES[1], name_suffix="Alias"),
    schemas={
        "NoteDraft": object_schema(id=TEXT),
        "NoteEnd": object_schema(expiresAt=COUNT),
        "Note": object_schema(state=TEXT, note={"type": "object"}),
        "NoteMade": object_schema(noteId=TEXT, text=TEXT, replayed={"type": "boolean"}),
        "NoteError": object_schema(error=TEXT),
    },
    security_schemes=SECURITY_SCHEMES,
)
NOTES = DraftSystem(
    name="notes",
    refuse=refuse,
    expired=lambda draft, now: leases.expired(draft, state="expired", now=now),
    expired_event=partial(event, "expired"),
)


def written(draft: Draft, text: str, now: int) -> Draft:
    if draft.result is not None or draft.lease is not None:
        raise NoteRefused(HTTPStatus.CONFLICT, "not_open", {})
    return replace(
        draft,
        parts={"note": {"text": text}},
        state="written",
        version=draft.version + 1,
        updated_at=now,
        expires_at=LIFETIME.extended(draft, now),
        errors=(),
    )


class NoteRecords:
    """What a note is committed as."""

    committed_state: str = "committed"

    def __init__(self, table: str) -> None:
        self._table = table

    def check(self, draft: Draft, now: int) -> None:  # noqa: ARG002
        if "note" not in draft.parts:
            raise NoteRefused(HTTPStatus.BAD_REQUEST, "empty", {})

    def records(self, held: Draft) -> list[Action]:
        row = {"pk": {"S": "NOTE"}, "sk": {"S": str(self.result(held)["noteId"])}}
        return [put_new(self._table, row, if_refused="there")]

    def result(self, held: Draft) -> Mapping[str, Value]:
        assert held.lease is not None
        return held.lease.record

    held = staticmethod(partial(leases.held, state="committing"))
    failed = staticmethod(partial(leases.given_up, state="written"))
    started = staticmethod(partial(event, "started"))
    failed_event = staticmethod(partial(event, "failed"))
    succeeded = staticmethod(partial(event, "made", operation="commit"))

    def failure(self, held: Draft, gave_up: GaveUp) -> NotCommitted:  # noqa: ARG002
        return NotCommitted([gave_up.cause.text])


class Notes:
    """The calls, once for each base path."""

    def __init__(self, engine: DraftEngine, records_table: str) -> None:
        self._engine = engine
        self.drafts = engine.drafts_of(NOTES, commit_step="commit-note")
        records = NoteRecords(records_table)
        self._commit = engine.commit_of(records, self.drafts, replay_seconds=5)

    def applications(self) -> dict[str, web.Application]:
        """Each below its base path."""
        return {prefix: self._application() for prefix in PREFIXES}

    def _application(self) -> web.Application:
        handlers: dict[Call, Handler] = {
            CREATE: self.create,
            WRITE: self.write,
            READ: self.read,
            COMMIT: self.commit,
        }
        return create_system_application(NOTES, routes(CALLS, handlers), self._engine)

    async def create(self, request: web.Request) -> web.Response:
        now = self._engine.clock()
        draft = new(new_session_id(), NOTES.name, None, state="new", lifetime=LIFETIME, now=now)
        await self.drafts.create(draft, event("created", draft, operation_of(request)))
        return json_response({"id": draft.id}, status=HTTPStatus.CREATED)

    async def write(self, request: web.Request) -> web.Response:
        draft, text = await self._find(request), await request.text()
        after = await self.drafts.change(
            draft,
            lambda there, now: written(there, text, now),
            lambda there: event("written", there, operation_of(request)),
        )
        return json_response({"expiresAt": after.expires_at})

    async def read(self, request: web.Request) -> web.Response:
        draft = await self._find(request)
        return json_response({"state": draft.state, "note": dict(draft.parts.get("note", {}))})

    async def commit(self, request: web.Request) -> web.Response:
        async def new_record(draft: Draft) -> Mapping[str, Value]:
            return {"noteId": new_session_id(), "text": draft.parts["note"]["text"]}

        work = self._commit.commit(
            await self._find(request), operation=operation_of(request), fix_record=new_record
        )
        outcome = await self._engine.background.run_to_end(work)
        if isinstance(outcome, NotCommitted):
            return json_response({"errors": list(outcome.errors)}, status=HTTPStatus.BAD_GATEWAY)
        await self._commit.end_replay_later(outcome.draft)
        return json_response({**outcome.result, "replayed": outcome.replayed})

    async def _find(self, request: web.Request) -> Draft:
        caller = await caller_if_any(request, self._engine.verifier)
        return await self.drafts.find(
            request.match_info["sessionId"], partial(belongs_to, caller=caller)
        )
