"""The operators' call about one video: where it is, what is the matter, what to do."""

from http import HTTPStatus

from aiohttp import web

from assembly_service.domain.product import HalfKind
from assembly_service.http.answers import (
    NO_STORE,
    RETRY_AFTER,
    UNEXPECTED,
    json_answer,
    problem_answer,
)
from assembly_service.http.calls import Call, paths, routes
from assembly_service.http.document import DocumentPart
from assembly_service.http.responses import json_response
from assembly_service.http.schemas import INSTANT, MILLISECONDS, TEXT, Schema, object_schema
from assembly_service.operations.tracer import Tracer
from assembly_service.operations.video_trace import VideoState
from assembly_service.shop.parameters import HANDLE, VIDEO, read_product_key

_TAG = "operation"


def _or_null(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


_KIND: Schema = {"type": "string", "enum": [kind.value for kind in HalfKind]}
_HALF: Schema = {
    "type": "object",
    "description": "`inProduct` is the version of the half that the product holds, the rest is of"
    " the half that is staged.",
    "properties": {
        "inProduct": INSTANT,
        "staged": INSTANT,
        "receivedAt": MILLISECONDS,
        "waitsUntil": MILLISECONDS,
        "orphanedAt": _or_null(MILLISECONDS),
        "messageId": TEXT,
        "correlationId": TEXT,
    },
}
_DEAD_LETTER = object_schema(
    half=_KIND,
    queue=_KIND,
    reason=TEXT,
    detail=_or_null(TEXT),
    messageId=TEXT,
    originalMessageId=TEXT,
    correlationId=_or_null(TEXT),
    setAsideAt=MILLISECONDS,
)
_TRACE = object_schema(
    sellerHandle=TEXT,
    videoId=TEXT,
    state={"type": "string", "enum": [state.value for state in VideoState]},
    summary={**TEXT, "description": "What is the matter and what to do."},
    halves=object_schema(**{kind.value: _or_null(_HALF) for kind in HalfKind}),
    product=_or_null(object_schema(createdAt=MILLISECONDS, updatedAt=MILLISECONDS)),
    deadLetters={
        "type": ["array", "null"],
        "description": "Oldest first; null if they could not be read.",
        "items": _DEAD_LETTER,
    },
    steps={
        "type": "array",
        "description": "What happened, oldest first.",
        "items": object_schema(at=MILLISECONDS, what=TEXT),
    },
)
TRACE = Call(
    method="GET",
    path="/api/v1/operations/videos/{handle}/{videoId}",
    name="traceVideo",
    summary="Where a video is, what is the matter, and what to do",
    description="Read from the tables, the dead-letter queues and the sizes of the source queues."
    " Nothing is changed, but dead letters are hidden from other readers while they are read.",
    tag=_TAG,
    parameters=(HANDLE, VIDEO),
    answers=(
        json_answer(HTTPStatus.OK, "What is known of it.", "VideoTrace", headers=NO_STORE),
        problem_answer(HTTPStatus.BAD_REQUEST, "Broken parameters, every one named in `errors`."),
        problem_answer(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "The database does not answer at the moment.",
            headers=RETRY_AFTER,
        ),
        UNEXPECTED,
    ),
)


def videos_document() -> DocumentPart:
    """What the document says of the call, where it is served."""
    return DocumentPart(tags=(), paths=paths([TRACE]), schemas={"VideoTrace": _TRACE})


class Videos:
    """The routes under `/api/v1/operations/videos`."""

    def __init__(self, *, tracer: Tracer) -> None:
        self._tracer = tracer

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        return routes([TRACE], {TRACE: self.trace})

    async def trace(self, request: web.Request) -> web.Response:
        """Answer with everything that is known of a video."""
        found = await self._tracer.trace(read_product_key(request))
        return json_response(found.as_json())
