"""The trace of a message ends with its handling, and leads to what was done."""

import asyncio

from assembly_service.pipeline.work_item import ArrivedMessage, WorkItem
from assembly_service.runtime.tracing import Step
from tests.harness.halves import half
from tests.harness.senders import SENDER, SENDER_ID, TRACE_ID
from tests.harness.spans import SpanRecorder
from tests.pipeline.hand import VISIBILITY, Hand, in_hand
from tests.pipeline.support import CAPTION

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
