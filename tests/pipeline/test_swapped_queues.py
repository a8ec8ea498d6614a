"""Swapped queue settings do not empty both queues into quarantine."""

from dataclasses import replace

from structlog.testing import capture_logs

from assembly_service.aws.queues import Message
from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value
from assembly_service.domain.product import HalfKind
from assembly_service.pipeline.swapped_queues import SwappedQueues
from assembly_service.pipeline.work_item import UnfitMessage, decode
from assembly_service.runtime.metrics import Metrics
from tests.harness.pipeline import Pipeline, eventually, sample_events

OTHER = {HalfKind.CAPTION: HalfKind.THUMBNAIL, HalfKind.THUMBNAIL: HalfKind.CAPTION}


def total(pipeline: Pipeline, outcome: str) -> float:
    return sum(pipeline.count(kind, outcome) for kind in HalfKind)


async def test_from_the_tenth_on_messages_of_swapped_queues_are_handed_back(
    pipeline: Pipeline,
) -> None:
    events = {kind: sample_events(kind, 13) for kind in HalfKind}
    for kind in HalfKind:
        for event in events[kind][:12]:
            await pipeline.send(OTHER[kind], event)
    with capture_logs() as logs:
        async with pipeline.working() as worker:

            async def all_settled() -> bool:
                return total(pipeline, "quarantined") + total(pipeline, "retried") >= 24

            await eventually(all_settled)
            assert total(pipeline, "quarantined") == 9
            assert worker.queues_seem_swapped
            said = [line["event"] for line in logs]
            assert said.count("queues_seem_swapped") == 1
            assert "message_handed_back" not in said

            async def right_ones_came() -> bool:
                return bool(await pipeline.products())

            for kind in HalfKind:
                await pipeline.send(kind, events[kind][12])
            await eventually(right_ones_came)
            assert not worker.queues_seem_swapped

            async def quarantined_again() -> bool:
                return total(pipeline, "quarantined") == 10

            await pipeline.send(HalfKind.CAPTION, events[HalfKind.THUMBNAIL][0])
            await eventually(quarantined_again)
    assert await pipeline.messages_left() == 15


def message(kind: HalfKind, body: Value, message_id: str = "m") -> Message:
    return Message(
        queue=kind,
        body=exact_json.dumps(body).decode(),
        message_id=message_id,
        receipt_handle="r",
        receive_count=1,
        sent_at=0,
    )


def unfit(body: Value, message_id: str) -> UnfitMessage:
    decoded = decode(message(HalfKind.CAPTION, body, message_id))
    assert isinstance(decoded, UnfitMessage)
    return decoded


def withheld(queues: SwappedQueues, *, first: int, last: int) -> list[bool]:
    """Whether each of some thumbnails on the captions queue is withheld."""
    return [queues.withhold(unfit({"thumbnails": []}, f"m{n}")) for n in range(first, last + 1)]


def seems_swapped(metrics: Metrics) -> float | None:
    return metrics.registry.get_sample_value("assembly_queues_seem_swapped")


def test_one_message_on_its_own_queue_shows_that_the_queues_are_right() -> None:
    metrics = Metrics()
    queues = SwappedQueues(metrics.queues)
    with capture_logs() as logs:
        assert withheld(queues, first=1, last=11) == [False] * 9 + [True] * 2
        assert queues.suspected
        assert seems_swapped(metrics) == 1
        # An invalid caption is still a caption.
        for _ in range(2):
            queues.see([decode(message(HalfKind.CAPTION, {"title": ""}))])
        assert not queues.suspected
        assert seems_swapped(metrics) == 0
        assert not any(withheld(queues, first=1, last=20))
    assert [line["event"] for line in logs] == ["queues_seem_swapped", "queues_not_swapped"]
    assert "handed back" in logs[0]["from_now_on"]


def test_the_end_of_a_suspicion_is_logged_only_if_there_was_one() -> None:
    queues = SwappedQueues(Metrics().queues)
    with capture_logs() as logs:
        withheld(queues, first=1, last=9)
        queues.see([decode(message(HalfKind.CAPTION, {"title": ""}))])
    assert logs == []


def test_a_redelivered_wrong_message_is_counted_once() -> None:
    queues = SwappedQueues(Metrics().queues)
    assert withheld(queues, first=1, last=9) == [False] * 9
    again = unfit({"thumbnails": []}, "m9")
    for receipt in range(20):
        received = again._replace(message=replace(again.message, receipt_handle=f"r{receipt}"))
        assert not queues.withhold(received)
    assert not queues.suspected
    assert withheld(queues, first=10, last=10) == [True]


def test_messages_that_are_not_events_say_nothing_about_the_queues() -> None:
    queues = SwappedQueues(Metrics().queues)
    hello = [unfit("hello", f"h{number}") for number in range(20)]
    assert not any(map(queues.withhold, hello))
    queues.see(hello)
    assert withheld(queues, first=1, last=10) == [False] * 9 + [True]
