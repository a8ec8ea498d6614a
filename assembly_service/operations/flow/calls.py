"""The operators' call about the flow: what waits where, at what rates, and what is wrong."""

from http import HTTPStatus

from aiohttp import web

from assembly_service.domain.plan import Outcome
from assembly_service.domain.product import EventType, HalfKind
from assembly_service.http.answers import NO_STORE, UNEXPECTED, json_answer
from assembly_service.http.calls import Call
from assembly_service.http.responses import json_response
from assembly_service.http.schemas import (
    COUNT,
    FLAG,
    MILLISECONDS,
    TEXT,
    Schema,
    object_schema,
    or_null,
)
from assembly_service.notification.instances import LIVE_MILLISECONDS, MOST_INSTANCES
from assembly_service.notification.latest_products import MOST_LATEST_PRODUCTS
from assembly_service.operations.flow.problems import MOST_PROBLEMS
from assembly_service.operations.flow.reader import FlowReader
from assembly_service.operations.flow.staging import AGES, SECONDS_BETWEEN_SCANS

_TAG = "operation"


def _of_each_half(**properties: Schema) -> Schema:
    return object_schema(**{kind.value: object_schema(**properties) for kind in HalfKind})


_INSTANCE = {"id": TEXT, "role": TEXT, "version": TEXT, "startedAt": MILLISECONDS}
FLOW_SCHEMA = object_schema(
    instance=object_schema(**_INSTANCE),
    instances={
        "type": "array",
        "maxItems": MOST_INSTANCES,
        "description": "This instance, then the others of the deployment that were heard of on the"
        f" bus. One that was not heard of for {LIVE_MILLISECONDS // 1000} s is not live.",
        "items": object_schema(
            **_INSTANCE, connections=COUNT, lastHeardAt=MILLISECONDS, isLive=FLAG
        ),
    },
    queues=_of_each_half(
        name=TEXT, waiting=or_null(COUNT), inFlight=or_null(COUNT), perMinute=COUNT
    ),
    staging={
        **or_null(
            object_schema(
                waiting=COUNT,
                byAge=object_schema(**dict.fromkeys(AGES, COUNT)),
                orphaned=COUNT,
                oldestSince=or_null(MILLISECONDS),
                complete=FLAG,
                readAt=MILLISECONDS,
            )
        ),
        "description": f"Counted at most every {SECONDS_BETWEEN_SCANS} s, at `readAt`. Of a large"
        " table only a part is read: then `complete` is false, and the figures are lower limits.",
    },
    outcomes=object_schema(**{outcome.value: COUNT for outcome in Outcome}),
    products=object_schema(perMinute=COUNT),
    browsers=object_schema(connections=COUNT, subscriptions=COUNT, deliveriesPerMinute=COUNT),
    deadLetters=_of_each_half(waiting=or_null(COUNT), hidden=or_null(COUNT)),
    problems={
        "type": "array",
        "maxItems": MOST_PROBLEMS,
        "description": "What is wrong now, then the last warnings and errors of the log, newest"
        " first. Those of one kind are one entry, with their number.",
        "items": object_schema(at=MILLISECONDS, sentence=TEXT),
    },
    latestProducts={
        "type": "array",
        "maxItems": MOST_LATEST_PRODUCTS,
        "description": "The products that this instance announced or heard of last, newest first.",
        "items": object_schema(
            sellerHandle=TEXT,
            videoId=TEXT,
            title=TEXT,
            eventType={"enum": [each.value for each in EventType]},
            at=MILLISECONDS,
        ),
    },
    timestamp=MILLISECONDS,
)
FLOW = Call(
    method="GET",
    path="/api/v1/operations/flow",
    name="getFlow",
    summary="What waits where, what came through, and what is wrong",
    description="Sizes are of the whole deployment, by AWS's estimates; rates and clients are of"
    " this instance, over the last minute. What cannot be read is null, and a problem says why."
    " Read at most once a second and shared.",
    tag=_TAG,
    answers=(
        json_answer(HTTPStatus.OK, "The state of the last second.", "Flow", headers=NO_STORE),
        UNEXPECTED,
    ),
)


class FlowCall:
    """The handler of the call."""

    def __init__(self, reader: FlowReader) -> None:
        self._reader = reader

    async def answer(self, _request: web.Request) -> web.Response:
        """Answer with how the flow stands."""
        return json_response(await self._reader.flow())
