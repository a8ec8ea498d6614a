"""The operators' calls that change something: declared, and handled."""

from functools import partial
from http import HTTPStatus

import structlog
from aiohttp import web

from assembly_service.access.opening import Authorize
from assembly_service.http.answers import (
    JSON,
    NO_STORE,
    RETRY_AFTER,
    UNEXPECTED,
    Content,
    json_answer,
    problem_answer,
)
from assembly_service.http.calls import Body, Call
from assembly_service.http.problems import Mistake, invalid_parameters
from assembly_service.http.responses import json_response
from assembly_service.http.schemas import (
    COUNT,
    FLAG,
    TEXT,
    TEXTS,
    Node,
    Schema,
    object_schema,
    or_null,
    reference,
)
from assembly_service.operations.actions.announce import Announcing, as_json
from assembly_service.operations.actions.redrive import LetterRedrive
from assembly_service.operations.actions.requests import (
    AnnouncementRequest,
    RedriveRequest,
    read_body,
    request_schemas,
)
from assembly_service.operations.letter_calls import queue_problems
from assembly_service.operations.letter_reader import LetterReader
from assembly_service.operations.redriving import Selection
from assembly_service.operations.schemas import KIND

log = structlog.get_logger()

_TAG = "operation"
_TOKEN = "operatorToken"  # noqa: S105 - its name
SECURITY_SCHEMES: Node = {
    _TOKEN: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token with a user (`sub`) and the `privilege` 3 or main.",
    }
}
_COMPLETE = {**FLAG, "description": "Whether nothing was left for another call."}
ACTION_SCHEMAS: dict[str, Schema] = {
    **request_schemas(),
    "Redriven": object_schema(
        putBack=COUNT,
        left={**COUNT, "description": "How many were read and stay."},
        complete=_COMPLETE,
        refused={**TEXTS, "description": "A sentence for each that could not go back."},
        differences={
            "type": "array",
            "description": "What the edits change, as JSON texts.",
            "items": object_schema(messageId=TEXT, path=TEXT, old=or_null(TEXT), new=TEXT),
        },
        previousBodies={
            "type": "array",
            "description": "The bodies before the repair, as `send --raw` takes them.",
            "items": object_schema(queue=KIND, body=TEXT, messageId=TEXT),
        },
    ),
    "Reannounced": object_schema(
        announced=COUNT,
        stamped={**COUNT, "description": "Those that got a new `updated_at` first."},
        failed=COUNT,
        absent={
            "type": "array",
            "description": "Videos without a product, and the half that it lacks; null for both.",
            "items": object_schema(videoId=TEXT, missing={"enum": [*KIND["enum"], None]}),
        },
        complete=_COMPLETE,
    ),
}
_action = partial(Call, method="POST", tag=_TAG, security=({_TOKEN: ()},))
_REFUSED = (
    problem_answer(
        HTTPStatus.BAD_REQUEST, "An invalid body, every wrong field listed in `errors`."
    ),
    problem_answer(
        HTTPStatus.UNAUTHORIZED,
        "There is no token, or it is not valid.",
        headers={"WWW-Authenticate": {"description": "As in RFC 6750.", "schema": TEXT}},
    ),
    problem_answer(
        HTTPStatus.FORBIDDEN, "Another privilege than Main, or this instance verifies no tokens."
    ),
    problem_answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large."),
    problem_answer(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "AWS or the keys for tokens are not available at the moment.",
        headers=RETRY_AFTER,
    ),
    UNEXPECTED,
)
REDRIVE = _action(
    path="/api/v1/operations/dead-letters/redrive",
    name="redriveDeadLetters",
    summary="Put dead letters back into their source queues, repaired if need be",
    description="Each is sent before it is deleted: an interruption can send one twice, but loses"
    " none. With `edits`, which need a `messageId` or a `reason`, only events that are valid"
    " afterwards go back. One call handles about a thousand of a queue.",
    body=Body(content={JSON: Content(schema=reference("RedriveRequest"))}),
    answers=(
        json_answer(HTTPStatus.OK, "What was done, or would be.", "Redriven", headers=NO_STORE),
        problem_answer(HTTPStatus.CONFLICT, "A queue has no dead-letter queue."),
        *_REFUSED,
    ),
)
ANNOUNCE = _action(
    path="/api/v1/operations/announcements",
    name="announceProducts",
    summary="Announce a seller's products again",
    description="To the clients of every instance and to the topic, if there is one. Without"
    " `videoIds` about the newest thousand products of the seller.",
    body=Body(content={JSON: Content(schema=reference("AnnouncementRequest"))}),
    answers=(
        json_answer(HTTPStatus.OK, "What was done, or would be.", "Reannounced", headers=NO_STORE),
        *_REFUSED,
    ),
)


class ActionCalls:
    """The handlers of the actions. Each action is logged with who did it, without bodies."""

    def __init__(
        self, *, authorize: Authorize, letters: LetterReader, announcing: Announcing
    ) -> None:
        self._authorize = authorize
        self._letters = letters
        self._announcing = announcing

    async def redrive(self, request: web.Request) -> web.Response:
        """Put dead letters back, or say what would be done."""
        user = await self._authorize(request)
        wanted = await read_body(request, RedriveRequest)
        edits = [each.edit() for each in wanted.edits]
        selection = Selection(wanted.reason, wanted.message_id)
        if edits and not selection:
            raise invalid_parameters([Mistake("edits", "must come with a messageId or a reason.")])
        run = LetterRedrive(self._letters, selection, edits, preview=wanted.preview)
        with queue_problems():
            await run.run(wanted.queue)
        result = run.result
        if not wanted.preview:
            log.warning(
                "dead_letters_redriven",
                user=user,
                queue=wanted.queue,
                reason=wanted.reason,
                message_id=wanted.message_id,
                paths=[edit.where for edit in edits],
                keys=[key._asdict() for key in result.keys],
                put_back=result.put_back,
                left=result.left,
            )
        return json_response(result.as_json())

    async def announce(self, request: web.Request) -> web.Response:
        """Announce products again, or say what would be done."""
        user = await self._authorize(request)
        wanted = await read_body(request, AnnouncementRequest)
        result, complete = await self._announcing.announce(
            wanted.seller_handle, wanted.video_ids or (), preview=wanted.preview
        )
        if not wanted.preview:
            log.warning(
                "products_announced_again",
                user=user,
                seller_handle=wanted.seller_handle,
                video_ids=wanted.video_ids,
                announced=len(result.announced),
                stamped=result.stamped,
                failed=len(result.failed),
            )
        return json_response(as_json(result, complete=complete))
