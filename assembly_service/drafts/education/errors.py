"""The form of this system's errors, in answers and in the document."""

from http import HTTPStatus

from aiohttp import web

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.education import codes
from assembly_service.drafts.education.refusals import (
    EducationRefusal,
    ErrorCode,
    ErrorType,
    translate,
)
from assembly_service.drafts.education.status import NEXT_ACTIONS
from assembly_service.drafts.engine.declarations import ErrorForm
from assembly_service.drafts.engine.identifiers import is_session_id
from assembly_service.drafts.engine.refusals import Refusal
from assembly_service.drafts.engine.request_keys import operation_of
from assembly_service.drafts.engine.requests import Answer
from assembly_service.http.responses import json_response
from assembly_service.http.schemas import INSTANT, TEXT, Schema, object_schema
from assembly_service.runtime.clock import Clock

ERROR = "EducationError"
EXAMPLE_AT = 1_796_133_600_000
EXAMPLE_SESSION = "5b2f6f0e-4a53-4f5e-9d0b-6b1f8a9c2d11"
_SUFFIX = "-education"
_MEANINGS = {
    HTTPStatus.BAD_REQUEST: "The body or a parameter is malformed; nothing was changed.",
    HTTPStatus.FORBIDDEN: "The role is too low, or the member is somebody else.",
    HTTPStatus.NOT_FOUND: "The caller may see none: it is unknown, somebody else's, or over.",
    HTTPStatus.CONFLICT: "The status does not allow the step, or a value is taken.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The data breaks a rule; nothing was created.",
}


def answer_with(clock: Clock) -> Answer:
    """Answers refusals, each with the call that it ended and the time."""

    def answer(request: web.Request, refusal: Refusal) -> web.Response:
        requested = request.match_info.get("sessionId", "")
        body = of_this_system(refusal).body(
            at=clock(),
            operation=operation_of(request),
            # Nothing else that somebody sent is repeated.
            session_id=requested.lower() if is_session_id(requested) else "",
            step=step_of(request),
        )
        response = json_response(body, status=refusal.status)
        response.headers.update(of_this_system(refusal).headers)
        return response

    return answer


def step_of(request: web.Request) -> str:
    """The step that a call takes, as messages name it."""
    return (request.match_info.route.name or "").removesuffix(_SUFFIX)


def of_this_system(refusal: Refusal) -> EducationRefusal:
    """Raises TypeError for a refusal of another system."""
    if not isinstance(refusal, EducationRefusal):
        raise TypeError("a refusal of another system")
    return refusal


def example_operation(step: str, session_id: str) -> str:
    """The id of an operation, as the calls of a step have it."""
    return "-".join(filter(None, (f"{step}{_SUFFIX}", session_id, "5f0e6d1c9a3b2847")))


def form(route_name: str, *, session_id: str) -> ErrorForm:
    """How errors of a call look; its examples name the session, if it is about one."""
    step = route_name.removesuffix(_SUFFIX)

    def body(refusal: Refusal) -> Value:
        return of_this_system(refusal).body(
            at=EXAMPLE_AT,
            operation=example_operation(step, session_id),
            session_id=session_id,
            step=step,
        )

    return ErrorForm(schema=ERROR, refuse=translate, body=body, meanings=_MEANINGS)


def error_schema() -> Schema:
    """What every error looks like."""
    texts: Schema = {"type": "array", "items": TEXT}
    context = object_schema(operationId=TEXT)
    context["properties"]["number"] = {
        "type": "integer",
        "enum": sorted(code.number for code in ErrorCode if code.number),
        "description": "The number of the code.",
    }
    schema = object_schema(
        statusCode={"type": "integer", "minimum": 400, "maximum": 599},
        message=TEXT,
        timestamp=INSTANT,
        recoverable={
            "type": "boolean",
            "description": "Whether the caller can do something about it.",
        },
        context=context,
    )
    schema["properties"] |= {
        "code": {"enum": sorted(code.name for code in ErrorCode if code.number)},
        "type": {"enum": sorted(ErrorType)},
        "errors": {**texts, "description": "A sentence for each thing that is wrong."},
        "sessionId": codes.UUID_SCHEMA,
        "step": {**TEXT, "description": "The step that was refused."},
        "nextAction": {
            "enum": list(NEXT_ACTIONS),
            "description": "What there is to do next, where a step was out of order.",
        },
        "recoverySuggestions": texts,
    }
    return schema
