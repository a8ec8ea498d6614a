"""Examples of requests and answers, for the OpenAPI document."""

from collections.abc import Mapping
from typing import Any

from assembly_service.drafts.project.refusals import ErrorCode, ProjectRefusal, invalid

NOW = 1_774_947_600_000
_SESSION_ID = "0b8f5a0e-3c1d-4a52-9a3e-6f1f0c7d2e11"
_PROJECT_ID = "019d4332-9c80-7b2e-8f10-1d2c3b4a5968"
_MADE_AT, _SAVED_AT = "2026-03-31T09:00:00.000Z", "2026-03-31T09:04:12.000Z"
_ENDS_AT = "2026-04-01T09:00:00.000Z"
_DATA = {
    "projectName": "Harbour Tower",
    "buildingType": "office",
    "squareFootage": 12500.5,
    "numberOfFloors": 12,
    "clientName": "O'Brien & Sons",
}
_INVALID = {"step1": False, "step2": True, "step3": True, "step4": False}
_ALL_VALID = dict.fromkeys(_INVALID, True)
_NAME_MISSING = "Project name is required"

CREATED = {
    "sessionId": _SESSION_ID,
    "createdAt": _MADE_AT,
    "expiresAt": _ENDS_AT,
    "version": 1,
}
SESSION = {
    "sessionId": _SESSION_ID,
    "projectData": _DATA,
    "currentStep": 2,
    "completedSteps": [1],
    "validationStatus": _ALL_VALID,
    "createdAt": _MADE_AT,
    "lastActivity": _SAVED_AT,
    "expiresAt": _ENDS_AT,
    "version": 6,
    "metadata": {"userAgent": "Mozilla/5.0", "deviceInfo": "macOS"},
}
SAVED = {
    "success": True,
    "updatedAt": _SAVED_AT,
    "expiresAt": _ENDS_AT,
    "version": 6,
    "validationStatus": _ALL_VALID,
}
DELETED = {"success": True, "deletedAt": _SAVED_AT}
VALID = {
    "valid": True,
    "errors": [],
    "fields": {},
    "warnings": [],
    "validationStatus": _ALL_VALID,
}
WRONG = {
    "valid": False,
    "errors": [_NAME_MISSING],
    "fields": {"projectName": _NAME_MISSING},
    "warnings": ["Consider adding a project description for better documentation"],
    "validationStatus": _INVALID,
    "code": "VALIDATION_FAILED",
}
PROJECT = {
    **_DATA,
    "id": _PROJECT_ID,
    "building": {"type": "office", "size": 12500.5, "floors": 12, "zones": 1},
    "status": "draft",
    "sourceSessionId": _SESSION_ID,
    "createdAt": _SAVED_AT,
    "updatedAt": _SAVED_AT,
}
MADE = {"success": True, "project": PROJECT, "message": "Project created successfully"}
LIST = {
    "projects": [PROJECT],
    "pagination": {"hasMore": False, "lastEvaluatedKey": None, "count": 1},
}
HEALTHY = {
    "status": "healthy",
    "store": "connected",
    "redis": "not used",
    "uptime": 73.2,
    "timestamp": _SAVED_AT,
}
UNHEALTHY = {
    **HEALTHY,
    "status": "unhealthy",
    "store": "disconnected",
    "error": "The store does not answer (TimeoutError)",
}

INCOMPLETE = ProjectRefusal(
    ErrorCode.VALIDATION_FAILED,
    "Please complete all steps before creating the project",
    details={"missingSteps": [1], "errors": {"projectName": _NAME_MISSING}},
)
MISSING = ProjectRefusal(
    ErrorCode.VALIDATION_FAILED, "Missing required fields: Building Type, Square Footage"
)
UNFIT_LIMIT = invalid({"limit": "limit must be a whole number from 1 to 50."})

REQUESTS: Mapping[str, Mapping[str, Any]] = {
    "createProjectSession": {"empty": {}, "prefilled": {"projectData": _DATA}},
    "saveProjectSession": {
        "oneField": {"sessionId": _SESSION_ID, "projectData": {"projectName": "Harbour Tower"}},
    },
    "updateProjectSession": {
        "oneField": {"projectData": {"projectName": "Harbour Tower"}},
        "nextStep": {"projectData": _DATA, "currentStep": 2, "completedSteps": [1]},
        "unlessChanged": {"projectData": {"budget": None}, "expectedVersion": 6},
    },
    "validateProjectSession": {
        "stored": {"step": 1},
        "beforeSaving": {"step": 1, "data": {"projectName": ""}},
    },
    "createProject": {"ofSession": {"sessionId": _SESSION_ID}, "ofData": _DATA},
}
