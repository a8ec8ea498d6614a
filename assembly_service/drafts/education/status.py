"""The statuses of a registration, the steps they allow, and its progress."""

from collections.abc import Mapping
from enum import StrEnum


class Status(StrEnum):
    """The status of a registration. `EXPIRED` is stored, but never shown."""

    PENDING = "pending"
    STAGED = "staged"
    VALIDATED = "validated"
    CATEGORY_DETERMINED = "category_determined"
    ACCOUNT_LINKED = "account_linked"
    EDUCATION_CREATED = "education_created"
    CREATION_FAILED = "creation_failed"
    WORKFLOW_COMPLETED = "workflow_completed"
    EXPIRED = "expired"


class Step(StrEnum):
    """The steps, as messages name them."""

    UPDATE = "update"
    VALIDATE = "validate"
    DETERMINE = "determine-category"
    LINK = "link-account"
    CREATE = "create"
    EXECUTE = "execute-workflow"
    CANCEL = "cancel"


CREATED = frozenset({Status.EDUCATION_CREATED, Status.WORKFLOW_COMPLETED})
SHOWN = tuple(status for status in Status if status is not Status.EXPIRED)
OPEN = frozenset(SHOWN) - CREATED
ALLOWED: Mapping[Step, frozenset[Status]] = {
    Step.UPDATE: OPEN,
    Step.VALIDATE: frozenset({Status.PENDING, Status.STAGED, Status.VALIDATED}),
    Step.DETERMINE: frozenset({Status.VALIDATED, Status.CATEGORY_DETERMINED}),
    Step.LINK: frozenset(
        {Status.CATEGORY_DETERMINED, Status.ACCOUNT_LINKED, Status.CREATION_FAILED}
    ),
    Step.CREATE: frozenset({Status.ACCOUNT_LINKED, Status.CREATION_FAILED}) | CREATED,
    Step.EXECUTE: OPEN | CREATED,
    Step.CANCEL: OPEN,
}
_LINKED = {Status.ACCOUNT_LINKED, Status.CREATION_FAILED} | CREATED
_CATEGORISED = {Status.CATEGORY_DETERMINED} | _LINKED
_VALIDATED = {Status.VALIDATED} | _CATEGORISED
_STAGED = {Status.STAGED} | _VALIDATED
_REACHED: Mapping[str, frozenset[Status]] = {
    "staged": frozenset(_STAGED),
    "validated": frozenset(_VALIDATED),
    "categoryDetermined": frozenset(_CATEGORISED),
    "accountLinked": frozenset(_LINKED),
    "persisted": CREATED,
}
_ACTIONS = ("stage_data", "validate_education", "determine_category", "link_account")
_PERCENT_A_FLAG = 20
_NEXT_STEPS: Mapping[Status, str] = {
    Status.PENDING: "staging",
    Status.STAGED: "validation",
    Status.VALIDATED: "category_determination",
    Status.CATEGORY_DETERMINED: "account_linking",
    Status.ACCOUNT_LINKED: "record_creation",
    Status.CREATION_FAILED: "record_creation",
    Status.EDUCATION_CREATED: "workflow_completion",
}
NEXT_STEPS = tuple(dict.fromkeys(_NEXT_STEPS.values()))
NEXT_ACTIONS = (*_ACTIONS, "create_record", "complete_workflow")
CANCEL_ACTION = "cancel_session"


def not_allowed(step: str, status: Status) -> str:
    """Return the sentence for a step out of order."""
    return f"Step {step} is not allowed in status {status}"


def progress(status: Status) -> dict[str, bool]:
    """Return the five progress flags."""
    return {flag: status in reached for flag, reached in _REACHED.items()}


def completion_percentage(status: Status) -> int:
    """Return 20 for each flag that is set."""
    return _PERCENT_A_FLAG * sum(progress(status).values())


def next_action(status: Status) -> str:
    """Return the first action that is not done yet."""
    done = progress(status).values()
    return next(
        (action for action, is_done in zip(NEXT_ACTIONS, done, strict=False) if not is_done),
        NEXT_ACTIONS[-1],
    )


def available_actions(status: Status) -> list[str]:
    """Return the next action, and cancelling while no record exists."""
    if status is Status.WORKFLOW_COMPLETED:
        return []
    return [next_action(status), *([CANCEL_ACTION] if status in OPEN else [])]


def next_step(status: Status) -> str | None:
    """Return the next step, or None once all are done."""
    return _NEXT_STEPS.get(status)
