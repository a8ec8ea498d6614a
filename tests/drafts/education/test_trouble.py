"""Outages of the store, concurrent changes, and unexpected errors."""

import asyncio
from typing import Any

import pytest

from assembly_service.drafts.education.workflow import EducationSteps
from tests.drafts.education.statuses import WRITES
from tests.drafts.education.support import Caller, Instance
from tests.harness.drafts import Held, timed_out


async def test_an_unexpected_error_is_500_with_an_event(
    instance: Instance, owner: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = await owner.staged()

    async def mistaken(*_: Any) -> Any:
        raise RuntimeError("a mistake in the program")

    monkeypatch.setattr(EducationSteps, "validate", mistaken)
    answer = await owner.validate(session_id)
    assert (answer.status, answer.body["code"]) == (500, "INTERNAL_ERROR")
    assert answer.body["message"] == "Internal system error. Please try again later."
    assert answer.body["context"]["number"] == 5002
    event = (await instance.events(session_id))[-1]
    assert event["event"] == "ot-education-orchestrator.error"
    assert (event["type"], event["step"]) == ("RuntimeError", "validate")
    assert event["sessionId"] == session_id
    assert event["operationId"] == answer.body["context"]["operationId"]


async def test_an_unexpected_error_is_500_even_if_its_event_cannot_be_written(
    instance: Instance, owner: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def mistaken(*_: Any) -> Any:
        instance.reads.orders[WRITES].append(timed_out)
        raise RuntimeError("a mistake in the program")

    monkeypatch.setattr(EducationSteps, "stage", mistaken)
    assert (await owner.stage()).status == 500


async def test_an_outage_of_the_store_is_503_and_recoverable(
    instance: Instance, owner: Caller
) -> None:
    session_id = await owner.staged()
    instance.reads.orders["query"].append(timed_out)
    answer = await owner.validate(session_id)
    assert (answer.status, answer.body["code"]) == (503, "STORE_ERROR")
    assert answer.body["message"] == "Service temporarily unavailable."
    assert answer.body["context"]["number"] == 4003
    assert "Retry-After" in answer.headers
    assert (await owner.validate(session_id)).status == 200


async def test_data_that_changes_during_its_validation_is_not_validated(
    instance: Instance, owner: Caller
) -> None:
    session_id = await owner.staged()
    write = Held()
    instance.reads.orders[WRITES].append(write)
    validating = asyncio.create_task(owner.validate(session_id))
    await write.reached.wait()
    assert (await owner.update(session_id, university=2)).status == 200
    write.let_go.set()
    refused = await validating
    assert (refused.status, refused.body["type"]) == (409, "workflow_state_invalid")
    assert refused.body["message"].endswith("the data was changed meanwhile")
    assert (await owner.read(session_id)).body["status"] == "staged"


async def test_a_list_of_the_sessions_of_no_name_is_400(owner: Caller) -> None:
    assert (await owner.sessions("")).status == 400
