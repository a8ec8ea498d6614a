"""The calls of education registration, declared."""

from http import HTTPStatus

from pydantic import TypeAdapter

from assembly_service.drafts.education import examples, refusals
from assembly_service.drafts.education.call_forms import TAG, call, json_body
from assembly_service.drafts.education.creation import rule_broken
from assembly_service.drafts.education.refusals import WrongStep
from assembly_service.drafts.education.schemas import education_schemas
from assembly_service.drafts.education.status import Status, Step
from assembly_service.drafts.engine.declarations import SECURITY_SCHEMES
from assembly_service.drafts.engine.refusals import Refusal
from assembly_service.http.answers import json_answer
from assembly_service.http.calls import paths
from assembly_service.http.document import DocumentPart
from assembly_service.http.parameters import Parameter

PREFIX = "/ot-education/orchestrator"
COMMIT_STEP = "create-education"
_DESCRIPTION = """An education in occupational therapy is registered step by step: staged, checked
against all rules, categorised, linked to an account, and created as one permanent record. A session
lives for a day, or as long as `ttlSeconds` says; nothing extends it. A step out of order is refused
with 409. Changing the data resets the session to its first step. Every code has a label beside it,
and 0 is a valid code."""
_RECORD_ID: Parameter[str] = Parameter(
    name="recordId", place="path", form=TypeAdapter(str), hints={"format": "uuid"}
)
_MEMBER: Parameter[str] = Parameter(
    name="userBusinessId",
    place="query",
    form=TypeAdapter(str),
    description="A member. Required.",
)
_BEING_CREATED = {"beingCreated": refusals.being_created(Status.ACCOUNT_LINKED)}


def _wrong(step: Step, status: Status) -> dict[str, Refusal]:
    return {"wrongStep": WrongStep(status, step=step)}


