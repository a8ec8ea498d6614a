"""`draft show` and `draft audit` find project sessions by the id that only their user has."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from assembly_service.aws.clients import Clients
from assembly_service.runtime.clock import wall_clock
from tests.cli.runs import run
from tests.drafts.project.support import Instance, running_sessions, session_settings
from tests.harness.engine import Account
from tests.harness.web import ManualClock


@pytest.fixture
async def instance(clients: Clients, aws: Account) -> AsyncIterator[Instance]:
    """Project sessions whose clock starts at the real time."""
    async with running_sessions(
        clients, session_settings(aws.environment), clock=ManualClock(wall_clock())
    ) as running:
        yield running


async def test_a_session_is_shown_with_its_events_and_its_project_is_found_by_its_id(
    instance: Instance, environment: dict[str, str], tmp_path: Path
) -> None:
    session_id = await instance.anybody.ready()
    shown = run("draft", "show", session_id.upper(), directory=tmp_path, environment=environment)
    assert shown.code == 0, shown.err
    lines = [" ".join(line.split()) for line in shown.out.splitlines()]
    assert {f"Draft: {session_id}", "System: project-session", "State: open"} <= set(lines)
    waiting = "Event not published yet: project-session.created"
    assert any(line.startswith(waiting) for line in lines)
    assert '"projectName": "Harbour Tower",' in lines
    project = (await instance.anybody.commit(session_id)).body["project"]
    for given in ([session_id], ["--record", project["id"]]):
        found = run("draft", "audit", *given, directory=tmp_path, environment=environment)
        assert found.code == 0, found.err
        assert f"Record: {project['id']}" in [" ".join(e.split()) for e in found.out.splitlines()]
        assert "By: anonymous" in " ".join(found.out.split())
        assert session_id not in found.out
