"""Cases 23 to 25, 33 and 36: what becomes of a draft that is committed."""

import asyncio

import pytest

from tests.drafts.product.commits import ONE_OF_EACH
from tests.drafts.product.support import (
    PRODUCT,
    PRODUCTS,
    SESSIONS,
    Caller,
    Instance,
)
from tests.harness.drafts import (
    Answer,
    Held,
    timed_out,
)

pytestmark = pytest.mark.conditions

COMMITTING = {"statusCode": 409, "message": "Cannot commit session in state committing"}
ROUNDS = 5


Said = tuple[str, int, bool, dict[str, bool], list[str]]
"""State, percent, whether it can be committed, the three steps, the errors."""


def steps(answer: Answer) -> Said:
    """The parts of a progress."""
    body = answer.body
    assert answer.status == 200
    return (
        body["state"],
        body["progressPercent"],
        body["canCommit"],
        body["steps"],
        body["errors"],
    )


def done(product: bool, target: bool, committed: bool) -> dict[str, bool]:
    return {"productAdded": product, "targetConfigured": target, "committed": committed}


async def test_a_commit_with_fields_in_its_body_is_refused_before_it_is_done_and_after(
    admin: Caller,
) -> None:
    session_id = await admin.draft_with_product()
    path, body = f"{SESSIONS}/{session_id}/commit", {"userId": "ada"}
    before = await admin.call("POST", path, body)
    done = await admin.commit(session_id)
    after = await admin.call("POST", path, body)
    assert (before.status, done.status, after.status) == (400, 200, 400)
    assert before.body["errors"] == after.body["errors"]


async def test_case_23_a_draft_without_a_product_is_not_committed(
    instance: Instance, admin: Caller
) -> None:
    session_id = await admin.create()
    answer = await admin.commit(session_id)
    assert answer.status == 400
    assert answer.body == {
        "statusCode": 400,
        "message": "Product data must be added before commit",
    }
    assert (await admin.progress(session_id)).body["state"] == "initiated"
    assert await instance.records() == []
    assert await instance.event_names(session_id) == ["session.created"]


