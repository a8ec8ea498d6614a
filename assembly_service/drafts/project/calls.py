"""The calls of sessions and projects, declared."""

from http import HTTPStatus

from assembly_service.drafts.project import examples
from assembly_service.drafts.project.declarations import (
    BUSY,
    CONFLICT,
    IF_MATCH,
    INCOMPLETE,
    LAST_KEY,
    LIMIT,
    LIMITED,
    PROJECT_ID,
    PROJECTS_TAG,
    SESSION_ERRORS,
    SESSION_ID,
    UNFIT,
    VERSIONED,
    declared,
    success,
)
from assembly_service.drafts.project.refusals import ErrorCode, ProjectRefusal

_SAVED = success("It is saved.", "SavedSession", {"saved": examples.SAVED}, headers=VERSIONED)
_MADE = (
    success(
        "The project was created.",
        "CreatedProject",
        {"made": examples.MADE},
        status=HTTPStatus.CREATED,
    ),
    success(
        "Another call had already created it.",
        "CreatedProject",
        {"replayed": {**examples.MADE, "replayed": True}},
    ),
)
_SAVE_TEXT = (
    "Merges `projectData` key by key: keys that are sent replace stored ones, null removes one, and"
    " all others stay, even if another call saves them at the same time. A save extends the session"
    " to at least an hour from now, up to two days after its creation."
)

HEALTH = declared(
    "GET",
    "/health",
    "getProjectSessionHealth",
    "session-health",
    "Check the session store",
    answers=(
        success("The store answers.", "StoreHealth", {"healthy": examples.HEALTHY}),
        success(
            "The store does not answer within two seconds.",
            "StoreHealth",
            {"unhealthy": examples.UNHEALTHY},
            status=HTTPStatus.SERVICE_UNAVAILABLE,
        ),
    ),
    errors={},
)
CREATE = declared(
    "POST",
    "",
    "createProjectSession",
    "create-session",
    "Create a session",
    description="It lives for a day, and longer while somebody works on it. Its id is a"
    " credential: keep it secret. With a token, only its user can open the session.",
    body="NewSession",
    answers=[
        success(
            "The session was created.",
            "CreatedSession",
            {"created": examples.CREATED},
            status=HTTPStatus.CREATED,
            headers=VERSIONED,
        )
    ],
    errors={**UNFIT, **LIMITED},
)
SAVE = declared(
    "PUT",
    "",
    "saveProjectSession",
    "save-session",
    "Save changes to the session that the body names",
    description=_SAVE_TEXT,
    parameters=(IF_MATCH,),
    body="SessionChanges",
    answers=[_SAVED],
    errors={**SESSION_ERRORS, **UNFIT, **BUSY, **CONFLICT, **LIMITED},
)
UPDATE = declared(
    "PUT",
    "/{sessionId}",
    "updateProjectSession",
    "update-session",
    "Save changes",
    description=_SAVE_TEXT,
    parameters=(SESSION_ID, IF_MATCH),
    body="SessionChanges",
    answers=[_SAVED],
    errors={**SESSION_ERRORS, **UNFIT, **BUSY, **CONFLICT, **LIMITED},
)
READ = declared(
    "GET",
    "/{sessionId}",
    "getProjectSession",
    "get-session",
    "Read a session, to resume it",
    description="Reading does not extend it.",
    parameters=(SESSION_ID,),
    answers=[success("The session.", "Session", {"session": examples.SESSION}, headers=VERSIONED)],
    errors={**SESSION_ERRORS, **LIMITED},
)
DELETE = declared(
    "DELETE",
    "/{sessionId}",
    "deleteProjectSession",
    "delete-session",
    "Delete a session",
    parameters=(SESSION_ID,),
    answers=[success("The session was deleted.", "DeletedSession", {"deleted": examples.DELETED})],
    errors={**SESSION_ERRORS, **BUSY, **LIMITED},
)
VALIDATE = declared(
    "POST",
    "/{sessionId}/validate",
    "validateProjectSession",
    "validate-session",
    "Validate a step",
    description="Checks the stored data overlaid with `data`. Stores nothing.",
    parameters=(SESSION_ID,),
    body="StepToValidate",
    answers=[
        success("The step is valid.", "StepValidation", {"valid": examples.VALID}),
        success(
            "The step or the call is invalid.",
            "StepValidation",
            {"wrong": examples.WRONG},
            status=HTTPStatus.BAD_REQUEST,
        ),
    ],
    errors={**SESSION_ERRORS, **UNFIT, **LIMITED},
)
COMMIT = declared(
    "POST",
    "/{sessionId}/commit",
    "commitProjectSession",
    "commit-session",
    "Create the project",
    description="Steps 1 to 3 have to be completed and valid. A second call waits up to 20 seconds"
    " for the result of the first and returns it. For 5 seconds after the first answer, calls"
    " return the same result with `replayed`; then the session is deleted. After a failure nothing"
    " was written, and the session can be changed and committed again.",
    parameters=(SESSION_ID,),
    answers=_MADE,
    errors={**SESSION_ERRORS, **INCOMPLETE, **BUSY, **LIMITED},
)
SESSION_CALLS = (HEALTH, CREATE, SAVE, READ, UPDATE, DELETE, VALIDATE, COMMIT)

CREATE_PROJECT = declared(
    "POST",
    "",
    "createProject",
    "create-project",
    "Create a project from a session or from the data in the body",
    description="With `sessionId` it works like the commit call and ignores the rest of the body."
    " Without it, each call creates another project.",
    tag=PROJECTS_TAG,
    body="ProjectInput",
    answers=_MADE,
    errors={
        **SESSION_ERRORS,
        **UNFIT,
        **INCOMPLETE,
        **BUSY,
        **LIMITED,
        "missing": examples.MISSING,
    },
)
LIST_PROJECTS = declared(
    "GET",
    "",
    "listProjects",
    "list-projects",
    "List projects, newest first",
    description="Projects created without a token, and those of the caller.",
    tag=PROJECTS_TAG,
    parameters=(LIMIT, LAST_KEY),
    answers=[success("A page.", "ProjectList", {"page": examples.LIST})],
    errors={"unfit": examples.UNFIT_LIMIT},
)
READ_PROJECT = declared(
    "GET",
    "/{id}",
    "getProject",
    "get-project",
    "Read a project",
    tag=PROJECTS_TAG,
    parameters=(PROJECT_ID,),
    answers=[success("The project.", "Project", {"project": examples.PROJECT})],
    errors={"noSuchProject": ProjectRefusal(ErrorCode.PROJECT_NOT_FOUND)},
)
PROJECT_CALLS = (CREATE_PROJECT, LIST_PROJECTS, READ_PROJECT)
