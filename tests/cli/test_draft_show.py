"""`draft show` prints a draft for an operator: state, contents, events that wait."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from assembly_service.aws.clients import Clients
from assembly_service.drafts.engine.events import Event
from assembly_service.drafts.engine.identifiers import new_session_id
from assembly_service.drafts.engine.lifetime import Lifetime, new
from assembly_service.drafts.engine.rows import draft_key
from assembly_service.runtime.clock import wall_clock
from tests.cli.runs import run
from tests.drafts.product.support import (
    Instance,
    draft_settings,
    running_instance,
)
from tests.harness.engine import Account
from tests.harness.web import ManualClock

TABLE = "DYNAMODB_DRAFTS_TABLE"


@pytest.fixture
def drafts_table(environment: dict[str, str]) -> dict[str, str]:
    """An environment that names AWS and the drafts table, and nothing else of the service."""
    others = ("SQS_", "DYNAMODB_", "SNS_")
    return {
        name: value
        for name, value in environment.items()
        if name == TABLE or not name.startswith(others)
    }


@pytest.fixture
async def instance(clients: Clients, aws: Account) -> AsyncIterator[Instance]:
    """An orchestrator whose clock starts at the real time."""
    async with running_instance(
        clients, draft_settings(aws.environment), clock=ManualClock(wall_clock())
    ) as running:
        yield running


async def test_a_draft_is_shown_with_its_data_and_waiting_events(
    instance: Instance, drafts_table: dict[str, str], tmp_path: Path
) -> None:
    session_id = await instance.admin.draft_with_product()
    shown = run("draft", "show", session_id.upper(), directory=tmp_path, environment=drafts_table)
    assert shown.code == 0, shown.err
    lines = [" ".join(line.split()) for line in shown.out.splitlines()]
    assert {f"Draft: {session_id}", "State: product-added", "User: ada"} <= set(lines)
    assert '"productCode": "OSOT-WORKSHOP-2026",' in lines
    waiting = [line for line in lines if line.startswith("Event not published yet: ")]
    assert [line.split()[4] for line in waiting] == [
        "product-orchestrator.session.created",
        "product-orchestrator.product.added",
    ]


async def test_an_expired_draft_is_shown_as_over_with_its_errors(
    instance: Instance, drafts_table: dict[str, str], tmp_path: Path
) -> None:
    session_id = await instance.admin.draft_with_product()
    # Not by its age: the store may delete a row whose time to live is over at any moment.
    await instance.reads.update_item(
        TableName=drafts_table[TABLE],
        Key=draft_key(session_id),
        UpdateExpression="SET expires_at = :before",
        ExpressionAttributeValues={":before": {"N": str(wall_clock() - 1)}},
    )
    shown = run("draft", "show", session_id, directory=tmp_path, environment=drafts_table)
    assert "product-added (over: its owner gets a 404)" in shown.out


async def test_a_draft_that_still_answers_410_is_shown_as_such(
    instance: Instance, drafts_table: dict[str, str], tmp_path: Path
) -> None:
    now = wall_clock()
    lifetime = Lifetime(length=3_600_000, gone_window=3_600_000)
    draft = new(
        new_session_id(), "notes", None, state="written", lifetime=lifetime, now=now - 3_600_001
    )
    event = Event(name="note.created", operation_id="create", at=now, payload={})
    await instance.engine.store.create(draft, event)
    shown = run("draft", "show", draft.id, directory=tmp_path, environment=drafts_table)
    assert "written (over: its owner gets a 410)" in shown.out


def test_an_unknown_draft_and_an_unset_table_are_reported_in_a_sentence(
    drafts_table: dict[str, str], tmp_path: Path
) -> None:
    unknown = run("draft", "show", "x", directory=tmp_path, environment=drafts_table)
    assert unknown.code == 1
    assert unknown.sentences == [
        "Error: There is no draft x: it never existed, or was deleted after it ended."
    ]
    drafts_table[TABLE] = ""
    unnamed = run("draft", "show", "x", directory=tmp_path, environment=drafts_table)
    assert unnamed.code == 2
    assert unnamed.sentences[-1].startswith(f"Error: {TABLE} is not set")
    assert "SQS_" not in unnamed.err
