"""Commits a session to one project."""

from collections.abc import Mapping
from dataclasses import asdict

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.attempts import GaveUp
from assembly_service.drafts.engine.commit import NotCommitted
from assembly_service.drafts.engine.draft import Draft, Lease
from assembly_service.drafts.engine.events import Event
from assembly_service.drafts.engine.metrics import DraftMetrics
from assembly_service.drafts.engine.transactions import Action
from assembly_service.drafts.project import events, rules
from assembly_service.drafts.project.fields import Data
from assembly_service.drafts.project.projects import (
    CreationMetadata,
    creation,
    metadata_of,
    shown_project,
)
from assembly_service.drafts.project.rules import (
    COMMITTED,
    DATA,
    SYSTEM,
    SessionRules,
    verdict_on,
)


class ProjectRecords:
    """Tells the engine what to write when it commits a session."""

    committed_state: str = COMMITTED

    def __init__(self, *, table: str, session_rules: SessionRules, metrics: DraftMetrics) -> None:
        self._table = table
        self._rules = session_rules
        self._metrics = metrics

    failed = staticmethod(rules.given_up)
    started = staticmethod(events.commit_started)
    failed_event = staticmethod(events.commit_failed)

    def check(self, draft: Draft, now: int) -> None:
        """Raise ProjectRefusal unless every step is complete by today's rules."""
        rules.refuse_unless_open(draft, now)
        rules.counted_call(draft, self._rules, now)
        verdict = verdict_on(draft.parts, self._rules.project, now, {})
        for step, mistakes in verdict.mistakes.items():
            if mistakes:
                self._metrics.mistakes.labels(SYSTEM, str(step)).inc()
        rules.refuse_incomplete(draft, verdict)

    def held(self, draft: Draft, lease: Lease, now: int) -> Draft:
        """Return the session, held by a commit call."""
        return rules.held(draft, lease, self._rules, now)

    def records(self, held: Draft) -> list[Action]:
        """Return the writes of the project and its audit item."""
        return creation(self._table, metadata_of(held), held.parts[DATA])

    def result(self, held: Draft) -> Mapping[str, Value]:
        """Return the creation metadata and all parts of the session, which calls replay."""
        parts = {name: dict(part) for name, part in held.parts.items()}
        wizard = parts[rules.WIZARD]
        wizard["completedSteps"] = sorted({*wizard["completedSteps"], 4})
        metadata = metadata_of(held)
        return {"projectId": metadata.project_id, "stamp": asdict(metadata), "parts": parts}

    def succeeded(self, held: Draft) -> Event:
        """Return the event of the creation."""
        return events.commit_success(held, metadata_of(held))

    def failure(self, held: Draft, gave_up: GaveUp) -> NotCommitted:  # noqa: ARG002
        """Return a summary and the cause, for the log and the event."""
        return NotCommitted(
            (f"Failed to create project after {gave_up.attempts} attempts", gave_up.cause.text)
        )


def project_of_result(result: Mapping[str, Value]) -> dict[str, Value]:
    """Return the project of a committed session, as clients see it."""
    data: Data = result["parts"][DATA]
    return shown_project(CreationMetadata(**result["stamp"]), data)
