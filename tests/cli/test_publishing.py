"""How `send` groups messages, and what it does when some are not accepted."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from assembly_service.aws.message_limits import MOST_PUBLISHED_BYTES
from assembly_service.cli.batches import in_batches
from assembly_service.cli.event_files import EventLine
from assembly_service.cli.publishing import Publisher
from assembly_service.domain.product import HalfKind

CAPTION, THUMBNAIL = HalfKind

messages = st.lists(
    st.builds(
        lambda kind, size, number: EventLine(kind=kind, body="é" * size, origin=f"line {number}"),
        st.sampled_from(HalfKind),
        st.sampled_from([1, 1_000, 60_000, 140_000]),
        st.integers(),
    ),
    max_size=60,
)


@given(messages=messages, most=st.integers(1, 10))
def test_batches_keep_everything_in_order_within_the_limits(
    messages: list[EventLine], most: int
) -> None:
    batches = list(in_batches(messages, most_messages=most))
    for kind in HalfKind:
        sent = [message for batch in batches for message in batch if message.kind is kind]
        assert sent == [message for message in messages if message.kind is kind]
    for batch in batches:
        assert len({message.kind for message in batch}) == 1
        assert 1 <= len(batch) <= most
        assert len(batch) == 1 or sum(len(m.body.encode()) for m in batch) <= MOST_PUBLISHED_BYTES


class FarEnd:
    """A stand-in for a queue that accepts what `verdict` says and records all messages."""

    def __init__(self, verdict: Callable[[int, str], dict[str, Any] | None]) -> None:
        self._verdict = verdict
        self.offers: list[list[str]] = []

    def call(self, _: HalfKind, entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
        self.offers.append([entry["MessageBody"] for entry in entries])
        verdicts = [(e["Id"], self._verdict(len(self.offers), e["MessageBody"])) for e in entries]
        return {"Failed": [{"Id": id_, **failure} for id_, failure in verdicts if failure]}


def _send(far_end: FarEnd, *bodies: str) -> list[str]:
    publisher = Publisher(
        call=far_end.call, entry=lambda message: {"MessageBody": message.body}, first_pause=0.001
    )
    return publisher.send([EventLine(kind=CAPTION, body=b, origin=f"line {b}") for b in bodies])


def test_only_messages_that_were_not_accepted_are_sent_again() -> None:
    busy = {"Code": "ServiceUnavailable", "SenderFault": False}
    far_end = FarEnd(lambda attempt, body: busy if body == "b" and attempt < 3 else None)
    assert _send(far_end, "a", "b", "c") == []
    assert far_end.offers == [["a", "b", "c"], ["b"], ["b"]]


def test_a_permanent_refusal_is_reported_and_not_retried() -> None:
    unfit = {"Code": "InvalidMessageContents", "Message": "unfit", "SenderFault": True}
    far_end = FarEnd(lambda _, body: unfit if body == "b" else None)
    assert _send(far_end, "a", "b") == ["line b was not accepted: unfit."]
    assert far_end.offers == [["a", "b"]]


def test_a_message_that_is_never_accepted_is_reported_at_the_end() -> None:
    far_end = FarEnd(lambda *_: {"Code": "InternalError", "SenderFault": False})
    assert _send(far_end, "a") == ["line a was not accepted: InternalError."]
    assert len(far_end.offers) == 5


class Recorded:
    """Accepts batches for queues and topics."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []

    def send_message_batch(self, **given: Any) -> dict[str, Any]:
        self.entries += given["Entries"]
        return {}

    def publish_batch(self, **given: Any) -> dict[str, Any]:
        self.entries += given["PublishBatchRequestEntries"]
        return {}


def test_each_message_is_in_the_group_of_its_seller_if_it_names_one() -> None:
    event = '{"seller_handle": "home256"}'
    envelope = json.dumps({"Type": "Notification", "Message": event})
    bodies = [event, envelope, "{", "[]", '{"seller_handle": "no handle"}']
    lines = [EventLine(kind=CAPTION, body=body, origin="a line") for body in bodies]
    queue, topic = Recorded(), Recorded()
    Publisher.to_queues(queue, {CAPTION: "a queue"}).send(lines)
    Publisher.to_topics(topic, {CAPTION: "a topic"}).send(lines[:1])
    expected = ["home256", "home256", None, None, None]
    assert [entry.get("MessageGroupId") for entry in queue.entries] == expected
    assert [entry.get("MessageGroupId") for entry in topic.entries] == expected[:1]
