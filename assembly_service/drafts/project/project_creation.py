"""Creates projects without a session."""

from typing import Any
from uuid import uuid4

from assembly_service.access.caller import Caller
from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.transactions import transact
from assembly_service.drafts.project.fields import Data
from assembly_service.drafts.project.projects import creation, new_metadata, shown_project
from assembly_service.drafts.project.refusals import ErrorCode, ProjectRefusal
from assembly_service.drafts.project.rules import stored, today
from assembly_service.drafts.project.validation import (
    ProjectRules,
    missing_for_creation,
    validate,
)
from assembly_service.runtime.clock import Clock


class ProjectCreation:
    """`client` may retry; a retried call writes nothing more."""

    def __init__(
        self, *, client: Any, table: str, project_rules: ProjectRules, clock: Clock
    ) -> None:
        self._client = client
        self._table = table
        self._rules = project_rules
        self._clock = clock

    def refuse_invalid(self, data: Data) -> None:
        """Raise ProjectRefusal if no project can be created from this data."""
        if missing := missing_for_creation(data):
            raise ProjectRefusal(
                ErrorCode.VALIDATION_FAILED, f"Missing required fields: {', '.join(missing)}"
            )
        verdict = validate(data, self._rules, today(self._clock()))
        # Without a session, files are optional.
        steps = (1, 2) if data.get("uploadedFiles") else (1,)
        mistakes = {name: text for step in steps for name, text in verdict.of_step(step).items()}
        if mistakes:
            raise ProjectRefusal(ErrorCode.VALIDATION_FAILED, details={"errors": mistakes})

    async def create(self, data: Data, caller: Caller | None, operation: str) -> dict[str, Value]:
        """Create a project and return it as clients see it. Raises AWS's errors."""
        kept = stored(data)
        user_id = caller.user_id if caller else None
        metadata = new_metadata(operation, self._clock(), user_id=user_id)
        await transact(self._client, creation(self._table, metadata, kept), token=str(uuid4()))
        return shown_project(metadata, kept)
