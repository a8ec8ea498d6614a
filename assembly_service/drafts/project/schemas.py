"""The schemas of sessions and projects, for the OpenAPI document."""

from collections.abc import Sequence

from assembly_service.drafts.project.fields import (
    FIELDS,
    LONGEST_TEXT,
    MOST_ANALYSIS_BYTES,
    MOST_DATA_BYTES,
    JsonType,
    ProjectField,
)
from assembly_service.drafts.project.form_rules import TITLES, WHEN_COMMITTED
from assembly_service.drafts.project.projects import STATUSES
from assembly_service.drafts.project.refusals import ErrorCode
from assembly_service.http.schemas import (
    COUNT,
    FIELD_ERRORS,
    FLAG,
    MILLISECONDS,
    TEXT,
    TEXTS,
    UUID,
    Schema,
    object_schema,
    reference,
    with_optional,
)

_STEP: Schema = {"type": "integer", "minimum": 1, "maximum": 4}
_STEPS: Schema = {"type": "array", "items": _STEP}
_VERSION: Schema = {"type": "integer", "minimum": 1}
_TYPES: dict[JsonType, Schema] = {
    JsonType.TEXT: {"type": "string", "maxLength": LONGEST_TEXT},
    JsonType.NUMBER: {"type": "number"},
    JsonType.FLAG: FLAG,
    JsonType.LIST: {"type": "array"},
    JsonType.OBJECT: {"type": "object"},
}
_NOTES = {
    "projectName": "Required for a commit: 1 to 100 characters.",
    "projectDescription": "At most 500 characters.",
    "squareFootage": "Required for a commit: above 0 and below 1000000.",
    "numberOfFloors": "A whole number from 1 to 99; 1 if absent.",
    "numberOfZones": "A whole number from 1 to 49; 1 if absent.",
    "clientName": "At most 100 characters.",
    "clientEmail": "Empty, or an e-mail address.",
    "clientPhone": "Empty, or 7 to 20 digits, spaces, dots, hyphens and brackets.",
    "projectLocation": "At most 200 characters.",
    "estimatedStartDate": "Empty, or a date (2026-03-31) of today or later, in UTC.",
    "estimatedEndDate": "Empty, or a date after the start date.",
    "budget": "Not negative.",
    "priority": "low, medium or high; medium if absent.",
    "uploadedFiles": "What the browser knows of each file: `name`, `size` in bytes, `type`, `url`,"
    " `status` (uploading, success, error).",
    "aiSourcing": "true if absent.",
    "connectors": "Objects with a `type`.",
    "aiAnalysis": f"Stored unchanged, at most {MOST_ANALYSIS_BYTES // 1024} KB.",
}


def session_schemas(building_types: Sequence[str]) -> dict[str, Schema]:
    """Return every schema by name, for the building types that the operator allows."""
    sent = {
        "projectData": reference("ProjectDataChanges"),
        "currentStep": _STEP,
        "completedSteps": {**_STEPS, "description": "Repetitions are dropped."},
    }
    return {
        "BuildingType": {"type": "string", "enum": list(building_types)},
        "ProjectData": {**_data(changes=False), "x-when-committed": WHEN_COMMITTED},
        "ProjectDataChanges": _data(changes=True),
        "NewSession": {"type": "object", "properties": sent},
        "SessionChanges": {
            "type": "object",
            "properties": {
                "sessionId": UUID,
                **sent,
                "expectedVersion": {
                    **_VERSION,
                    "description": "Save only if nothing was saved since this version.",
                },
            },
        },
        "StepToValidate": {
            "type": "object",
            "properties": {"step": _STEP, "data": reference("ProjectDataChanges")},
            "required": ["step"],
        },
        **_session_answers(),
        **_project_schemas(),
        "SessionError": _error(),
    }


def _session_answers() -> dict[str, Schema]:
    return {
        "CreatedSession": object_schema(
            sessionId=UUID, createdAt=MILLISECONDS, expiresAt=MILLISECONDS, version=_VERSION
        ),
        "Session": _session(),
        "SavedSession": object_schema(
            success={"const": True},
            updatedAt=MILLISECONDS,
            expiresAt=MILLISECONDS,
            version=_VERSION,
            validationStatus=reference("ValidationStatus"),
        ),
        "DeletedSession": object_schema(success={"const": True}, deletedAt=MILLISECONDS),
        "ValidationStatus": object_schema(step1=FLAG, step2=FLAG, step3=FLAG, step4=FLAG),
        "StepValidation": _validation(),
        "StoreHealth": _health(),
    }


