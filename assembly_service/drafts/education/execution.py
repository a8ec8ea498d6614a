"""Runs the whole workflow in one call, until a step fails or all are done."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from assembly_service.domain.exact_json import Value
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.drafts.education.actor import Actor
from assembly_service.drafts.education.creation import EducationCreation
from assembly_service.drafts.education.refusals import DUPLICATE, RULE_BROKEN, EducationRefusal
from assembly_service.drafts.education.sessions import Session
from assembly_service.drafts.education.status import CREATED, Status, Step
from assembly_service.drafts.education.workflow import EducationSteps
from assembly_service.drafts.engine.commit import NotCommitted
from assembly_service.drafts.engine.draft import Draft

METRICS = {
    Step.VALIDATE: "validationTime",
    Step.DETERMINE: "categoryDeterminationTime",
    Step.LINK: "accountLinkingTime",
    Step.CREATE: "creationTime",
}


@dataclass(kw_only=True)
class Execution:
    """The progress of an execution. Durations are in milliseconds.

    `completed_at` is in milliseconds since 1970. `replayed`: another call did the work.
    """

    draft: Draft
    completed_at: int = 0
    replayed: bool = False
    has_given_up: bool = False
    steps: list[dict[str, Value]] = field(default_factory=list)
    metrics: dict[str, int] = field(default_factory=dict)

    @property
    def session(self) -> Session:
        """The session as it is now."""
        return Session(self.draft)

    @property
    def succeeded(self) -> bool:
        """Whether all steps are done."""
        return self.session.status is Status.WORKFLOW_COMPLETED

    @property
    def errors(self) -> list[str]:
        """The errors of the step that failed."""
        return [error for step in self.steps for error in step.get("errors", ())]

    @classmethod
    def of_completed(cls, draft: Draft, operation: str) -> "Execution":
        """Return the execution that a completed session keeps."""
        kept = Session(draft).workflow
        return cls(
            draft=draft,
            completed_at=kept["completedAt"],
            replayed=kept["operationId"] != operation,
            steps=list(kept["stepResults"]),
            metrics=dict(kept["performanceMetrics"]),
        )

    def stored(self, operation: str) -> dict[str, Value]:
        """Return the execution as a completed session keeps it."""
        return {
            "operationId": operation,
            "completedAt": self.completed_at,
            "stepResults": self.steps,
            "performanceMetrics": self.metrics,
        }

    def note(self, step: Step, *, at: int, milliseconds: int, errors: Sequence[str]) -> None:
        """Record the result of a step."""
        self.metrics[METRICS[step]] = milliseconds
        self.steps.append(
            {
                "step": str(step),
                "success": not errors,
                "timestamp": format_milliseconds(at),
                "duration": milliseconds,
                **({"errors": list(errors)} if errors else {}),
            }
        )


def milliseconds_since(began: float) -> int:
    """Return the milliseconds since a reading of `time.perf_counter`."""
    return round((time.perf_counter() - began) * 1000)


class EducationExecution:
    """Executes workflows. Raises EducationRefusal, and AWS's errors."""

    def __init__(self, *, steps: EducationSteps, creation: EducationCreation) -> None:
        self._steps = steps
        self._creation = creation

    async def execute(
        self, actor: Actor, draft: Draft, account_id: str | None, operation: str
    ) -> Execution:
        """Run the remaining steps in order. If one fails, the session keeps what it reached.

        If several calls complete one record, all return the result of the first.
        """
        began = time.perf_counter()
        execution = Execution(draft=draft)
        while execution.session.status not in CREATED and not execution.errors:
            await self._take_next(execution, actor, account_id, operation)
        total = execution.metrics["totalTime"] = milliseconds_since(began)
        execution.completed_at = self._steps.clock()
        if execution.errors:
            return execution
        completed = await self._steps.complete(
            execution.draft, operation, execution.stored(operation), total
        )
        return Execution.of_completed(completed, operation)

    async def _take_next(
        self, execution: Execution, actor: Actor, account_id: str | None, operation: str
    ) -> None:
        began, draft = time.perf_counter(), execution.draft
        step = _next_step(execution, account_id)
        match step:
            case Step.VALIDATE:
                checked = await self._steps.validate(actor, draft, operation)
                execution.draft = checked.session.draft
                errors = [] if checked.is_valid else checked.session.errors
            case Step.DETERMINE:
                checked = await self._steps.determine(actor, draft, operation)
                execution.draft, errors = checked.session.draft, []
            case Step.LINK:
                linked = await self._steps.link(actor, draft, account_id, operation)
                execution.draft, errors = linked.session.draft, list(linked.check.errors)
            case _:
                errors = await self._create(execution, actor, operation)
        execution.note(
            step, at=self._steps.clock(), milliseconds=milliseconds_since(began), errors=errors
        )

    async def _create(self, execution: Execution, actor: Actor, operation: str) -> list[str]:
        try:
            outcome = await self._creation.create(execution.draft, actor, operation)
        except EducationRefusal as refusal:
            if refusal.error not in {DUPLICATE, RULE_BROKEN}:
                raise
            errors = list(refusal.errors)
        else:
            errors = list(outcome.errors) if isinstance(outcome, NotCommitted) else []
            execution.has_given_up = isinstance(outcome, NotCommitted) and not outcome.replayed
        execution.draft = await self._steps.reload(execution.draft)
        return errors


def _next_step(execution: Execution, account_id: str | None) -> Step:
    """Return the next step. Another account than the linked one is linked first."""
    match execution.session.status:
        case Status.PENDING | Status.STAGED:
            return Step.VALIDATE
        case Status.VALIDATED:
            return Step.DETERMINE
        case Status.CATEGORY_DETERMINED:
            return Step.LINK
    is_named_anew = account_id not in {None, execution.session.account_id}
    return Step.LINK if is_named_anew else Step.CREATE
