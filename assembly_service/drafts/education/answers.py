"""The JSON answers of the calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assembly_service.domain.exact_json import Value
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.drafts.education import codes
from assembly_service.drafts.education.creation import RECORD
from assembly_service.drafts.education.execution import Execution, milliseconds_since
from assembly_service.drafts.education.records import APPLIED_RULES, StoredRecord, shown
from assembly_service.drafts.education.sessions import SYSTEM, Session
from assembly_service.drafts.education.status import (
    NEXT_ACTIONS,
    OPEN,
    Status,
    available_actions,
    completion_percentage,
    next_action,
    next_step,
    progress,
)
from assembly_service.drafts.education.workflow import Checked, Linked
from assembly_service.drafts.engine.commit import Committed, NotCommitted

CREATED_EVENT = f"{SYSTEM}.education.created"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallContext:
    """The call that a result belongs to.

    `now` is in milliseconds since 1970, `began` a reading of `time.perf_counter`.
    """

    operation: str
    actor: str
    now: int
    began: float

    def metadata(self) -> dict[str, Value]:
        """Return the operation, the actor and the duration so far."""
        return {
            "operationId": self.operation,
            "actor": self.actor,
            "durationMs": milliseconds_since(self.began),
        }

    def result(self, *, success: bool) -> dict[str, Value]:
        """Return the fields of every result."""
        return {
            "success": success,
            "timestamp": format_milliseconds(self.now),
            "metadata": self.metadata(),
        }

    def of_session(self, session: Session, *, success: bool) -> dict[str, Value]:
        """Return the fields of every result about a session."""
        return self.about(session.draft.id, session.status, success=success)

    def about(self, session_id: str, status: Status, *, success: bool) -> dict[str, Value]:
        """Return the same for a session with this id and status."""
        return {
            **self.result(success=success),
            "sessionId": session_id,
            "nextAction": next_action(status),
            "status": status,
        }


def staged(context: CallContext, session: Session) -> dict[str, Value]:
    """A staged or updated session, with its mistakes."""
    return {
        **context.of_session(session, success=True),
        "stagedAt": format_milliseconds(session.draft.updated_at),
        "expiresAt": format_milliseconds(session.draft.expires_at),
        "validation": labelled_validation(session),
        "progress": progress(session.status),
        "errors": session.errors,
        "fields": session.fields,
        "warnings": session.warnings,
    }


def checked(context: CallContext, check: Checked) -> dict[str, Value]:
    """The result of a check."""
    session = check.session
    category: dict[str, Value] = {}
    if session.determined is not None:
        category = _coded("determinedCategory", session.determined)
    rationale = {"categoryRationale": check.rationale} if check.rationale else {}
    step = next_step(session.status)
    return {
        **context.of_session(session, success=check.is_valid),
        "isValid": check.is_valid,
        "validatedAt": format_milliseconds(session.draft.updated_at),
        "validation": labelled_validation(session),
        **category,
        **rationale,
        "errors": session.errors,
        "fields": session.fields,
        "warnings": session.warnings,
        "ruleViolations": list(check.rules),
        **({"nextStep": step} if step else {}),
    }


def linked(context: CallContext, link: Linked) -> dict[str, Value]:
    """Whether the account was linked, and what the check found."""
    session, check = link.session, link.check
    account = {"accountId": check.account_id} if check.account_id else {}
    return {
        **context.of_session(session, success=not check.errors),
        **account,
        **({} if check.errors else {"linkedAt": format_milliseconds(session.draft.updated_at)}),
        "userBusinessIdConsistent": check.is_consistent,
        "accountAccessible": check.is_accessible,
        "privilegeSufficient": check.is_privileged,
        "errors": list(check.errors),
        "fields": session.fields,
        "warnings": [],
    }


def created(
    context: CallContext, session_id: str, outcome: Committed | NotCommitted
) -> dict[str, Value]:
    """The record, or why there is none. The session is deleted seconds later."""
    replayed = {"replayed": True} if outcome.replayed else {}
    if isinstance(outcome, NotCommitted):
        status = Status.CREATION_FAILED
        fields: dict[str, Value] = {"errors": list(outcome.errors), "fields": {}, "warnings": []}
        emitted: list[str] = []
    else:
        record = outcome.result[RECORD]
        # Unless replayed, the draft was read before the record existed.
        status = Status(outcome.draft.state) if outcome.replayed else Status.EDUCATION_CREATED
        fields = {
            "educationRecord": record,
            "createdAt": record["createdAt"],
            **_coded("finalCategory", record["educationCategory"]),
            "errors": [],
            "fields": {},
            "warnings": outcome.result["check"]["warnings"],
        }
        emitted = [CREATED_EVENT]
    return {
        **context.about(session_id, status, success=not fields["errors"]),
        **fields,
        "appliedRules": list(APPLIED_RULES),
        "emittedEvents": emitted,
        "sessionCleaned": False,
        **replayed,
    }


def executed(context: CallContext, execution: Execution) -> dict[str, Value]:
    """The result of each step of the workflow."""
    session = execution.session
    result = session.draft.result
    return {
        **context.of_session(session, success=execution.succeeded),
        "finalStatus": session.status,
        "completedAt": format_milliseconds(execution.completed_at),
        "durationMs": execution.metrics["totalTime"],
        **({"educationRecord": result[RECORD]} if result is not None else {}),
        "finalProgress": progress(session.status),
        "finalValidation": labelled_validation(session),
        "stepResults": execution.steps,
        "errors": execution.errors,
        "fields": session.fields,
        "warnings": session.warnings,
        "performanceMetrics": execution.metrics,
        **({"replayed": True} if execution.replayed else {}),
    }


def stored(context: CallContext, session: Session) -> dict[str, Value]:
    """A session as stored."""
    draft, now = session.draft, context.now
    account = session.remembered_account_id
    staging: Mapping[str, Value] = {
        "stagingOptions": dict(session.options),
        "userAgent": session.staging["userAgent"],
        "stagedAt": format_milliseconds(draft.created_at),
    }
    ends = draft.purge_at if draft.purge_at is not None else draft.expires_at
    answer = context.of_session(session, success=True)
    return {
        **answer,
        "metadata": {**staging, **answer["metadata"]},
        "userBusinessId": session.business_id,
        "userId": draft.named_owner.user_id,
        "createdAt": format_milliseconds(draft.created_at),
        "updatedAt": format_milliseconds(draft.updated_at),
        "expiresAt": format_milliseconds(draft.expires_at),
        "progress": progress(session.status),
        "validation": labelled_validation(session),
        "data": shown(session.data),
        **({"accountId": account} if account else {}),
        **({"categoryRationale": session.rationale} if session.rationale else {}),
        "errors": session.errors,
        "fields": session.fields,
        "warnings": session.warnings,
        "found": True,
        "active": session.status in OPEN,
        "timeRemaining": max(0, ends - now) // 1000,
        "completionPercentage": completion_percentage(session.status),
        "availableActions": available_actions(session.status),
        "recommendedAction": next_action(session.status),
    }


def cancelled(context: CallContext, session_id: str) -> dict[str, Value]:
    """A cancelled session."""
    return {
        **context.result(success=True),
        "cancelled": True,
        "sessionId": session_id,
        "nextAction": NEXT_ACTIONS[0],
    }


def listed(context: CallContext, sessions: Sequence[Session]) -> dict[str, Value]:
    """The sessions of a member."""
    return {
        **context.result(success=True),
        "sessions": [
            {
                "sessionId": session.draft.id,
                "status": session.status,
                "expiresAt": format_milliseconds(session.draft.expires_at),
            }
            for session in sessions
        ],
    }


def record(context: CallContext, stored: StoredRecord) -> dict[str, Value]:
    """A record."""
    return {**context.result(success=True), "educationRecord": stored.fields()}


def labelled_validation(session: Session) -> dict[str, Value]:
    """Return the validation of a session, with a label for the category."""
    validation = session.validation()
    if "determinedCategory" in validation:
        validation |= _coded("determinedCategory", validation["determinedCategory"])
    return validation


def _coded(name: str, category: int) -> dict[str, Value]:
    code = int(category)
    return {name: code, f"{name}Label": codes.label(codes.CATEGORY, code)}
