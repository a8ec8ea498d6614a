"""Parameters, errors and headers that the calls of sessions and projects share."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, TypeAdapter, WithJsonSchema

from assembly_service.drafts.engine import refusals as engine
from assembly_service.drafts.engine.declarations import TAKES_TOKEN, ErrorForm
from assembly_service.drafts.engine.identifiers import is_guid
from assembly_service.drafts.engine.refusals import Refusal, RefusedCall
from assembly_service.drafts.project import examples
from assembly_service.drafts.project.refusals import HEADERS, ErrorCode, ProjectRefusal, translate
from assembly_service.http.answers import JSON, Answer, Content, json_answer
from assembly_service.http.calls import Body, Call
from assembly_service.http.parameters import Parameter, page_limit
from assembly_service.http.schemas import TEXT, Node, reference

SESSIONS_TAG, PROJECTS_TAG = "project sessions", "projects"
MOST_PROJECTS = 50

_UUID_TEXT = TypeAdapter(Annotated[str, WithJsonSchema({"type": "string", "format": "uuid"})])
_STATED: Mapping[str, Node] = {name: {"schema": {"const": HEADERS[name]}} for name in HEADERS}
VERSIONED: Mapping[str, Node] = {
    **_STATED,
    "ETag": {"description": "The version, for `If-Match`.", "schema": TEXT},
}
FORM = ErrorForm(
    schema="SessionError",
    refuse=translate,
    call=RefusedCall(at=examples.NOW),
    meanings={
        HTTPStatus.BAD_REQUEST: "The id, a step, the body or the state of the session is invalid.",
        HTTPStatus.NOT_FOUND: "It is unknown, deleted, or not the caller's.",
        HTTPStatus.CONFLICT: "A commit holds it, it is committed, or it has another version.",
        HTTPStatus.GONE: "The session expired less than a day ago.",
        HTTPStatus.TOO_MANY_REQUESTS: "Too many calls in this minute.",
        HTTPStatus.INTERNAL_SERVER_ERROR: "The store does not answer, or an unexpected error"
        " occurred.",
    },
    headers=_STATED,
)
SESSION_ERRORS: Mapping[str, Refusal] = {
    "invalidId": translate(engine.malformed("")),
    "notFound": translate(engine.not_found("")),
    "expired": translate(engine.expired("")),
}
LIMITED = {"limited": ProjectRefusal(ErrorCode.RATE_LIMIT_EXCEEDED, headers={"Retry-After": "17"})}
BUSY = {
    "committing": ProjectRefusal(ErrorCode.COMMIT_IN_PROGRESS),
    "committed": ProjectRefusal(ErrorCode.ALREADY_COMMITTED),
}
UNFIT = {
    "unfit": ProjectRefusal(
        ErrorCode.VALIDATION_FAILED,
        details={"errors": {"squareFootage": "squareFootage must be a number"}},
    ),
    "invalidStep": ProjectRefusal(ErrorCode.INVALID_STEP),
}
CONFLICT = {"changed": ProjectRefusal(ErrorCode.VERSION_CONFLICT, details={"version": 7})}
INCOMPLETE = {"incomplete": examples.INCOMPLETE}

SESSION_ID: Parameter[str] = Parameter(
    name="sessionId",
    place="path",
    form=_UUID_TEXT,
    # `health` is another call's path, which answers other methods with 405.
    route_pattern="(?!health$)[^/]*",
)
IF_MATCH: Parameter[str] = Parameter(
    name="If-Match",
    place="header",
    form=TypeAdapter(str),
    description="Save only if the session still has this ETag.",
)
LIMIT = page_limit(
    default=20, most=MOST_PROJECTS, description="The maximum number of projects per page."
)


def _guid(text: str) -> str:
    if not is_guid(text):
        raise ValueError("no id of a project")
    return str(UUID(text))


LAST_KEY: Parameter[str] = Parameter(
    name="lastKey",
    place="query",
    form=TypeAdapter(
        Annotated[str, AfterValidator(_guid), WithJsonSchema({"type": "string", "format": "uuid"})]
    ),
    sentence="must be the lastEvaluatedKey of the page before.",
    description="Continue after this project.",
)
PROJECT_ID: Parameter[str] = Parameter(
    name="id", place="path", form=_UUID_TEXT, route_pattern="[^/]*"
)


def declared(
    method: str,
    path: str,
    name: str,
    step: str,
    summary: str,
    *,
    answers: Sequence[Answer],
    errors: Mapping[str, Refusal],
    body: str | None = None,
    tag: str = SESSIONS_TAG,
    **more: Any,
) -> Call:
    content = body and Body(
        content={JSON: Content(schema=reference(body), examples=examples.REQUESTS[name])},
        required=name != "createProjectSession",
    )
    return Call(
        method=method,
        path=path,
        name=name,
        summary=summary,
        tag=tag,
        answers=_joined(answers, FORM.answers(errors, takes_body=body is not None)),
        body=content or None,
        security=TAKES_TOKEN,
        route_name=step,
        **more,
    )


def _joined(own: Sequence[Answer], errors: Sequence[Answer]) -> list[Answer]:
    """Merge answers by status; a status in both has either form."""
    found = {answer.status: answer for answer in own}
    for error in errors:
        there = found.get(error.status)
        if there is None:
            found[error.status] = error
            continue
        mine, theirs = there.content[JSON], error.content[JSON]
        both = Content(
            schema={"anyOf": [mine.schema, theirs.schema]},
            examples={**mine.examples, **theirs.examples},
        )
        found[error.status] = Answer(
            status=error.status,
            description=there.description,
            content={JSON: both},
            headers=there.headers,
        )
    return list(found.values())


def success(
    description: str,
    schema: str,
    shown: Mapping[str, Any],
    *,
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, Node] = _STATED,
) -> Answer:
    return json_answer(status, description, schema, headers=headers, examples=shown)
