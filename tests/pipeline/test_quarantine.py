"""What can never be processed is quarantined with its reason and delays nobody."""

import json

from assembly_service.domain.product import HalfKind
from assembly_service.runtime.retry import RetryPolicy
from tests.harness.pipeline import SAMPLES, Pipeline, eventually, key_of, sample_events
from tests.harness.senders import SENDER, TRACE_ID
from tests.harness.spans import SpanRecorder


async def test_every_invalid_sample_is_quarantined_and_valid_ones_are_assembled(
    pipeline: Pipeline,
) -> None:
    samples = [json.loads(line) for line in (SAMPLES / "invalid.jsonl").read_text().splitlines()]
    valid = {kind: sample_events(kind, 5) for kind in HalfKind}
    for number, sample in enumerate(samples):
        await pipeline.send(HalfKind(sample["queue"]), sample["body"])
        if number < 5:
            for kind in HalfKind:
                await pipeline.send(kind, valid[kind][number])
    async with pipeline.working():
        await pipeline.drained()
    for kind in HalfKind:
        expected = sorted((s["body"], s["reason"]) for s in samples if s["queue"] == kind.value)
        dead = await pipeline.dead_letters(kind)
        assert expected == sorted(
            (each["Body"], each["MessageAttributes"]["reason"]["StringValue"]) for each in dead
        )
        source = pipeline.url(kind).rsplit("/", 1)[-1]
        for each in dead:
            attributes = each["MessageAttributes"]
            assert attributes["sourceQueue"]["StringValue"] == source
            assert 0 < len(attributes["detail"]["StringValue"].encode()) <= 1024
            assert attributes["originalMessageId"]["StringValue"]
    assert (await pipeline.products()).keys() == {
        key_of(event) for event in valid[HalfKind.CAPTION]
    }


async def test_a_message_keeps_its_own_attributes_in_the_dead_letter_queue(
    pipeline: Pipeline,
) -> None:
    await pipeline.send(HalfKind.CAPTION, "hello", correlationId="trace 8", eventType="Odd")
    async with pipeline.working():
        await pipeline.drained()
    [dead] = await pipeline.dead_letters(HalfKind.CAPTION)
    attributes = {name: value["StringValue"] for name, value in dead["MessageAttributes"].items()}
    assert attributes["eventType"] == "Odd"
    assert attributes["correlationId"] == "trace 8"
    assert attributes["reason"] == "not_json"


async def test_a_dead_letter_keeps_the_trace_of_its_sender_which_has_the_quarantine(
    pipeline: Pipeline,
) -> None:
    recorder = SpanRecorder()
    pipeline.tracing = recorder.tracing()
    await pipeline.send(HalfKind.CAPTION, "hello", **SENDER)
    async with pipeline.working():
        await pipeline.drained()
    [dead] = await pipeline.dead_letters(HalfKind.CAPTION)
    attributes = {name: value["StringValue"] for name, value in dead["MessageAttributes"].items()}
    assert attributes.items() >= SENDER.items()
    assert recorder.outcomes(TRACE_ID) == ["quarantined"]
    kinds = {each.name.split()[0]: each.kind.name for each in recorder.spans(TRACE_ID)}
    assert kinds == {"process": "CONSUMER", "send": "CLIENT", "delete": "CLIENT"}


async def test_without_a_dead_letter_queue_a_message_stays_in_its_queue_with_a_delay(
    pipeline: Pipeline,
) -> None:
    alone = await pipeline.clients.sqs.create_queue(QueueName="alone")
    pipeline.settings = pipeline.settings.model_copy(
        update={"sqs_caption_analysis_queue_url": alone["QueueUrl"]}
    )
    pipeline.retry_policy = RetryPolicy(first_hand_back=3_600)
    await pipeline.send(HalfKind.CAPTION, "hello")
    await pipeline.send(HalfKind.THUMBNAIL, "hello")

    async def both_settled() -> bool:
        return (
            pipeline.count(HalfKind.CAPTION, "retried") > 0
            and pipeline.count(HalfKind.THUMBNAIL, "quarantined") > 0
        )

    async with pipeline.working():
        await eventually(both_settled)
    assert await pipeline.messages_left() == 1
    assert await (await pipeline.queue(HalfKind.CAPTION)).receive(wait=False) == []
    assert pipeline.count(HalfKind.CAPTION, "retried") == 1
    impossible = "assembly_quarantine_impossible_total"
    sample = pipeline.metrics.registry.get_sample_value
    assert [sample(impossible, {"queue": kind.value}) for kind in HalfKind] == [1, 0]
