"""Cases 29 and 30: repeating a commit after a failure and after a success."""

import asyncio

import pytest

from assembly_service.aws.clients import Clients
from assembly_service.settings.drafts import ProductDraftSettings
from tests.drafts.product.commits import ONE_OF_EACH, lease_of, recorded
from tests.drafts.product.support import (
    PRODUCTS,
    Caller,
    Instance,
    running_instance,
)
from tests.harness.drafts import (
    Answer,
    timed_out,
)

pytestmark = pytest.mark.conditions


def progress_of(answer: Answer) -> tuple[str, bool, list[str]]:
    """State, whether it can be committed, and the errors."""
    assert answer.status == 200
    return answer.body["state"], answer.body["canCommit"], answer.body["errors"]


async def test_case_29_after_a_failure_the_commit_can_be_repeated_as_it_is_or_with_other_data(
    instance: Instance, admin: Caller
) -> None:
    orders = instance.writes.orders["transact_write_items"]
    for edited in (False, True):
        session_id = await admin.draft_with_product(productCode=f"FIRST-{edited}")
        orders.extend([timed_out] * 3)
        failed = await admin.commit(session_id)
        assert failed.body["success"] is False
        progress = await admin.progress(session_id)
        assert progress_of(progress) == ("failed", True, failed.body["errors"])

        if edited:
            changed = await admin.add_product(session_id, productCode="EDITED-2", generalPrice=1)
            assert changed.body["state"] == "product-added"
            assert (await admin.progress(session_id)).body["errors"] == []
        answer = await admin.commit(session_id)
        assert answer.body["success"] is True
        product = (await admin.call("GET", f"{PRODUCTS}/{answer.body['productGuid']}")).body
        expected = ("EDITED-2", 1) if edited else ("FIRST-FALSE", 120.5)
        assert (product["productCode"], product["generalPrice"]) == expected
        names = await instance.event_names(session_id)
        assert names.count("commit.started") == 2
        assert names[-1] == "commit.success"
        assert names.count("commit.failed") == names.count("commit.success") == 1


async def test_case_29_a_repeated_commit_has_its_own_token_and_ids(
    instance: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    instance.pauses.hold = True
    instance.writes.orders["transact_write_items"].extend([timed_out] * 3)
    commit = asyncio.create_task(admin.commit(session_id))
    await instance.pauses.reached.wait()
    first = await lease_of(instance, session_id)
    instance.pauses.let_go.set()
    assert (await commit).body["success"] is False

    recording = recorded(instance)
    answer = (await admin.commit(session_id)).body
    assert answer["success"] is True
    assert answer["productGuid"] != first.record["product_guid"]
    assert recording.sent[0]["ClientRequestToken"] != first.token


async def test_case_30_a_commit_repeated_within_five_seconds_answers_the_same_again(
    instance: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    first = (await admin.commit(session_id)).body
    instance.clock.now += 4_999
    again = await admin.commit(session_id)
    assert again.status == 200
    assert again.body == {**first, "operationId": again.body["operationId"], "replayed": True}
    assert again.body["operationId"] != first["operationId"]
    modified = await admin.add_product(session_id)
    assert (modified.status, modified.body["message"]) == (
        400,
        "Cannot modify session in state committed",
    )

    instance.clock.now += 1
    gone = {
        "statusCode": 404,
        "message": "Session not found or expired",
        "sessionId": session_id,
    }
    for answer in (await admin.commit(session_id), await admin.progress(session_id)):
        assert (answer.status, answer.body) == (404, gone)
    there = await admin.call("GET", f"{PRODUCTS}/{first['productGuid']}")
    assert there.status == 200
    assert await instance.count_records() == ONE_OF_EACH
    names = await instance.event_names(session_id)
    assert names[2:] == ["commit.started", "commit.success"]


async def test_while_a_commit_is_replayed_progress_says_committed_with_the_ids(
    clients: Clients, orchestrator_settings: ProductDraftSettings
) -> None:
    settings = orchestrator_settings.model_copy(update={"orchestrator_replay_seconds": 300})
    async with running_instance(clients, settings) as instance:
        session_id = await instance.admin.draft_with_product()
        made = (await instance.admin.commit(session_id)).body
        instance.clock.now += 299_999
        progress = (await instance.admin.progress(session_id)).body
        assert (progress["state"], progress["steps"]["committed"]) == ("committed", True)
        for name in ("productGuid", "targetGuid", "productCode"):
            assert progress[name] == made[name]
        instance.clock.now += 1
        assert (await instance.admin.progress(session_id)).status == 404
