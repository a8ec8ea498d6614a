"""Transient failures are retried in flight; permanent ones are handed back."""

import asyncio
from collections.abc import Callable

import pytest

from assembly_service.runtime.retry import RetryPolicy
from tests.harness.handling import Handling
from tests.harness.hooks import fail_next
from tests.harness.one_batch import FailingStatements, handle_together, received
from tests.harness.pipeline import Pipeline
from tests.pipeline.support import (
    A_CAPTION,
    A_THUMBNAIL,
    CAPTION,
    KEY,
    KEYS,
    THUMBNAIL,
    assert_assembled,
    assert_settled,
    send_pair,
)

pytestmark = pytest.mark.conditions


@pytest.fixture
def pipeline(pipeline: Pipeline) -> Pipeline:
    """Retries soon, hands back for long."""
    pipeline.retry_policy = RetryPolicy(first_pause=0.001, first_hand_back=3_600)
    return pipeline


@pytest.mark.parametrize("operation", ["batch_get_item", "batch_execute_statement"])
@pytest.mark.parametrize("carried_out", [False, True], ids=["not carried out", "answer lost"])
async def test_calls_that_fail_several_times_hand_nothing_back_and_a_pair_counts_as_assembled(
    pipeline: Pipeline, operation: str, carried_out: bool
) -> None:
    await send_pair(pipeline)
    fail_next(pipeline.clients.dynamodb_writes, operation, times=3, carried_out=carried_out)
    await handle_together(pipeline, caption=1, thumbnail=1)
    await assert_assembled(pipeline, A_CAPTION, A_THUMBNAIL)
    assert pipeline.announcer.announced
    for kind in (CAPTION, THUMBNAIL):
        assert pipeline.count(kind, "assembled") == 1
        assert pipeline.count(kind, "retried") == 0
    await assert_settled(pipeline)


@pytest.mark.parametrize("carried_out", [False, True], ids=["not carried out", "answer lost"])
async def test_a_half_whose_staging_fails_several_times_counts_as_staged(
    pipeline: Pipeline, carried_out: bool
) -> None:
    await pipeline.send(CAPTION, A_CAPTION)
    fail_next(
        pipeline.clients.dynamodb_writes,
        "batch_execute_statement",
        times=3,
        carried_out=carried_out,
    )
    await handle_together(pipeline, caption=1)
    assert len(await pipeline.staged()) == 1
    assert pipeline.count(CAPTION, "staged") == 1
    assert await pipeline.messages_left() == 0


async def test_a_refused_write_is_handed_back_at_once_and_the_others_continue(
    pipeline: Pipeline,
) -> None:
    refusals = FailingStatements(pipeline, KEYS[1].video_id, most=40, code="ValidationError")
    await send_pair(pipeline, 0)
    await send_pair(pipeline, 1)
    assert await handle_together(pipeline, caption=2, thumbnail=2) == []
    assert (await pipeline.products()).keys() == {KEYS[0]}
    assert refusals.failed == 1
    for kind in (CAPTION, THUMBNAIL):
        assert pipeline.count(kind, "assembled") == pipeline.count(kind, "retried") == 1
    assert await pipeline.messages_left() == 2


Trouble = Callable[[Pipeline], object]


def throttled(pipeline: Pipeline) -> None:
    """One item is refused."""
    FailingStatements(pipeline, KEY.video_id, most=1)


def unanswered(method: str) -> Trouble:
    """A call fails as a whole."""
    return lambda pipeline: fail_next(pipeline.clients.dynamodb_writes, method)


def topic_down(pipeline: Pipeline) -> None:
    """The topic refuses everything."""
    pipeline.announcer.refusals = 1


@pytest.mark.parametrize(
    ("trouble", "goes_on"),
    [
        (throttled, True),
        (unanswered("batch_execute_statement"), False),
        (unanswered("batch_get_item"), False),
        (topic_down, False),
    ],
    ids=["an item", "a write", "a look", "the topic"],
)
async def test_receiving_continues_beside_an_item_in_trouble_and_pauses_if_a_call_fails_as_a_whole(
    pipeline: Pipeline, trouble: Trouble, goes_on: bool
) -> None:
    await send_pair(pipeline)
    messages = await received(pipeline, caption=1, thumbnail=1)
    handling = Handling(await pipeline.collaborators(asyncio.Event()), messages)
    trouble(pipeline)
    assert await handling.loop.assemble((await handling.loop.accept(messages)).work) == []
    assert len(handling.waiting.items) == 1
    assert handling.gate.open.is_set() is goes_on
    await handling.work_on([])
    assert handling.gate.open.is_set()
    await assert_settled(pipeline)
