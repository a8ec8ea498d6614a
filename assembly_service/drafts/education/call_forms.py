"""How the calls of education registration are declared."""

from collections.abc import Mapping

from pydantic import TypeAdapter

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.education import refusals
from assembly_service.drafts.education.errors import EXAMPLE_SESSION, form
from assembly_service.drafts.engine.declarations import NEEDS_TOKEN
from assembly_service.drafts.engine.refusals import Refusal
from assembly_service.http.answers import JSON, Answer, Content
from assembly_service.http.calls import Body, Call
from assembly_service.http.parameters import Parameter
from assembly_service.http.schemas import reference

TAG = "education registration"
SESSION_ID: Parameter[str] = Parameter(
    name="sessionId",
    place="path",
    form=TypeAdapter(str),
    description="A malformed id is answered like an unknown one.",
    hints={"format": "uuid"},
)
_DENIED = {"permissionDenied": refusals.permission_denied(refusals.OTHER_MEMBER)}
_NOT_FOUND = {"notFound": refusals.not_found()}
_UNKNOWN_FIELD = {"invalid": refusals.invalid(["Unknown field: color"])}


def call(
    method: str,
    path: str,
    name: str,
    route_name: str,
    summary: str,
    *answers: Answer,
    refused: Mapping[str, Refusal] | None = None,
    body: Body | None = None,
    parameters: tuple[Parameter[str], ...] = (SESSION_ID,),
    description: str = "",
) -> Call:
    """Return a call, with its own refusals and those of every call like it."""
    names_session = SESSION_ID in parameters
    errors = form(route_name, session_id=EXAMPLE_SESSION if names_session else "")
    refusals_shown = {
        **_DENIED,
        **(_NOT_FOUND if names_session else {}),
        **(_UNKNOWN_FIELD if body else {}),
        **(refused or {}),
    }
    return Call(
        method=method,
        path=path,
        name=name,
        route_name=route_name,
        summary=summary,
        description=description,
        tag=TAG,
        parameters=parameters,
        body=body,
        security=NEEDS_TOKEN,
        answers=(*answers, *errors.answers(refusals_shown, takes_body=body is not None)),
    )


def json_body(schema: str, request: Mapping[str, Value], *, required: bool = True) -> Body:
    """Return a body of the named schema; `request` has its examples."""
    content = Content(schema=reference(schema), examples=request)
    return Body(content={JSON: content}, required=required)
