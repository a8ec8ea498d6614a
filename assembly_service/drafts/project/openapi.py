"""The OpenAPI part of sessions and projects."""

from collections.abc import Sequence
from dataclasses import replace

from assembly_service.drafts.engine.declarations import NEEDS_TOKEN, SECURITY_SCHEMES
from assembly_service.drafts.project.calls import HEALTH, PROJECT_CALLS, SESSION_CALLS
from assembly_service.drafts.project.declarations import PROJECTS_TAG, SESSIONS_TAG
from assembly_service.drafts.project.schemas import session_schemas
from assembly_service.http.calls import Call, paths
from assembly_service.http.document import DocumentPart

SESSION_PREFIXES = ("/api/project-session", "/api/sessions")
PROJECTS = "/api/projects"

_SESSIONS = """A four-step form is saved while it is filled in, so that a reload or a crash loses
nothing. Once all steps are complete, it becomes a project:

1. create a session and keep its id
2. save changes about a second after the last keystroke
3. load the session again when the page loads
4. commit it

Both paths serve the same sessions."""


def project_sessions_document(
    building_types: Sequence[str], *, require_auth: bool = False
) -> DocumentPart:
    """Return the OpenAPI part for these building types. `require_auth`: calls need a token."""
    first, second = SESSION_PREFIXES

    def stated(calls: Sequence[Call]) -> Sequence[Call]:
        if not require_auth:
            return calls
        return [call if call is HEALTH else replace(call, security=NEEDS_TOKEN) for call in calls]

    sessions = stated(SESSION_CALLS)
    return DocumentPart(
        tags=[
            {"name": SESSIONS_TAG, "description": _SESSIONS},
            {"name": PROJECTS_TAG, "description": "What sessions become."},
        ],
        paths={
            **paths(sessions, prefix=first),
            **paths(sessions, prefix=second, name_suffix="Alias"),
            **paths(stated(PROJECT_CALLS), prefix=PROJECTS),
        },
        schemas=session_schemas(building_types),
        security_schemes=SECURITY_SCHEMES,
    )
