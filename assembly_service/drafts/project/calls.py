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
from assembly_service.drafts.project.refusals import Code, ProjectRefusal

_SAVED = success("It is saved.", "SavedSession", {"saved": examples.SAVED}, headers=VERSIONED)
_MADE = (
    success(
        "The project is made.",
        "CreatedProject",
        {"made": examples.MADE},
        status=HTTPStatus.CREATED,
    ),
    success(
        "Another call of the same session had made it.",
        "CreatedProject",
        {"replayed": {**examples.MADE, "replayed": True}},
    ),
)
_SAVE_TEXT = (
    "Keys of `projectData` are merged one by one: those that are sent replace the stored ones, null"
    " removes one, all others stay, also those that another call saves at the same time. A save"
    " leaves the session at least an hour more, up to two days from its creation."
)

HEALTH = declared(
    "GET",
    "/health",
    "getProjectSessionHealth",
    "session-health",
    "Whether sessions can be stored",
    answers=(
        success("It answers.", "StoreHealth", {"healthy": examples.HEALTHY}),
        success(
            "It does not answer within two seconds.",
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
    "A new session",
    description="It lives for a day, and longer while somebody works on it. Its id is what opens"
    " it, so keep it secret; with a token the session is its user's alone.",
    body="NewSession",
    answers=[
        success(
            "The session is made.",
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
    "Save what changed in the session that the body names",
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
    "Save what changed",
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
    "A session, to go on with it",
    description="Reading leaves its end where it is.",
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
    answers=[success("It is gone.", "DeletedSession", {"deleted": examples.DELETED})],
    errors={**SESSION_ERRORS, **BUSY, **LIMITED},
)
VALIDATE = declared(
    "POST",
    "/{sessionId}/validate",
    "validateProjectSession",
    "validate-session",
    "What is wrong with a step",
    description="Checks what is stored, with `data` over it. Stores nothing.",
    parameters=(SESSION_ID,),
    body="StepToValidate",
    answers=[
        success("Nothing is wrong.", "StepValidation", {"valid": examples.VALID}),
        success(
            "Something is wrong, with the step or with the call.",
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
    "Make the project, or nothing",
    description="Steps 1 to 3 have to be completed and complete. A second call waits for the first"
    " one's result, up to 20 seconds, and answers it. For 5 seconds after the first answer the call"
    " says the same again with `replayed`; then the session is gone. After a failure nothing was"
    " written, and the session can be changed and committed again.",
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
    "Make a project, of a session or of the data in the body",
    description="With `sessionId` as the commit call, and all else in the body is ignored. Without"
    " it each call makes another project.",
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
    "Projects, newest first",
    description="Those that were made without a token, and those of the caller.",
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
    "One project",
    tag=PROJECTS_TAG,
    parameters=(PROJECT_ID,),
    answers=[success("The project.", "Project", {"project": examples.PROJECT})],
    errors={"noSuchProject": ProjectRefusal(Code.PROJECT_NOT_FOUND)},
)
PROJECT_CALLS = (CREATE_PROJECT, LIST_PROJECTS, READ_PROJECT)
