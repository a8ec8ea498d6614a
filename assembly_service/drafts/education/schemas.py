"""The schemas of bodies and answers, for the OpenAPI document."""

from collections.abc import Iterable

from assembly_service.drafts.education import codes, status
from assembly_service.drafts.education.errors import ERROR, error_schema
from assembly_service.drafts.education.execution import METRICS
from assembly_service.drafts.education.fields import (
    ACCOUNT_ID,
    EDUCATION_FIELDS,
    LIFETIME,
    OPTION_FIELDS,
)
from assembly_service.drafts.education.records import APPLIED_RULES, CODED, COLUMNS
from assembly_service.drafts.education.rules import FLAGS
from assembly_service.drafts.enumerations import enumeration_schema
from assembly_service.drafts.fields.field import Field
from assembly_service.http.schemas import (
    COUNT,
    FIELD_ERRORS,
    FLAG,
    MILLISECONDS,
    TEXT,
    TEXTS,
    UUID,
    Node,
    Schema,
    object_schema,
    reference,
    with_optional,
)

DAY: Schema = {"type": "string", "format": "date"}
RULES = ("V2", "V3a", "V3b", "V3c", "V4", "V5", "V6", "V7", "V8", "V9", "V10")
STATUS = "EducationStatus"
_ENUMERATIONS = sorted({*CODED.values()})
_OPTIONAL_IN_RECORDS = ("cotoRegistration", "notes")


def education_schemas() -> Node:
    """Return every schema by name."""
    return {
        **{name: enumeration_schema(name) for name in _ENUMERATIONS},
        STATUS: {"type": "string", "enum": [str(each) for each in status.SHOWN]},
        "EducationInput": _body(EDUCATION_FIELDS),
        "EducationStageInput": _stage_input(),
        "EducationUpdateInput": object_schema(educationData=_changes()),
        "EducationLinkInput": _body([ACCOUNT_ID]),
        "EducationNoInput": _body([]),
        "EducationProgress": object_schema(**dict.fromkeys(status.progress(_ANY), FLAG)),
        "EducationValidation": with_optional(
            object_schema(**dict.fromkeys(FLAGS, FLAG)),
            **_category("determinedCategory"),
            membershipExpiresDate=DAY,
        ),
        "EducationData": _data(),
        "EducationRecord": _record(),
        "EducationStaged": _staged(),
        "EducationChecked": _checked(),
        "EducationLinked": _linked(),
        "EducationCreated": _created(),
        "EducationExecuted": _executed(),
        "EducationSession": _session(),
        "EducationCancelled": with_optional(
            _result(sessionId=UUID, nextAction=_NEXT_ACTION),
            cancelled={"const": True},
        ),
        "EducationSessions": _result(
            sessions={
                "type": "array",
                "items": object_schema(
                    sessionId=UUID, status=reference(STATUS), expiresAt=MILLISECONDS
                ),
            }
        ),
        "EducationRecordAnswer": _result(educationRecord=reference("EducationRecord")),
        ERROR: error_schema(),
    }


_ANY = status.Status.STAGED
_NEXT_ACTION: Schema = {"enum": list(status.NEXT_ACTIONS)}
_METADATA = object_schema(operationId=TEXT, actor=TEXT, durationMs=COUNT)


def _result(**properties: Schema) -> Schema:
    return object_schema(success=FLAG, timestamp=MILLISECONDS, metadata=_METADATA, **properties)


def _about_session(**properties: Schema) -> Schema:
    return _result(
        sessionId=UUID,
        status=reference(STATUS),
        nextAction=_NEXT_ACTION,
        errors=TEXTS,
        fields=FIELD_ERRORS,
        warnings=TEXTS,
        **properties,
    )


def _category(name: str) -> dict[str, Schema]:
    return {name: reference(codes.CATEGORY), f"{name}Label": TEXT}


def _body(fields: Iterable[Field]) -> Schema:
    known = [*fields]
    schema: Schema = {
        "type": "object",
        "properties": {each.name: each.schema() for each in known},
        "additionalProperties": False,
    }
    required = [each.name for each in known if each.required]
    return {**schema, "required": required} if required else schema


def _stage_input() -> Schema:
    schema = _body([ACCOUNT_ID, LIFETIME])
    options = _body(OPTION_FIELDS)
    options["description"] = (
        "Early checks to skip, for Main only. The creation repeats all of them."
    )
    return {
        **schema,
        "properties": {
            "educationData": reference("EducationInput"),
            **schema["properties"],
            "stagingOptions": {"anyOf": [options, {"type": "null"}]},
        },
        "required": ["educationData"],
    }


