"""Examples for the OpenAPI document, made by the code that answers."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.education import answers, fields, sessions
from assembly_service.drafts.education.answers import CallContext
from assembly_service.drafts.education.category import determine
from assembly_service.drafts.education.checks import ACCOUNT_OF_ANOTHER, LinkCheck
from assembly_service.drafts.education.creation import EducationRecords
from assembly_service.drafts.education.errors import EXAMPLE_AT, EXAMPLE_SESSION, example_operation
from assembly_service.drafts.education.execution import Execution
from assembly_service.drafts.education.records import CreationMetadata, new_record
from assembly_service.drafts.education.rules import ID_TAKEN, Findings, Violation
from assembly_service.drafts.education.sessions import Session
from assembly_service.drafts.education.status import Status, Step
from assembly_service.drafts.education.workflow import Checked, Linked
from assembly_service.drafts.engine.commit import Committed, NotCommitted
from assembly_service.drafts.engine.draft import Draft, Lease, Owner

_ACCOUNT_ID = "0f8fad5b-d9cb-469f-a165-000000000123"
_RECORD_ID = "01a1ff00-93dd-7f74-9bf1-11aebe074236"
_ORGANIZATION = "7d7c1d2e-5d1f-4c0e-9a51-1f0a2f6f3b10"
_ENDS = date(2026, 12, 31)
_DATA: Mapping[str, Value] = {
    "userBusinessId": "osot-0000123",
    "cotoStatus": 4,
    "cotoRegistration": "AB123456",
    "degreeType": 3,
    "university": 5,
    "graduationYear": 2026,
    "country": 1,
}
TAKEN = Findings((ID_TAKEN,))
OUT_OF_RANGE = Findings((Violation("V5", "Graduation year must be between 1950 and 2031"),))

STAGE_REQUESTS: Mapping[str, Value] = {
    "staged": {"educationData": _DATA, "accountId": _ACCOUNT_ID},
    "pending": {"educationData": {**_DATA, "graduationYear": 2032}},
}
LINK_REQUESTS: Mapping[str, Value] = {"account": {"accountId": _ACCOUNT_ID}, "remembered": {}}
UPDATE_REQUESTS: Mapping[str, Value] = {
    "updated": {"educationData": {"cotoStatus": 1, "cotoRegistration": None}}
}


class _Example(CallContext):
    """The context of an example call, which always takes 12 ms."""

    def metadata(self) -> dict[str, Value]:
        """Return the metadata with a fixed duration."""
        return {**super().metadata(), "durationMs": 12}


def _call(step: str, session_id: str = EXAMPLE_SESSION) -> CallContext:
    operation = example_operation(step, session_id)
    return _Example(operation=operation, actor="user-1", now=EXAMPLE_AT, began=0)


def _staged(request: Value, findings: Findings) -> Draft:
    read = fields.read_stage(request)
    owner = Owner("user-1", _ORGANIZATION)
    return sessions.new_session(EXAMPLE_SESSION, owner, read, findings, "browser", EXAMPLE_AT)


_DRAFT = _staged(STAGE_REQUESTS["staged"], Findings())
_PENDING = _staged(STAGE_REQUESTS["pending"], OUT_OF_RANGE)
_VALIDATED = sessions.validated(_DRAFT, Findings(), EXAMPLE_AT)
_CATEGORY = determine(graduated=2026, today=date(2026, 11, 30), membership_ends=_ENDS)
_DETERMINED = sessions.categorised(_VALIDATED, _CATEGORY, [], EXAMPLE_AT)
_LINKED = sessions.linked(_DETERMINED, _ACCOUNT_ID, [], EXAMPLE_AT)
_METADATA = CreationMetadata(
    organization=_ORGANIZATION,
    actor="user-1",
    role="owner",
    operation_id=example_operation(Step.CREATE, EXAMPLE_SESSION),
    written_at=EXAMPLE_AT,
    record_id=_RECORD_ID,
    number=42,
    category=_CATEGORY.category.value,
    rationale=_CATEGORY.rationale,
    membership_ends=_ENDS.isoformat(),
    warnings=[],
)
_HELD = replace(_LINKED, lease=Lease(token="", until=0, record=asdict(_METADATA)))
_RESULT = EducationRecords("").result(_HELD)
_COMMITTED = replace(_HELD, state=Status.EDUCATION_CREATED, result=_RESULT, parts={})
_COMPLETED = replace(_COMMITTED, state=Status.WORKFLOW_COMPLETED)
_GAVE_UP_ERRORS = ("Failed to create education record after 3 attempts", "Connection timeout")


def _checked(
    step: Step, draft: Draft, findings: Findings, rationale: str | None = None
) -> dict[str, Value]:
    found = Checked(
        session=Session(draft),
        is_valid=not findings.violations,
        rules=findings.rules,
        rationale=rationale,
    )
    return answers.checked(_call(step), found)


def _linked(draft: Draft, *errors: str) -> dict[str, Value]:
    check = LinkCheck(
        account_id=_ACCOUNT_ID,
        is_consistent=not errors,
        is_accessible=True,
        is_privileged=True,
        errors=errors,
    )
    return answers.linked(_call(Step.LINK), Linked(session=Session(draft), check=check))


def _executed(draft: Draft, *steps: Step, failed: Findings = Findings()) -> dict[str, Value]:  # noqa: B008
    execution = Execution(draft=draft, completed_at=EXAMPLE_AT)
    for step in steps:
        errors = failed.errors if step is steps[-1] else []
        execution.note(step, at=EXAMPLE_AT, milliseconds=3, errors=errors)
    execution.metrics["totalTime"] = 3 * len(steps)
    return answers.executed(_call(Step.EXECUTE), execution)


STAGED = answers.staged(_call("stage", ""), Session(_DRAFT))
PENDING = answers.staged(_call("stage", ""), Session(_PENDING))
UPDATED = answers.staged(_call(Step.UPDATE), Session(_DRAFT))
VALIDATED = _checked(Step.VALIDATE, _VALIDATED, Findings())
NOT_VALID = _checked(Step.VALIDATE, sessions.validated(_DRAFT, TAKEN, EXAMPLE_AT), TAKEN)
DETERMINED = _checked(Step.DETERMINE, _DETERMINED, Findings(), _CATEGORY.rationale)
LINKED = _linked(_LINKED)
NOT_LINKED = _linked(
    sessions.linked(_DETERMINED, None, [ACCOUNT_OF_ANOTHER], EXAMPLE_AT), ACCOUNT_OF_ANOTHER
)
CREATED = answers.created(_call(Step.CREATE), EXAMPLE_SESSION, Committed(_COMMITTED, _RESULT))
REPLAYED = answers.created(
    _call(Step.CREATE), EXAMPLE_SESSION, Committed(_COMMITTED, _RESULT, replayed=True)
)
GAVE_UP = answers.created(_call(Step.CREATE), EXAMPLE_SESSION, NotCommitted(_GAVE_UP_ERRORS))
EXECUTED = _executed(_COMPLETED, Step.VALIDATE, Step.DETERMINE, Step.LINK, Step.CREATE)
STOPPED = _executed(sessions.validated(_DRAFT, TAKEN, EXAMPLE_AT), Step.VALIDATE, failed=TAKEN)
SESSION = answers.stored(_call("session"), Session(_LINKED))
CANCELLED = answers.cancelled(_call(Step.CANCEL), EXAMPLE_SESSION)
SESSIONS = answers.listed(_call("list", ""), [Session(_LINKED)])
_RECORD = new_record(_METADATA, _DRAFT.parts["data"], _ACCOUNT_ID)
RECORD = answers.record(_call("record", ""), _RECORD)
FOUND_RECORD = answers.record(_call("find-record", ""), _RECORD)
