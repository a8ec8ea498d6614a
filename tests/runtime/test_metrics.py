"""Metrics for alerts start at 0: they see no increase in a series that begins at 1."""

from assembly_service.domain.intake import RejectionReason
from assembly_service.domain.plan import Outcome
from assembly_service.domain.product import HalfKind
from assembly_service.runtime.metrics import Metrics


def test_outcomes_of_messages_and_halves_show_as_0_before_they_happen() -> None:
    sample = Metrics().registry.get_sample_value
    for kind in HalfKind:
        queue = {"queue": kind.value}
        assert sample("assembly_orphans_total", {"missing": kind.value}) == 0
        assert sample("assembly_quarantine_impossible_total", queue) == 0
        for outcome in Outcome:
            assert sample("assembly_events_total", {**queue, "outcome": outcome.value}) == 0
        for reason in RejectionReason:
            assert sample("assembly_quarantined_total", {**queue, "reason": reason.value}) == 0
