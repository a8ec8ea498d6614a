"""The JSON answers of the calls."""

from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import ETag, web

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.drafts.engine.commit import Committed
from assembly_service.drafts.engine.draft import Draft
from assembly_service.drafts.project.commit import project_of_result
from assembly_service.drafts.project.fields import shown
from assembly_service.drafts.project.projects import ProjectPage
from assembly_service.drafts.project.refusals import HEADERS, ErrorCode
from assembly_service.drafts.project.rules import CLIENT, DATA, WIZARD, parts_of
from assembly_service.drafts.project.validation import Verdict


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
    mistakes = verdict.of_step(step)
    return {
        "valid": not mistakes,
        "errors": list(mistakes.values()),
        "fields": mistakes,
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


def project(created: Mapping[str, Value]) -> dict[str, Value]:
    """A new project."""
    return {"success": True, "project": created, "message": "Project created successfully"}


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
