"""The operators' call that lists dead letters."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from aiohttp import web
from pydantic import TypeAdapter

from assembly_service.aws.errors import AWS_ERRORS, code_of
from assembly_service.domain.product import HalfKind
from assembly_service.http.answers import (
    NO_STORE,
    RETRY_AFTER,
    UNEXPECTED,
    json_answer,
    problem_answer,
)
from assembly_service.http.calls import Call
from assembly_service.http.parameters import Parameter, ParameterReader, page_limit
from assembly_service.http.problems import Problem
from assembly_service.http.responses import json_response
from assembly_service.http.schemas import COUNT, FLAG, TEXT, Schema, object_schema, or_null
from assembly_service.operations.dead_letters import REASONS, NoDeadLetterQueue
from assembly_service.operations.letter_reader import LetterReader
from assembly_service.operations.schemas import DEAD_LETTER
from assembly_service.operations.video_letters import letter_as_json

_TAG = "operation"
_MAX_AGE_SECONDS = 2
_QUEUE: Parameter[HalfKind] = Parameter(
    name="queue",
    place="query",
    form=TypeAdapter(HalfKind),
    sentence="must be caption or thumbnail.",
    description="Only the dead letters of this queue.",
)
_REASON: Parameter[str] = Parameter(
    name="reason",
    place="query",
    form=TypeAdapter(str),
    description="Only dead letters with this reason.",
    hints={"examples": REASONS},
)
_LIMIT = page_limit(default=50, most=500, description="The most dead letters in the answer.")
DEAD_LETTERS_SCHEMA: Schema = object_schema(
    deadLetters={
        "type": "array",
        "description": "Newest first.",
        "items": object_schema(
            **DEAD_LETTER["properties"],
            sellerHandle=or_null(TEXT),
            videoId=or_null(TEXT),
            body=TEXT,
        ),
    },
    byReason={
        "type": "object",
        "description": "How many were read, by reason.",
        "additionalProperties": COUNT,
    },
    hidden={**COUNT, "description": "About how many more other readers hold."},
    complete={**FLAG, "description": "Whether `byReason` counts all: none is hidden or unread."},
)
DEAD_LETTERS = Call(
    method="GET",
    path="/api/v1/operations/dead-letters",
    name="listDeadLetters",
    summary="The dead letters of both queues, with their bodies",
    description="Nothing is moved, but dead letters are hidden from other readers while they are"
    f" read. So each queue is read at most every {_MAX_AGE_SECONDS} s for everyone who asks, and"
    " again after a redrive by this instance.",
    tag=_TAG,
    parameters=(_QUEUE, _REASON, _LIMIT),
    answers=(
        json_answer(HTTPStatus.OK, "What was read.", "DeadLetters", headers=NO_STORE),
        problem_answer(HTTPStatus.BAD_REQUEST, "Invalid parameters, all listed in `errors`."),
        problem_answer(HTTPStatus.CONFLICT, "A queue has no dead-letter queue."),
        problem_answer(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "SQS does not answer at the moment.",
            headers=RETRY_AFTER,
        ),
        UNEXPECTED,
    ),
)


@contextmanager
def queue_problems() -> Iterator[None]:
    """Turn what is wrong with the queues into a Problem."""
    try:
        yield
    except NoDeadLetterQueue as error:
        raise Problem(HTTPStatus.CONFLICT, str(error)) from None
    except AWS_ERRORS as error:
        raise Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            f"The dead-letter queues cannot be read ({code_of(error)}): try again later.",
            headers={"Retry-After": "5"},
        ) from None


class LetterCall:
    """The handler of the call."""

    def __init__(self, reader: LetterReader) -> None:
        self._reader = reader

    async def answer(self, request: web.Request) -> web.Response:
        """Answer with the newest dead letters, and how many there are of each reason."""
        parameters = ParameterReader(request)
        kind, reason = parameters.find(_QUEUE), parameters.find(_REASON)
        limit = parameters.read(_LIMIT)
        parameters.refuse_mistakes()
        with queue_problems():
            seen = await self._reader.read_recent(kind, max_age_seconds=_MAX_AGE_SECONDS)
        letters = sorted(
            (letter for each in seen for letter in each.letters),
            key=lambda letter: letter.sent_at,
            reverse=True,
        )
        wanted = [letter for letter in letters if reason in {None, letter.reason}]
        hidden = sum(each.hidden for each in seen)
        return json_response(
            {
                "deadLetters": [letter_as_json(letter) for letter in wanted[:limit]],
                "byReason": dict(sorted(Counter(letter.reason for letter in letters).items())),
                "hidden": hidden,
                "complete": not hidden and not any(each.has_more for each in seen),
            }
        )
