"""What the OpenAPI document says of sessions and projects."""

from collections.abc import Sequence

from assembly_service.drafts.engine.declarations import SECURITY_SCHEMES
from assembly_service.drafts.project.calls import PROJECT_CALLS, SESSION_CALLS
from assembly_service.drafts.project.declarations import PROJECTS_TAG, SESSIONS_TAG
from assembly_service.drafts.project.schemas import session_schemas
from assembly_service.http.calls import paths
from assembly_service.http.document import DocumentPart

SESSION_PREFIXES = ("/api/project-session", "/api/sessions")
PROJECTS = "/api/projects"

_SESSIONS = """A form of four steps is saved while it is filled, so that nothing is lost by a reload
or a crash, and becomes a project when all steps are complete:

1. create a session, and keep its id
2. save what changed about a second after the last keystroke
3. load the session again when the page is loaded again
4. commit it

Both paths lead to the same sessions."""


def project_sessions_document(building_types: Sequence[str]) -> DocumentPart:
    """The part of the document, for an instance that serves the calls."""
    first, second = SESSION_PREFIXES
    return DocumentPart(
        tags=[
            {"name": SESSIONS_TAG, "description": _SESSIONS},
            {"name": PROJECTS_TAG, "description": "What sessions became."},
        ],
        paths={
            **paths(SESSION_CALLS, prefix=first),
            **paths(SESSION_CALLS, prefix=second, name_suffix="Alias"),
            **paths(PROJECT_CALLS, prefix=PROJECTS),
        },
        schemas=session_schemas(building_types),
        security_schemes=SECURITY_SCHEMES,
    )
