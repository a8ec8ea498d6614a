"""The form of this system's errors, in answers and in the document."""

from http import HTTPStatus

from assembly_service.drafts.education import codes
from assembly_service.drafts.education.refusals import (
    ERROR_DEFINITIONS,
    STEP_SUFFIX,
    step_of,
    translate,
)
from assembly_service.drafts.education.status import NEXT_ACTIONS
from assembly_service.drafts.engine.declarations import ErrorForm
from assembly_service.drafts.engine.refusals import RefusedCall
from assembly_service.http.schemas import INSTANT, TEXT, Schema, object_schema

ERROR = "EducationError"
EXAMPLE_AT = 1_796_133_600_000
EXAMPLE_SESSION = "5b2f6f0e-4a53-4f5e-9d0b-6b1f8a9c2d11"
_MEANINGS = {
    HTTPStatus.BAD_REQUEST: "The body or a parameter is malformed; nothing was changed.",
    HTTPStatus.FORBIDDEN: "The role is too low, or the member is somebody else.",
    HTTPStatus.NOT_FOUND: "The caller may see none: it is unknown, somebody else's, or over.",
    HTTPStatus.CONFLICT: "The status does not allow the step, or a value is taken.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The data breaks a rule; nothing was created.",
}


def example_operation(step: str, session_id: str) -> str:
    """The id of an operation, as the calls of a step have it."""
    return "-".join(filter(None, (f"{step}{STEP_SUFFIX}", session_id, "5f0e6d1c9a3b2847")))


def form(route_name: str, *, session_id: str) -> ErrorForm:
    """How errors of a call look; its examples name the session, if it is about one."""
    call = RefusedCall(
        at=EXAMPLE_AT,
        operation_id=example_operation(step_of(route_name), session_id),
        step=route_name,
        session_id=session_id,
    )
    return ErrorForm(schema=ERROR, refuse=translate, call=call, meanings=_MEANINGS)


def error_schema() -> Schema:
    """What every error looks like."""
    texts: Schema = {"type": "array", "items": TEXT}
    context = object_schema(operationId=TEXT)
    context["properties"]["number"] = {
        "type": "integer",
        "enum": sorted({error.number for error in ERROR_DEFINITIONS if error.number is not None}),
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
        "code": {"enum": sorted({error.code for error in ERROR_DEFINITIONS if error.code})},
        "type": {"enum": sorted({error.type for error in ERROR_DEFINITIONS if error.type})},
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
