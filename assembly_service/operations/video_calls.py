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
from assembly_service.http.calls import Call
from assembly_service.http.responses import json_response
from assembly_service.http.schemas import (
    INSTANT,
    MILLISECONDS,
    TEXT,
    Schema,
    object_schema,
    or_null,
)
from assembly_service.operations.schemas import DEAD_LETTER
from assembly_service.operations.tracer import VideoTracer
from assembly_service.operations.video_trace import VideoState
from assembly_service.shop.parameters import HANDLE, VIDEO, read_product_key

_TAG = "operation"
_HALF: Schema = {
    "type": "object",
    "description": "`inProduct` and `staged` are the timestamps of the events that the product"
    " and the staging table hold. The rest is of what is staged; an event that came before"
    " `messageId` may have been received first.",
    "properties": {
        "inProduct": INSTANT,
        "staged": INSTANT,
        "firstReceivedAt": MILLISECONDS,
        "waitsUntil": MILLISECONDS,
        "orphanedAt": or_null(MILLISECONDS),
        "messageId": TEXT,
        "correlationId": TEXT,
    },
}
TRACE_SCHEMA = object_schema(
    sellerHandle=TEXT,
    videoId=TEXT,
    state={"type": "string", "enum": [state.value for state in VideoState]},
    summary={**TEXT, "description": "What is the matter and what to do."},
    halves=object_schema(**{kind.value: or_null(_HALF) for kind in HalfKind}),
    product=or_null(object_schema(createdAt=MILLISECONDS, updatedAt=MILLISECONDS)),
    deadLetters={
        "type": ["array", "null"],
        "description": "Oldest first; null if they could not be read.",
        "items": DEAD_LETTER,
    },
    deadLettersReadAt={
        **MILLISECONDS,
        "description": "One reading of dead letters serves several answers.",
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
        problem_answer(HTTPStatus.BAD_REQUEST, "Invalid parameters, all listed in `errors`."),
        problem_answer(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "The database does not answer at the moment.",
            headers=RETRY_AFTER,
        ),
        UNEXPECTED,
    ),
)


class VideoCall:
    """The handler of the call."""

    def __init__(self, tracer: VideoTracer) -> None:
        self._tracer = tracer

    async def answer(self, request: web.Request) -> web.Response:
        """Answer with everything that is known of a video."""
        found = await self._tracer.trace(read_product_key(request))
        return json_response(found.as_json())
