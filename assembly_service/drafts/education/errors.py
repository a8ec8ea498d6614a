"""The error form of this system, in answers and in the OpenAPI document."""

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
    HTTPStatus.NOT_FOUND: "It is unknown, expired, or not the caller's.",
    HTTPStatus.CONFLICT: "The status does not allow the step, or a value is taken.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The data breaks a rule; nothing was created.",
}


def answer_with(clock: Clock) -> Answer:
    """Return a function that answers refusals in this system's form."""

    def answer(request: web.Request, refusal: Refusal) -> web.Response:
        requested = request.match_info.get("sessionId", "")
        body = of_this_system(refusal).body(
            at=clock(),
            operation=operation_of(request),
            # Never echo anything but a well-formed id.
            session_id=requested.lower() if is_session_id(requested) else "",
            step=step_of(request),
        )
        response = json_response(body, status=refusal.status)
        response.headers.update(of_this_system(refusal).headers)
        return response

    return answer


def step_of(request: web.Request) -> str:
    """Return the step of a call, as messages name it."""
    return (request.match_info.route.name or "").removesuffix(_SUFFIX)


def of_this_system(refusal: Refusal) -> EducationRefusal:
    """Narrow the type. Raises TypeError for a refusal of another system."""
    if not isinstance(refusal, EducationRefusal):
        raise TypeError("a refusal of another system")
    return refusal


def example_operation(step: str, session_id: str) -> str:
    """Return an operation id like those of a step's calls."""
    return "-".join(filter(None, (f"{step}{_SUFFIX}", session_id, "5f0e6d1c9a3b2847")))


def form(route_name: str, *, session_id: str) -> ErrorForm:
    """Return the error form of a call; `session_id` stands in its examples."""
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
    """Return the schema of errors."""
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
            "description": "Whether the caller can fix it.",
        },
        context=context,
    )
    schema["properties"] |= {
        "code": {"enum": sorted(code.name for code in ErrorCode if code.number)},
        "type": {"enum": sorted(ErrorType)},
        "errors": {**texts, "description": "One sentence per mistake."},
        "sessionId": codes.UUID_SCHEMA,
        "step": {**TEXT, "description": "The step that was refused."},
        "nextAction": {
            "enum": list(NEXT_ACTIONS),
            "description": "The next action, if a step was out of order.",
        },
        "recoverySuggestions": texts,
    }
    return schema