async def test_case_23_a_draft_with_only_a_product_gets_a_target_with_34_empty_criteria(
    instance: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    answer = await admin.commit(session_id)
    assert answer.status == 200
    assert answer.body.keys() == {
        "success",
        "productGuid",
        "targetGuid",
        "productCode",
        "operationId",
    }
    assert answer.body["success"] is True
    assert answer.body["productCode"] == PRODUCT["productCode"]
    assert answer.body["operationId"].startswith("commit-product-")

    product = (await admin.call("GET", f"{PRODUCTS}/{answer.body['productGuid']}")).body
    target = product["audienceTarget"]
    criteria = {name: codes for name, codes in target.items() if name.startswith("osot_")}
    assert len(criteria) == 34
    assert all(codes == [] for codes in criteria.values())
    assert target["targetGuid"] == answer.body["targetGuid"]
    assert await instance.count_records() == ONE_OF_EACH


async def test_case_24_two_concurrent_commits_make_one_product_one_target_and_one_success(
    instance: Instance, second: Instance, admin: Caller
) -> None:
    for number in range(1, ROUNDS + 1):
        session_id = await admin.draft_with_product(productCode=f"TWICE-{number}")
        answers = await asyncio.gather(
            *(caller.commit(session_id) for caller in (admin, second.admin, admin, second.admin))
        )
        firsts = [each for each in answers if each.status == 200 and "replayed" not in each.body]
        assert len(firsts) == 1
        made = firsts[0].body["productGuid"], firsts[0].body["targetGuid"]
        for answer in answers:
            if answer.status == 200:
                assert (answer.body["productGuid"], answer.body["targetGuid"]) == made
            else:
                assert answer.body == COMMITTING
        assert await instance.count_records() == dict.fromkeys(ONE_OF_EACH, number)
        names = await instance.event_names(session_id)
        assert names[2:] == ["commit.started", "commit.success"]


async def test_case_24_a_commit_is_refused_when_another_takes_longer_than_it_waits(
    instance: Instance, second: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    held = Held()
    instance.writes.orders["transact_write_items"].append(held)
    first = asyncio.create_task(admin.commit(session_id))
    await held.reached.wait()
    refused = await second.admin.commit(session_id)
    assert (refused.status, refused.body) == (409, COMMITTING)
    held.let_go.set()
    assert (await first).body["success"] is True


async def test_case_24_a_commit_that_read_before_another_held_the_draft_answers_its_result(
    instance: Instance, second: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    held = Held()
    instance.reads.orders["transact_write_items"].append(held)
    late = asyncio.create_task(admin.commit(session_id))
    await held.reached.wait()
    made = (await second.admin.commit(session_id)).body
    assert made["success"] is True
    held.let_go.set()
    answer = (await late).body
    assert answer == {**made, "operationId": answer["operationId"], "replayed": True}
    assert await instance.count_records() == ONE_OF_EACH
    names = await instance.event_names(session_id)
    assert names[2:] == ["commit.started", "commit.success"]


async def test_case_25_of_two_drafts_with_one_code_exactly_one_is_committed(
    instance: Instance, second: Instance, admin: Caller
) -> None:
    for number in range(1, ROUNDS + 1):
        code = f"SAME-{number}"
        drafts = [
            await admin.draft_with_product(productCode=code),
            await admin.draft_with_product(productCode=code.lower()),
        ]
        answers = await asyncio.gather(
            admin.commit(drafts[0]),
            second.admin.commit(drafts[1]),
        )
        assert [answer.status for answer in answers] == [200, 200]
        success = [answer.body["success"] for answer in answers]
        assert sorted(success) == [False, True]
        loser = success.index(False)
        errors = [
            "Failed to commit session after 1 attempts",
            f"Product code {code} already exists",
        ]
        assert answers[loser].body["errors"] == errors
        assert answers[loser].body.keys() == {"success", "errors", "fields", "operationId"}
        assert steps(await admin.progress(drafts[loser])) == (
            "failed",
            50,
            True,
            done(True, False, False),
            errors,
        )
        assert await instance.count_records() == dict.fromkeys(ONE_OF_EACH, number)
        assert (await instance.event_names(drafts[loser]))[-1] == "commit.failed"
    assert instance.pauses.seconds == []
    assert second.pauses.seconds == []


async def test_case_33_a_write_to_a_draft_during_its_commit_is_refused(
    instance: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    await admin.configure_target(session_id, osot_province=[1])
    held = Held()
    instance.writes.orders["transact_write_items"].append(held)
    commit = asyncio.create_task(admin.commit(session_id))
    await held.reached.wait()
    for answer in (
        await admin.add_product(session_id, productName="Another name"),
        await admin.configure_target(session_id, osot_province=[2]),
    ):
        message = "Cannot modify session in state committing"
        assert (answer.status, answer.body) == (409, {"statusCode": 409, "message": message})
    held.let_go.set()
    guid = (await commit).body["productGuid"]
    product = (await admin.call("GET", f"{PRODUCTS}/{guid}")).body
    assert product["productName"] == PRODUCT["productName"]
    assert product["audienceTarget"]["osot_province"] == [1]


async def test_case_33_a_write_that_read_before_the_commit_held_the_draft_is_refused(
    instance: Instance, second: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    late, held = Held(), Held()
    second.reads.orders["transact_write_items"].append(late)
    write = asyncio.create_task(second.admin.add_product(session_id, productName="Too late"))
    await late.reached.wait()
    instance.writes.orders["transact_write_items"].append(held)
    commit = asyncio.create_task(admin.commit(session_id))
    await held.reached.wait()
    late.let_go.set()
    assert (await write).status == 409
    held.let_go.set()
    guid = (await commit).body["productGuid"]
    product = (await admin.call("GET", f"{PRODUCTS}/{guid}")).body
    assert product["productName"] == PRODUCT["productName"]


async def test_case_36_progress_says_how_far_the_draft_is_after_every_single_step(
    instance: Instance, admin: Caller
) -> None:
    session_id = await admin.create()
    progress = await admin.progress(session_id)
    assert progress.body.keys() == {
        "sessionId",
        "state",
        "steps",
        "errors",
        "fields",
        "canCommit",
        "expiresAt",
        "progressPercent",
    }
    assert steps(progress) == ("initiated", 25, False, done(False, False, False), [])
    await admin.add_product(session_id)
    added: Said = ("product-added", 50, True, done(True, False, False), [])
    assert steps(await admin.progress(session_id)) == added
    assert (await admin.add_product(session_id, generalPrice=-1)).status == 400
    assert steps(await admin.progress(session_id)) == added
    await admin.configure_target(session_id)
    configured: Said = ("target-configured", 75, True, done(True, True, False), [])
    assert steps(await admin.progress(session_id)) == configured

    instance.pauses.hold = True
    instance.writes.orders["transact_write_items"].extend([timed_out] * 3)
    commit = asyncio.create_task(admin.commit(session_id))
    await instance.pauses.reached.wait()
    both = done(True, True, False)
    assert steps(await admin.progress(session_id)) == ("committing", 75, False, both, [])
    instance.pauses.let_go.set()
    errors = ["Failed to commit session after 3 attempts", "Connection timeout"]
    assert (await commit).body["errors"] == errors
    assert steps(await admin.progress(session_id)) == ("failed", 75, True, both, errors)

    made = (await admin.commit(session_id)).body
    progress = await admin.progress(session_id)
    assert steps(progress) == ("committed", 100, False, done(True, True, True), [])
    for name in ("productGuid", "targetGuid", "productCode"):
        assert progress.body[name] == made[name]
