"""Metrics for alerts start at 0: they see no increase in a series that begins at 1."""

import os
import platform
from pathlib import Path

import pytest

from assembly_service.domain.intake import RejectionReason
from assembly_service.domain.plan import Outcome
from assembly_service.domain.product import HalfKind
from assembly_service.runtime.metrics import Metrics
from assembly_service.runtime.version import own_version


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


def test_an_instance_says_what_it_is() -> None:
    sample = Metrics(role="worker").registry.get_sample_value
    build = {"version": own_version(), "role": "worker", "python": platform.python_version()}
    assert sample("assembly_build_info", build) == 1


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="the system has no /proc")
def test_an_instance_says_what_it_uses() -> None:
    sample = Metrics().registry.get_sample_value
    held = sample("process_open_fds") or 0
    reading, writing = os.pipe()
    try:
        assert sample("process_open_fds") == held + 2
    finally:
        os.close(reading)
        os.close(writing)
    for name in ("cpu_seconds_total", "resident_memory_bytes", "start_time_seconds", "max_fds"):
        assert (sample(f"process_{name}") or 0) > 0
