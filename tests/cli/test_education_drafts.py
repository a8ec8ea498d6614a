"""`draft show` and `draft audit` work for the sessions of education registration."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from assembly_service.aws.clients import Clients
from tests.cli.runs import run
from tests.drafts.education.support import (
    Instance,
    accounts_and_membership,
    education_settings,
    running_instance,
)
from tests.harness.engine import Account


@pytest.fixture
async def instance(clients: Clients, aws: Account) -> AsyncIterator[Instance]:
    """A running instance with reference data."""
    async with running_instance(clients, education_settings(aws.environment)) as running:
        await running.load(*accounts_and_membership())
        yield running


async def test_a_session_is_shown_and_its_record_is_audited(
    instance: Instance, environment: dict[str, str], tmp_path: Path
) -> None:
    owner = instance.owner
    session_id = await owner.linked()

    def said(*arguments: str) -> str:
        outcome = run(*arguments, directory=tmp_path, environment=environment)
        assert outcome.code == 0, outcome.err
        return outcome.out

    shown = said("draft", "show", session_id)
    assert "ot-education-orchestrator" in shown
    assert "account_linked" in shown
    assert '"university": 5' in shown
    record = (await owner.create(session_id)).body["educationRecord"]
    audited = said("draft", "audit", session_id)
    assert record["recordId"] in audited
    assert audited == said("draft", "audit", "--record", record["recordId"])
    assert "education_created" in said("draft", "show", session_id)
