"""If a seller is full, both halves of a product go to their dead-letter queues."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from assembly_service.aws.queues import HalfQueue
from assembly_service.domain import exact_json
from assembly_service.domain.intake import half_of, read_body
from assembly_service.domain.product import HalfKind
from assembly_service.pipeline import quarantine
from assembly_service.runtime.retry import RetryPolicy
from tests.harness.one_batch import handle_together
from tests.harness.pipeline import Pipeline, key_of
from tests.pipeline.support import (
    A_CAPTION,
    A_THUMBNAIL,
    CAPTION,
    CAPTIONS,
    KEY,
    THUMBNAIL,
    assert_assembled,
    later,
    send_and_drain,
    send_pair,
)

pytestmark = pytest.mark.conditions

FULL = {"Code": "ItemCollectionSizeLimitExceeded", "Message": "Collection size exceeded."}


class FullSeller:
    """Makes the engine refuse what makes the seller's products larger."""

    def __init__(self, pipeline: Pipeline, seller: str) -> None:
        self._table = pipeline.settings.dynamodb_products_table
        self._seller = seller
        client = pipeline.clients.dynamodb_writes
        self._execute, self._put = client.batch_execute_statement, client.put_item
        client.batch_execute_statement = self._batch
        client.put_item = self._one

    async def _batch(self, Statements: list[Any], **others: Any) -> Any:  # noqa: N803
        full = [self._table in str(each) and self._seller in str(each) for each in Statements]
        passed = [each for each, is_full in zip(Statements, full, strict=True) if not is_full]
        answer = await self._execute(Statements=passed, **others) if passed else {"Responses": []}
        answers = iter(answer["Responses"])
        return {"Responses": [{"Error": FULL} if is_full else next(answers) for is_full in full]}

    async def _one(self, **call: Any) -> Any:
        if call["TableName"] != self._table:
            return await self._put(**call)
        code = {"Code": "ItemCollectionSizeLimitExceededException", "Message": "Full."}
        raise ClientError({"Error": code}, "PutItem")


async def reasons(pipeline: Pipeline, kind: HalfKind) -> list[tuple[str, str]]:
    """The reason and the body of each dead letter."""
    return [
        (each["MessageAttributes"]["reason"]["StringValue"], each["Body"])
        for each in await pipeline.dead_letters(kind)
    ]


@pytest.mark.parametrize("first", HalfKind, ids=str)
async def test_both_halves_go_to_their_own_dead_letter_queues_the_staged_one_rebuilt(
    pipeline: Pipeline, first: HalfKind
) -> None:
    events = {CAPTION: A_CAPTION, THUMBNAIL: A_THUMBNAIL}
    async with pipeline.working():
        await send_and_drain(pipeline, first, events[first])
        FullSeller(pipeline, KEY.seller_handle)
        await send_and_drain(pipeline, first.other, events[first.other])
    for kind in HalfKind:
        [dead] = await pipeline.dead_letters(kind)
        assert dead["MessageAttributes"]["reason"]["StringValue"] == "seller_full"
        assert half_of(read_body(dead["Body"]).event, kind) == half_of(events[kind], kind)
        # Its message is gone: what was staged of it is all that is left.
        if kind is first:
            assert dead["Attributes"]["MessageGroupId"] == KEY.seller_handle
    assert await pipeline.staged() == []
    assert pipeline.announcer.announced == []


async def test_a_pair_in_flight_is_quarantined_and_other_sellers_continue(
    pipeline: Pipeline,
) -> None:
    FullSeller(pipeline, KEY.seller_handle)
    await send_pair(pipeline, 0)
    await send_pair(pipeline, 1)
    assert await handle_together(pipeline, caption=2, thumbnail=2) == []
    for kind in HalfKind:
        [(reason, _)] = await reasons(pipeline, kind)
        assert reason == "seller_full"
    assert await pipeline.product(KEY) is None
    assert await pipeline.product(key_of(CAPTIONS[1])) is not None


async def test_an_update_is_quarantined_and_the_product_stays(pipeline: Pipeline) -> None:
    async with pipeline.working():
        await send_pair(pipeline)
        await pipeline.drained()
        FullSeller(pipeline, KEY.seller_handle)
        await send_and_drain(pipeline, CAPTION, later(A_CAPTION, title="Newer"))
    await assert_assembled(pipeline, A_CAPTION, A_THUMBNAIL)
    [(reason, _)] = await reasons(pipeline, CAPTION)
    assert reason == "seller_full"
    assert await reasons(pipeline, THUMBNAIL) == []
    assert len(pipeline.announcer.announced) == 1


async def test_a_staged_half_keeps_its_record_until_the_half_in_flight_is_quarantined_too(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    await pipeline.send(CAPTION, A_CAPTION)
    await handle_together(pipeline, caption=1)
    FullSeller(pipeline, KEY.seller_handle)
    monkeypatch.setattr(quarantine, "_RETRY_SECONDS", 0.1)
    send, fails = HalfQueue.send_to_dead_letters, True

    async def fail(queue: HalfQueue, **letter: Any) -> None:
        if fails and queue.kind is THUMBNAIL:
            raise TimeoutError
        await send(queue, **letter)

    monkeypatch.setattr(HalfQueue, "send_to_dead_letters", fail)
    pipeline.retry_policy = RetryPolicy(first_hand_back=1)
    await pipeline.send(THUMBNAIL, A_THUMBNAIL)
    await handle_together(pipeline, thumbnail=1)
    assert [each.half.kind for each in await pipeline.staged()] == [CAPTION]
    fails = False
    async with pipeline.working():
        await pipeline.drained()
    assert {body for _, body in await reasons(pipeline, THUMBNAIL)} == {
        exact_json.dumps(A_THUMBNAIL).decode()
    }
    assert await reasons(pipeline, CAPTION) != []
    assert await pipeline.staged() == []
