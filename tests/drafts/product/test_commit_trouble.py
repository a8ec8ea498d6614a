"""Cases 26, 27, 31, 32 and 34: commits while the database or a channel is in trouble."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientConnectionError
from botocore.exceptions import ClientError

from assembly_service.aws.clients import Clients
from assembly_service.settings.drafts import ProductDraftSettings
from tests.drafts.product.commits import LEASE_MILLISECONDS, ONE_OF_EACH, recorded
from tests.drafts.product.support import (
    PRODUCTS,
    Caller,
    Instance,
    running_instance,
)
from tests.harness.drafts import (
    Trouble,
    answer_lost,
    straight,
    timed_out,
)

pytestmark = pytest.mark.conditions

THREE_TIMEOUTS = ["Failed to commit session after 3 attempts", "Connection timeout"]
LIFETIME_MILLISECONDS = 7_200_000
WRITES = "transact_write_items"


def answered(code: str) -> Trouble:
    """The database refuses a call with this error code."""

    async def refuse(_: object) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": "-"}}, "TransactWriteItems")

    return refuse


@pytest.mark.parametrize("failures", [1, 2, 3])
async def test_case_26_a_commit_makes_three_attempts_with_pauses_of_a_second(
    instance: Instance, admin: Caller, failures: int
) -> None:
    session_id = await admin.draft_with_product()
    recording = recorded(instance)
    instance.writes.orders[WRITES].extend([timed_out] * failures)
    answer = await admin.commit(session_id)
    assert answer.status == 200
    assert instance.writes.called[WRITES] == min(failures + 1, 3)
    assert instance.pauses.seconds == [1.0] * min(failures, 2)
    names = (await instance.event_names(session_id))[2:]
    if failures < 3:
        assert answer.body["success"] is True
        assert names == ["commit.started", "commit.success"]
        assert await instance.count_records() == ONE_OF_EACH
    else:
        assert answer.body.keys() == {"success", "errors", "fields", "operationId"}
        assert (answer.body["success"], answer.body["errors"]) == (False, THREE_TIMEOUTS)
        assert answer.body["fields"] == {}
        assert names == ["commit.started", "commit.failed"]
        assert (await admin.progress(session_id)).body["state"] == "failed"
        assert recording.sent == []
        assert set((await instance.count_records()).values()) == {0}


async def test_case_26_every_attempt_sends_the_same_bytes_under_one_token(
    instance: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    recording = recorded(instance)
    instance.writes.orders[WRITES].extend([answer_lost, answer_lost])
    assert (await admin.commit(session_id)).body["success"] is True
    assert len(recording.sent) == 3
    assert recording.sent[0] == recording.sent[1] == recording.sent[2]


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("ThrottlingException", "Too many requests"),
        ("InternalServerError", "Temporary failure"),
        ("TransactionInProgressException", "Temporary failure"),
    ],
)
async def test_case_26_transient_errors_are_retried_and_answered_in_plain_words(
    instance: Instance, admin: Caller, code: str, cause: str
) -> None:
    session_id = await admin.draft_with_product()
    instance.writes.orders[WRITES].extend([answered(code)] * 3)
    answer = await admin.commit(session_id)
    assert answer.body["errors"] == ["Failed to commit session after 3 attempts", cause]
    instance.writes.orders[WRITES].extend([answered(code)] * 2)
    assert (await admin.commit(session_id)).body["success"] is True


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("AccessDeniedException", "Access denied"),
        ("ValidationException", "The record was refused"),
    ],
)
async def test_case_26_permanent_errors_end_the_commit_at_once(
    instance: Instance, admin: Caller, code: str, cause: str
) -> None:
    session_id = await admin.draft_with_product()
    instance.writes.orders[WRITES].append(answered(code))
    answer = await admin.commit(session_id)
    assert answer.body["errors"] == ["Failed to commit session after 1 attempts", cause]
    assert instance.pauses.seconds == []


@pytest.mark.parametrize("forgetful", [False, True], ids=["remembers", "forgets"])
@pytest.mark.parametrize("lost", [1, 2, 3])
async def test_case_27_a_write_whose_answer_is_lost_makes_one_product_and_a_success(
    instance: Instance, admin: Caller, lost: int, forgetful: bool
) -> None:
    session_id = await admin.draft_with_product()
    recorded(instance, forgetful=forgetful)
    instance.writes.orders[WRITES].extend([answer_lost] * lost)
    answer = await admin.commit(session_id)
    assert (answer.status, answer.body["success"]) == (200, True)
    assert "replayed" not in answer.body
    assert await instance.count_records() == ONE_OF_EACH
    there = await admin.call("GET", f"{PRODUCTS}/{answer.body['productGuid']}")
    assert there.body["osot_table_audience_targetid"] == answer.body["targetGuid"]
    assert (await instance.event_names(session_id))[2:] == ["commit.started", "commit.success"]
    instance.clock.now += 5_000
    assert (await admin.progress(session_id)).status == 404


async def test_case_27_a_failure_that_could_not_be_recorded_is_not_answered(
    instance: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    instance.writes.orders[WRITES].extend([timed_out] * 3)
    instance.reads.orders[WRITES].extend([straight, timed_out, timed_out])
    answer = await admin.commit(session_id)
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "5"
    assert "success" not in answer.body
    assert (await admin.progress(session_id)).body["state"] == "committing"
    instance.clock.now += LEASE_MILLISECONDS
    assert (await admin.commit(session_id)).body["success"] is True
    assert await instance.count_records() == ONE_OF_EACH


async def test_case_27_the_next_commit_finds_what_was_written_in_an_outage(
    instance: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    instance.writes.orders[WRITES].extend([answer_lost, timed_out, timed_out])
    instance.reads.orders[WRITES].extend([straight, timed_out, timed_out])
    assert (await admin.commit(session_id)).status == 503
    answer = await admin.commit(session_id)
    assert (answer.body["success"], answer.body["replayed"]) == (True, True)
    assert await instance.count_records() == ONE_OF_EACH
    names = await instance.event_names(session_id)
    assert names[2:] == ["commit.started", "commit.success"]


async def test_case_27_a_failure_recorded_despite_a_lost_answer_is_published_once(
    instance: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    instance.writes.orders[WRITES].extend([timed_out] * 3)
    instance.reads.orders[WRITES].extend([straight, answer_lost])
    answer = await admin.commit(session_id)
    assert answer.body["errors"] == THREE_TIMEOUTS
    assert (await admin.progress(session_id)).body["errors"] == THREE_TIMEOUTS
    assert (await instance.event_names(session_id)).count("commit.failed") == 1


async def test_case_31_progress_says_committing_in_the_pause_between_two_attempts(
    instance: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    instance.pauses.hold = True
    instance.writes.orders[WRITES].append(timed_out)
    commit = asyncio.create_task(admin.commit(session_id))
    await instance.pauses.reached.wait()
    progress = (await admin.progress(session_id)).body
    assert (progress["state"], progress["canCommit"]) == ("committing", False)
    assert (progress["steps"]["committed"], progress["errors"]) == (False, [])
    assert not progress.keys() & {"productGuid", "targetGuid", "productCode"}
    instance.pauses.let_go.set()
    assert (await commit).body["success"] is True


@pytest.mark.parametrize("failures", [1, 3])
async def test_case_32_a_commit_that_runs_when_the_draft_expires_is_completed(
    instance: Instance, admin: Caller, failures: int
) -> None:
    session_id = await admin.draft_with_product()
    instance.clock.now += LIFETIME_MILLISECONDS - 1
    instance.pauses.hold = True
    instance.writes.orders[WRITES].extend([timed_out] * failures)
    commit = asyncio.create_task(admin.commit(session_id))
    await instance.pauses.reached.wait()
    instance.clock.now += 1_001
    assert (await admin.progress(session_id)).body["state"] == "committing"
    assert (await admin.commit(session_id)).status == 409
    instance.pauses.let_go.set()
    answer = await commit
    if failures == 1:
        assert answer.body["success"] is True
        assert (await admin.commit(session_id)).body["replayed"] is True
        assert await instance.count_records() == ONE_OF_EACH
    else:
        assert answer.body["errors"] == THREE_TIMEOUTS
        assert (await admin.commit(session_id)).status == 404
        names = await instance.event_names(session_id)
        assert names[-2:] == ["commit.failed", "session.expired"]


class Topic:
    """A topic that fails while it is down."""

    def __init__(self) -> None:
        self.is_down = True
        self.names: list[str] = []

    async def publish(self, **message: Any) -> None:
        if self.is_down:
            raise ClientConnectionError
        name = message["MessageAttributes"]["eventType"]["StringValue"]
        self.names.append(name.removeprefix("product-orchestrator."))


async def test_case_34_a_commit_succeeds_while_the_channel_fails_and_its_events_follow(
    clients: Clients, orchestrator_settings: ProductDraftSettings
) -> None:
    topic = Topic()
    async with running_instance(replace(clients, sns=topic), orchestrator_settings) as instance:
        relay = instance.engine.relay
        session_id = await instance.admin.draft_with_product()
        assert not await relay.publish_all(sweep=True)
        assert (await instance.admin.commit(session_id)).body["success"] is True
        assert not await relay.publish_all(sweep=True)
        written = await instance.event_names(session_id)
        assert written[-1] == "commit.success"
        topic.is_down = False
        assert await relay.publish_all(sweep=True)
        assert topic.names == written
        assert await instance.events(session_id) == []