def _changes() -> Schema:
    """Return the schema of changes, without required fields."""
    schema = _body(EDUCATION_FIELDS)
    return {name: part for name, part in schema.items() if name != "required"}


def _labelled(names: Iterable[str]) -> dict[str, Schema]:
    forms = {each.name: each.stored_schema() for each in EDUCATION_FIELDS}
    forms |= {name: reference(enumeration) for name, enumeration in CODED.items()}
    properties: dict[str, Schema] = {}
    for name in names:
        properties[name] = forms.get(name, TEXT)
        if name in CODED or name == "graduationYear":
            properties[f"{name}Label"] = TEXT
    return properties


def _data() -> Schema:
    names = [each.name for each in EDUCATION_FIELDS]
    required = _labelled(name for name in names if name not in _OPTIONAL_IN_RECORDS)
    return with_optional(object_schema(**required), **_labelled(_OPTIONAL_IN_RECORDS))


def _record() -> Schema:
    required = _labelled(name for name in COLUMNS if name not in _OPTIONAL_IN_RECORDS)
    required |= {
        "recordId": UUID,
        "educationId": {"type": "string", "pattern": r"^osot-oted-\d{7,}$"},
        "accountId": UUID,
        "createdAt": MILLISECONDS,
        "updatedAt": MILLISECONDS,
    }
    return with_optional(object_schema(**required), **_labelled(_OPTIONAL_IN_RECORDS))


def _staged() -> Schema:
    return _about_session(
        stagedAt=MILLISECONDS,
        expiresAt=MILLISECONDS,
        validation=reference("EducationValidation"),
        progress=reference("EducationProgress"),
    )


def _checked() -> Schema:
    schema = _about_session(
        isValid=FLAG,
        validatedAt=MILLISECONDS,
        validation=reference("EducationValidation"),
        ruleViolations={"type": "array", "items": {"enum": list(RULES)}},
    )
    following = {"enum": list(status.NEXT_STEPS)}
    category = _category("determinedCategory")
    return with_optional(schema, **category, categoryRationale=TEXT, nextStep=following)


def _linked() -> Schema:
    schema = _about_session(
        userBusinessIdConsistent=FLAG, accountAccessible=FLAG, privilegeSufficient=FLAG
    )
    return with_optional(schema, accountId=UUID, linkedAt=MILLISECONDS)


def _created() -> Schema:
    schema = _about_session(
        appliedRules={"type": "array", "items": {"enum": list(APPLIED_RULES)}},
        emittedEvents=TEXTS,
        sessionCleaned={"const": False, "description": "It happens seconds later."},
    )
    return with_optional(
        schema,
        educationRecord=reference("EducationRecord"),
        createdAt=MILLISECONDS,
        **_category("finalCategory"),
        replayed={"const": True, "description": "The result of another call."},
    )


def _executed() -> Schema:
    step = object_schema(
        step={"enum": [str(each) for each in METRICS]},
        success=FLAG,
        timestamp=MILLISECONDS,
        duration=COUNT,
    )
    metrics = object_schema(totalTime=COUNT)
    schema = _about_session(
        finalStatus=reference(STATUS),
        completedAt=MILLISECONDS,
        durationMs=COUNT,
        finalProgress=reference("EducationProgress"),
        finalValidation=reference("EducationValidation"),
        stepResults={"type": "array", "items": with_optional(step, errors=TEXTS)},
        performanceMetrics=with_optional(metrics, **dict.fromkeys(METRICS.values(), COUNT)),
    )
    replayed = {"const": True}
    return with_optional(schema, educationRecord=reference("EducationRecord"), replayed=replayed)


def _session() -> Schema:
    staging = object_schema(
        stagingOptions=_body(OPTION_FIELDS), userAgent=TEXT, stagedAt=MILLISECONDS
    )
    schema = _about_session(
        userBusinessId=TEXT,
        userId=TEXT,
        createdAt=MILLISECONDS,
        updatedAt=MILLISECONDS,
        expiresAt=MILLISECONDS,
        progress=reference("EducationProgress"),
        validation=reference("EducationValidation"),
        data=reference("EducationData"),
        found={"const": True},
        active=FLAG,
        timeRemaining={**COUNT, "description": "Seconds."},
        completionPercentage={"type": "integer", "minimum": 0, "maximum": 100},
        availableActions={
            "type": "array",
            "items": {"enum": [*status.NEXT_ACTIONS, status.CANCEL_ACTION]},
        },
        recommendedAction=_NEXT_ACTION,
    )
    schema["properties"]["metadata"] = object_schema(
        **_METADATA["properties"], **staging["properties"]
    )
    return with_optional(schema, accountId=UUID, categoryRationale=TEXT)
