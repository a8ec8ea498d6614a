"""The trace of a message ends with its handling, and leads to what was done."""

import asyncio
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from assembly_service.pipeline.work_item import ArrivedMessage, WorkItem
from assembly_service.runtime.tracing import Step
from tests.harness.halves import half
from tests.harness.one_batch import handle_together
from tests.harness.pipeline import Pipeline
from tests.harness.senders import SENDER, SENDER_ID, TRACE_ID
from tests.harness.spans import SpanRecorder, attribute
from tests.pipeline.hand import VISIBILITY, Hand, in_hand
from tests.pipeline.support import A_CAPTION, CAPTION

OTHER_ID = "a" * 32
OTHER = {"traceparent": f"00-{OTHER_ID}-{'b' * 16}-01"}


@in_hand()
async def test_a_trace_ends_however_its_message_comes_to_be_received_again(hand: Hand) -> None:
    recorder = SpanRecorder()
    stale, unreached, handed_back = hand.messages
    for message in hand.messages:
        recorder.tracing().begin(message.trace, lambda _: Step("process"), None, SENDER, 0)
    hand.queues.stale = {stale.message_id}
    keeping = asyncio.create_task(hand.in_flight.keep_invisible())
    await asyncio.sleep(VISIBILITY / 2)
    keeping.cancel()
    assert recorder.outcomes(TRACE_ID) == ["retried"]
    hand.queues.troubles["hide"].append(TimeoutError())
    for message in (unreached, handed_back):
        await hand.in_flight.hand_back([message])
    assert recorder.outcomes(TRACE_ID) == ["retried"] * 3


@in_hand(2)
async def test_the_trace_of_a_message_that_cannot_be_deleted_says_so(hand: Hand) -> None:
    recorder = SpanRecorder()
    hand.in_flight._tracing = tracing = recorder.tracing()
    for message, sender in zip(hand.messages, (SENDER, OTHER), strict=True):
        tracing.begin(message.trace, lambda _: Step("process"), None, sender, 0)
    hand.queues.resisting = {hand.messages[0].message_id}
    await hand.in_flight.acknowledge(hand.messages)
    assert _errors(recorder, TRACE_ID, "delete ") == ["not_deleted"]
    assert _errors(recorder, OTHER_ID, "delete ") == [None]


async def test_a_trace_says_why_a_read_failed_and_that_the_next_left_its_video_out(
    pipeline: Pipeline,
) -> None:
    recorder = SpanRecorder()
    client = pipeline.clients.dynamodb_writes
    get, looks = client.batch_get_item, []

    async def get_in_trouble(**call: Any) -> Any:
        looks.append(call)
        if len(looks) == 1:
            refused = {"Error": {"Code": "InternalServerError"}}
            raise ClientError(refused, "BatchGetItem")
        if len(looks) == 2:
            return {"Responses": {}, "UnprocessedKeys": call["RequestItems"]}
        return await get(**call)

    client.batch_get_item = get_in_trouble
    await pipeline.send(CAPTION, A_CAPTION, **SENDER)
    await handle_together(replace(pipeline, tracing=recorder.tracing()), caption=1)
    errors = _errors(recorder, TRACE_ID, "BatchGetItem")
    assert errors[:3] == ["InternalServerError", "not_read", None]


@in_hand(1)
async def test_a_trace_that_has_begun_goes_on_when_its_message_is_decoded_again(
    hand: Hand,
) -> None:
    recorder, [message], begun = SpanRecorder(), hand.messages, []
    for _ in range(2):
        recorder.tracing().begin(message.trace, lambda _: Step("process"), None, SENDER, 0)
        begun.append(message.trace.span)
    assert begun[0] is begun[1]


@in_hand(2)
async def test_traces_of_one_video_handled_together_lead_to_the_one_with_the_steps(
    hand: Hand,
) -> None:
    recorder, halves = SpanRecorder(), half(CAPTION)
    tracing, [first, last] = recorder.tracing(), hand.messages
    for message, sender in ((first, OTHER), (last, SENDER)):
        tracing.begin(message.trace, lambda _: Step("process"), None, sender, 0)
    item = WorkItem(halves.key, [ArrivedMessage(each, halves, "c") for each in (last, first)])
    with tracing.spans(Step("announce"), [item]):
        item.link_traces()
    for message in (first, last):
        message.trace.end("assembled")
    [of_first] = recorder.spans(OTHER_ID)
    announced, of_last = recorder.spans(TRACE_ID)
    assert announced.parent == of_last.context
    assert [link.context for link in of_first.links][1:] == [of_last.context]
    assert [f"{link.context.span_id:016x}" for link in of_last.links] == [SENDER_ID]


def _errors(recorder: SpanRecorder, trace_id: str, name: str) -> list[object]:
    """Why the steps of a name failed in a trace; None for those that did not."""
    return [
        attribute(each, "error.type")
        for each in recorder.spans(trace_id)
        if each.name.startswith(name)
    ]
