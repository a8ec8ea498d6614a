"""The error form of this system, in answers and in the OpenAPI document."""

from http import HTTPStatus

from assembly_service.drafts.education.refusals import (
    STEP_SUFFIX,
    ErrorCode,
    ErrorType,
    step_of,
    translate,
)
from assembly_service.drafts.education.status import NEXT_ACTIONS
from assembly_service.drafts.engine.declarations import ErrorForm
from assembly_service.drafts.engine.refusals import RefusedCall
from assembly_service.http.schemas import (
    FIELD_ERRORS,
    INSTANT,
    TEXT,
    TEXTS,
    UUID,
    Schema,
    object_schema,
)

ERROR = "EducationError"
EXAMPLE_AT = 1_796_133_600_000
EXAMPLE_SESSION = "5b2f6f0e-4a53-4f5e-9d0b-6b1f8a9c2d11"
_MEANINGS = {
    HTTPStatus.BAD_REQUEST: "The body or a parameter is malformed; nothing was changed.",
    HTTPStatus.FORBIDDEN: "The role is too low, or the member is somebody else.",
    HTTPStatus.NOT_FOUND: "It is unknown, expired, or not the caller's.",
    HTTPStatus.CONFLICT: "The status does not allow the step, or a value is taken.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The data breaks a rule; nothing was created.",
}


def example_operation(step: str, session_id: str) -> str:
    """Return an operation id like those of a step's calls."""
    return "-".join(filter(None, (f"{step}{STEP_SUFFIX}", session_id, "5f0e6d1c9a3b2847")))


def form(route_name: str, *, session_id: str) -> ErrorForm:
    """Return the error form of a call; `session_id` stands in its examples."""
    call = RefusedCall(
        at=EXAMPLE_AT,
        operation_id=example_operation(step_of(route_name), session_id),
        step=route_name,
        session_id=session_id,
    )
    return ErrorForm(schema=ERROR, refuse=translate, call=call, meanings=_MEANINGS)


def error_schema() -> Schema:
    """Return the schema of errors."""
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
        "errors": {**TEXTS, "description": "One sentence per mistake."},
        "fields": FIELD_ERRORS,
        "sessionId": UUID,
        "step": {**TEXT, "description": "The step that was refused."},
        "nextAction": {
            "enum": list(NEXT_ACTIONS),
            "description": "The next action, if a step was out of order.",
        },
        "recoverySuggestions": TEXTS,
    }
    return schema