def _data(*, changes: bool) -> Schema:
    return {
        "type": "object",
        "properties": {
            name: _field(name, field, changes=changes) for name, field in FIELDS.items()
        },
        "description": f"At most {MOST_DATA_BYTES // 1024} KB as compact JSON."
        " A draft may be wrong: saving checks only types and sizes."
        + (" A field that is null is removed." if changes else ""),
    }


def _field(name: str, field: ProjectField, *, changes: bool) -> Schema:
    schema: Schema = dict(_TYPES[field.type])
    if field.most_entries is not None:
        schema["maxItems"] = field.most_entries
    if name == "buildingType":
        # A draft may hold any text, a project only one of these.
        schema = {"anyOf": [reference("BuildingType"), schema]}
    if changes:
        schema = {"anyOf": [schema, {"type": "null"}]}
    schema["title"] = TITLES[name]
    return {**schema, "description": _NOTES[name]} if name in _NOTES else schema


def _session() -> Schema:
    schema = object_schema(
        sessionId=UUID,
        projectData=reference("ProjectData"),
        currentStep=_STEP,
        completedSteps=_STEPS,
        validationStatus=reference("ValidationStatus"),
        createdAt=MILLISECONDS,
        lastActivity=MILLISECONDS,
        expiresAt=MILLISECONDS,
        version=_VERSION,
        metadata=object_schema(userAgent=TEXT, deviceInfo=TEXT),
    )
    return with_optional(
        schema,
        committing={"const": True, "description": "A commit holds the session."},
        projectId={**UUID, "description": "The project that the session became."},
    )


def _validation() -> Schema:
    validation_status = reference("ValidationStatus")
    return with_optional(
        object_schema(
            valid=FLAG,
            errors=TEXTS,
            fields=FIELD_ERRORS,
            warnings=TEXTS,
            validationStatus=validation_status,
        ),
        code={"const": ErrorCode.VALIDATION_FAILED.name},
    )


def _health() -> Schema:
    schema = object_schema(
        status={"type": "string", "enum": ["healthy", "unhealthy"]},
        store={"type": "string", "enum": ["connected", "disconnected"]},
        redis={"const": "not used"},
        uptime={"type": "number", "description": "Seconds."},
        timestamp=MILLISECONDS,
    )
    return with_optional(schema, error=TEXT)


def _project_schemas() -> dict[str, Schema]:
    building = object_schema(
        type=reference("BuildingType"),
        size={"type": "number"},
        floors={"type": "integer"},
        zones={"type": "integer"},
    )
    project = object_schema(
        id=UUID,
        building=building,
        clientName=TEXT,
        status={"type": "string", "enum": list(STATUSES)},
        sourceSessionId={"anyOf": [UUID, {"type": "null"}]},
        createdAt=MILLISECONDS,
        updatedAt=MILLISECONDS,
    )
    project["properties"] = {**_data(changes=False)["properties"], **project["properties"]}
    created = with_optional(
        object_schema(success={"const": True}, project=reference("Project"), message=TEXT),
        replayed={"const": True, "description": "Another call created the project."},
    )
    pagination = object_schema(
        hasMore=FLAG, lastEvaluatedKey={"anyOf": [UUID, {"type": "null"}]}, count=COUNT
    )
    return {
        "Project": project,
        "CreatedProject": created,
        "ProjectList": object_schema(
            projects={"type": "array", "items": reference("Project")}, pagination=pagination
        ),
        "ProjectInput": {
            **_data(changes=True),
            "properties": {
                **_data(changes=True)["properties"],
                "sessionId": {
                    **UUID,
                    "description": "The session to commit; the rest is ignored.",
                },
            },
        },
    }


def _error() -> Schema:
    schema = object_schema(
        error=TEXT,
        code={"type": "string", "enum": [code.name for code in ErrorCode]},
        timestamp=MILLISECONDS,
    )
    details: Schema = {
        "type": "object",
        "description": "`errors`: a sentence per field. `missingSteps`: the steps to complete."
        " `version`: the current version of the session.",
    }
    return with_optional(schema, details=details)
