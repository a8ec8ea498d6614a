"""What an operator sees of drafts: metrics and a log line per call, and where people give up."""

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from tests.drafts.product.support import (
    SESSIONS,
    Caller,
    Instance,
)
from tests.harness.drafts import (
    Json,
    timed_out,
)

pytestmark = pytest.mark.conditions

STEPS = "assembly_draft_steps_total"
ABANDONED = "assembly_drafts_abandoned_total"
TWO_HOURS = 7_200_000


@pytest.fixture
def lines() -> Iterator[list[EventDict]]:
    """What is logged while the test runs."""
    with capture_logs() as logged:
        yield logged


def counted(instance: Instance, name: str) -> Json:
    """The values of a counter that are not 0, by its labels without the system."""
    [family] = [each for each in instance.registry.collect() if f"{each.name}_total" == name]
    return {
        "/".join(value for label, value in sorted(sample.labels.items()) if label != "system"): (
            sample.value
        )
        for sample in family.samples
        if sample.name == name and sample.value
    }


async def test_every_call_is_counted_by_its_step_and_how_it_ended(
    instance: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    assert (await admin.add_product(session_id, productCode="A B")).status == 400
    assert (await admin.configure_target(session_id)).status == 200
    assert (await admin.progress(session_id)).status == 200
    for _ in range(2):
        assert (await admin.commit(session_id)).body["success"] is True
    assert (await admin.call("GET", "/private/nothing")).status == 404
    assert counted(instance, STEPS) == {
        "done/create-product-session": 1,
        "done/add-product": 1,
        "refused/add-product": 1,
        "done/add-target": 1,
        "done/get-progress": 1,
        "done/commit-product": 1,
        "replayed/commit-product": 1,
        "refused/unknown": 1,
    }


async def test_giving_up_is_counted_apart_from_a_taken_code(
    instance: Instance, admin: Caller
) -> None:
    first, second = [await admin.draft_with_product() for _ in range(2)]
    instance.writes.orders["transact_write_items"].extend([timed_out] * 3)
    assert (await admin.commit(first)).body["success"] is False
    assert (await admin.commit(first)).body["success"] is True
    assert (await admin.commit(second)).body["success"] is False
    commits = {name for name in counted(instance, STEPS) if name.endswith("/commit-product")}
    assert commits == {"gave_up/commit-product", "done/commit-product", "refused/commit-product"}


async def test_the_log_says_why_a_commit_gave_up_even_without_its_event(
    instance: Instance, admin: Caller, lines: list[EventDict]
) -> None:
    first, second = [await admin.draft_with_product() for _ in range(2)]
    instance.writes.orders["transact_write_items"].extend([timed_out] * 3)
    refused = await admin.commit(first)
    [line] = [line for line in lines if line["event"] == "draft_commit_gave_up"]
    assert (line["session_id"], list(line["errors"])) == (first, refused.body["errors"])
    assert (await admin.commit(first)).body["success"] is True
    # A taken code is nothing for an operator to fix.
    assert (await admin.commit(second)).body["success"] is False
    assert len([line for line in lines if line["event"] == "draft_commit_gave_up"]) == 1


async def test_an_expired_draft_counts_once_as_abandoned_in_its_last_state(
    instance: Instance, admin: Caller
) -> None:
    drafts = [await admin.create(), await admin.draft_with_product()]
    committed = await admin.draft_with_product(productCode="committed")
    assert (await admin.commit(committed)).body["success"] is True
    instance.clock.now += TWO_HOURS
    for session_id in (*drafts, *drafts, committed):
        assert (await admin.progress(session_id)).status == 404
    assert counted(instance, ABANDONED) == {"initiated": 1, "product-added": 1}


async def test_every_call_logs_a_line_that_names_its_draft(
    admin: Caller, lines: list[EventDict]
) -> None:
    session_id = await admin.draft_with_product()
    assert (await admin.call("GET", f"{SESSIONS}/{'x' * 500}%1b/progress")).status == 404
    steps = [line for line in lines if line["event"] == "draft_step"]
    logged = [(line["step"], line["outcome"], line["status"], line["session_id"]) for line in steps]
    assert logged == [
        ("create-product-session", "done", 201, session_id),
        ("add-product", "done", 200, session_id),
        ("get-progress", "refused", 404, None),
    ]
    assert len({line["operation_id"] for line in steps}) == 3


async def test_the_log_says_why_a_token_was_refused_and_never_the_token(
    admin: Caller, lines: list[EventDict]
) -> None:
    stranger = Caller(session=admin.session, token="a-token-of-somebody")
    assert (await stranger.call("POST", f"{SESSIONS}/create")).status == 401
    [refused] = [line for line in lines if line["event"] == "token_refused"]
    assert refused["reason"] == "The token is malformed"
    assert "a-token-of-somebody" not in str(lines)
