"""The JSON answers of the calls."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

from aiohttp import ETag, web

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.drafts.engine.commit import Committed
from assembly_service.drafts.engine.draft import Draft
from assembly_service.drafts.engine.refusals import Refusal
from assembly_service.drafts.project.commit import project_of_result
from assembly_service.drafts.project.fields import shown
from assembly_service.drafts.project.projects import ProjectPage
from assembly_service.drafts.project.refusals import ErrorCode, ProjectRefusal
from assembly_service.drafts.project.rules import CLIENT, DATA, WIZARD, parts_of
from assembly_service.drafts.project.validation import Verdict

AnswerRefusal = Callable[[web.Request, Refusal], web.Response]

HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}
"""The headers of every answer."""


def respond(
    value: Value, *, status: HTTPStatus = HTTPStatus.OK, version: int | None = None
) -> web.Response:
    """Answer with JSON; `version` becomes the ETag, for `If-Match`."""
    response = web.Response(
        status=status.value,
        body=exact_json.dumps(value),
        content_type="application/json",
        headers=HEADERS,
    )
    if version is not None:
        response.etag = ETag(value=str(version))
    return response


def created(draft: Draft) -> dict[str, Value]:
    """A new session."""
    return {
        "sessionId": draft.id,
        "createdAt": format_milliseconds(draft.created_at),
        "expiresAt": format_milliseconds(draft.expires_at),
        "version": draft.version,
    }


def session(draft: Draft, verdict: Verdict, now: int) -> dict[str, Value]:
    """A session with everything but the client's address."""
    parts = parts_of(draft)
    client = {name: value for name, value in parts[CLIENT].items() if name != "ipAddress"}
    return {
        "sessionId": draft.id,
        "projectData": shown(parts[DATA]),
        "currentStep": parts[WIZARD]["currentStep"],
        "completedSteps": parts[WIZARD]["completedSteps"],
        "validationStatus": verdict.status,
        "createdAt": format_milliseconds(draft.created_at),
        "lastActivity": format_milliseconds(draft.updated_at),
        "expiresAt": format_milliseconds(draft.expires_at),
        "version": draft.version,
        "metadata": client,
        **({"committing": True} if draft.is_held(now) else {}),
        **({"projectId": draft.result["projectId"]} if draft.result else {}),
    }


def updated(draft: Draft, verdict: Verdict) -> dict[str, Value]:
    """A saved session."""
    return {
        "success": True,
        "updatedAt": format_milliseconds(draft.updated_at),
        "expiresAt": format_milliseconds(draft.expires_at),
        "version": draft.version,
        "validationStatus": verdict.status,
    }


def deleted(now: int) -> dict[str, Value]:
    """A deleted session."""
    return {"success": True, "deletedAt": format_milliseconds(now)}


def validated(verdict: Verdict, step: int) -> dict[str, Value]:
    """The mistakes of a step."""
    mistakes = list(verdict.of_step(step).values())
    return {
        "valid": not mistakes,
        "errors": mistakes,
        "warnings": verdict.warnings_of(step),
        "validationStatus": verdict.status,
        **({"code": ErrorCode.VALIDATION_FAILED.name} if mistakes else {}),
    }


def committed(outcome: Committed) -> dict[str, Value]:
    """The project of a committed session."""
    return {
        **project(project_of_result(outcome.result)),
        **({"replayed": True} if outcome.replayed else {}),
    }


def project(made: Mapping[str, Value]) -> dict[str, Value]:
    """A new project."""
    return {"success": True, "project": made, "message": "Project created successfully"}


def listing(page: ProjectPage) -> dict[str, Value]:
    """A page of projects."""
    return {
        "projects": list(page.projects),
        "pagination": {
            "hasMore": page.last is not None,
            "lastEvaluatedKey": page.last,
            "count": len(page.projects),
        },
    }


_STORAGE_ERRORS = {
    "create-session": "Failed to create session",
    "get-session": "Failed to get session",
    "save-session": "Failed to update session",
    "update-session": "Failed to update session",
    "delete-session": "Failed to delete session",
    "validate-session": "Failed to validate session",
    "commit-session": "Failed to create project",
    "create-project": "Failed to create project",
    "list-projects": "Failed to get projects",
    "get-project": "Failed to get project",
}
"""The `error` of a call whose store failed, by route name."""


def refusal_body(refused: Refusal, now: int, *, step: str | None = None) -> dict[str, Value]:
    """Return the body of an error; `step` is the route name."""
    refusal = _of_this_system(refused)
    text = refusal.message or refusal.code.text
    if refusal.code is ErrorCode.STORAGE_ERROR and refusal.message is None:
        text = _STORAGE_ERRORS.get(step or "", text)
    return {
        "error": text,
        "code": refusal.code.name,
        **({} if refusal.details is None else {"details": dict(refusal.details)}),
        "timestamp": format_milliseconds(now),
    }


def refusal(refused: Refusal, now: int, *, step: str | None) -> web.Response:
    """Answer a refused call."""
    response = respond(refusal_body(refused, now, step=step), status=refused.status)
    response.headers.update(_of_this_system(refused).headers)
    return response


def _of_this_system(refused: Refusal) -> ProjectRefusal:
    if not isinstance(refused, ProjectRefusal):
        raise TypeError("a refusal of another system")
    return refused