_NOTHING = json_body("EducationNoInput", {}, required=False)
STAGE = call(
    "POST",
    "/stage",
    "stageEducation",
    "stage-education",
    "Stage an education",
    json_answer(
        HTTPStatus.CREATED,
        "The session: `staged`, or `pending` with what is wrong.",
        "EducationStaged",
        examples={"staged": examples.STAGED, "pending": examples.PENDING},
    ),
    refused={
        "invalid": refusals.invalid(
            ["Missing required fields: country"], {"country": "country is required"}
        )
    },
    body=json_body("EducationStageInput", examples.STAGE_REQUESTS),
    parameters=(),
)
VALIDATE = call(
    "POST",
    "/validate/{sessionId}",
    "validateEducation",
    "validate-education",
    "Check all rules, including uniqueness",
    json_answer(
        HTTPStatus.OK,
        "The result of the check. If `isValid` is false, the status stays as it was.",
        "EducationChecked",
        examples={"valid": examples.VALIDATED, "taken": examples.NOT_VALID},
    ),
    refused=_wrong(Step.VALIDATE, Status.ACCOUNT_LINKED),
    body=_NOTHING,
)
DETERMINE = call(
    "POST",
    "/determine-category/{sessionId}",
    "determineEducationCategory",
    "determine-category-education",
    "Determine the category",
    json_answer(
        HTTPStatus.OK,
        "The category as of today in Toronto. The record gets the one of the day it is created.",
        "EducationChecked",
        examples={"determined": examples.DETERMINED},
    ),
    refused=_wrong(Step.DETERMINE, Status.STAGED),
    body=_NOTHING,
)
LINK = call(
    "POST",
    "/link-account/{sessionId}",
    "linkEducationAccount",
    "link-account-education",
    "Link an account",
    json_answer(
        HTTPStatus.OK,
        "Whether it was linked. If `success` is false, nothing changed.",
        "EducationLinked",
        examples={"linked": examples.LINKED, "refused": examples.NOT_LINKED},
    ),
    refused=_wrong(Step.LINK, Status.VALIDATED),
    body=json_body("EducationLinkInput", examples.LINK_REQUESTS, required=False),
)
CREATE = call(
    "POST",
    "/create/{sessionId}",
    "createEducation",
    COMMIT_STEP,
    "Create the record",
    json_answer(
        HTTPStatus.CREATED,
        "The record exists.",
        "EducationCreated",
        examples={"created": examples.CREATED},
    ),
    json_answer(
        HTTPStatus.OK,
        "The result of another call; or the creation gave up, and nothing was written.",
        "EducationCreated",
        examples={"replayed": examples.REPLAYED, "gaveUp": examples.GAVE_UP},
    ),
    refused={
        **_wrong(Step.CREATE, Status.CATEGORY_DETERMINED),
        **_BEING_CREATED,
        "duplicate": rule_broken(examples.TAKEN.errors, examples.TAKEN.fields),
        "ruleBroken": rule_broken(examples.OUT_OF_RANGE.errors, examples.OUT_OF_RANGE.fields),
    },
    body=_NOTHING,
    description="For Owner and Main. A second call waits up to 20 s for the result of the first.",
)
EXECUTE = call(
    "POST",
    "/execute-workflow/{sessionId}",
    "executeEducationWorkflow",
    "execute-workflow-education",
    "Run all remaining steps",
    json_answer(
        HTTPStatus.OK,
        "The result of each step. The first failure ends the run.",
        "EducationExecuted",
        examples={"completed": examples.EXECUTED, "stopped": examples.STOPPED},
    ),
    refused=_BEING_CREATED,
    body=json_body("EducationLinkInput", examples.LINK_REQUESTS, required=False),
    description="For Owner and Main. After completion, calls repeat the result with `replayed`.",
)
READ = call(
    "GET",
    "/session/{sessionId}",
    "getEducationSession",
    "session-education",
    "Read a session",
    json_answer(
        HTTPStatus.OK, "The session.", "EducationSession", examples={"session": examples.SESSION}
    ),
)
CANCEL = call(
    "DELETE",
    "/session/{sessionId}",
    "cancelEducationSession",
    "cancel-education",
    "Cancel a session",
    json_answer(
        HTTPStatus.OK,
        "The session is deleted.",
        "EducationCancelled",
        examples={"cancelled": examples.CANCELLED},
    ),
    refused=_wrong(Step.CANCEL, Status.EDUCATION_CREATED),
)
UPDATE = call(
    "PATCH",
    "/session/{sessionId}",
    "updateEducationSession",
    "update-education",
    "Change the data",
    json_answer(
        HTTPStatus.OK,
        "The session, to be validated again.",
        "EducationStaged",
        examples={"updated": examples.UPDATED},
    ),
    refused=_wrong(Step.UPDATE, Status.EDUCATION_CREATED),
    body=json_body("EducationUpdateInput", examples.UPDATE_REQUESTS),
    description="`null` removes an optional field. Sending the stored values changes nothing.",
)
LIST = call(
    "GET",
    "/sessions",
    "listEducationSessions",
    "list-education",
    "List the sessions of a member",
    json_answer(
        HTTPStatus.OK,
        "Those that the caller may see, soonest to expire first.",
        "EducationSessions",
        examples={"sessions": examples.SESSIONS},
    ),
    refused={"invalid": refusals.no_member()},
    parameters=(_MEMBER,),
)
READ_RECORD = call(
    "GET",
    "/records/{recordId}",
    "getEducationRecord",
    "record-education",
    "Read a record",
    json_answer(
        HTTPStatus.OK,
        "The record, for its member, Admin and Main of the organisation.",
        "EducationRecordAnswer",
        examples={"record": examples.RECORD},
    ),
    refused={"notFound": refusals.record_not_found()},
    parameters=(_RECORD_ID,),
)
FIND_RECORD = call(
    "GET",
    "/records",
    "findEducationRecord",
    "find-record-education",
    "Find the record of a member",
    json_answer(
        HTTPStatus.OK,
        "The record, of which each member has at most one.",
        "EducationRecordAnswer",
        examples={"record": examples.FOUND_RECORD},
    ),
    refused={"invalid": refusals.no_member(), "notFound": refusals.no_record_of_member()},
    parameters=(_MEMBER,),
)
CALLS = (
    STAGE,
    VALIDATE,
    DETERMINE,
    LINK,
    CREATE,
    EXECUTE,
    READ,
    UPDATE,
    CANCEL,
    LIST,
    READ_RECORD,
    FIND_RECORD,
)


def education_document() -> DocumentPart:
    """The OpenAPI part of education registration."""
    return DocumentPart(
        tags=[{"name": TAG, "description": _DESCRIPTION}],
        paths=paths(CALLS, prefix=PREFIX),
        schemas=education_schemas(),
        security_schemes=SECURITY_SCHEMES,
    )
