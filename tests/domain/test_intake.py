"""Message bodies become halves or are rejected with a reason."""

import json
import re
from pathlib import Path

import pytest

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import dumps, loads
from assembly_service.domain.intake import Rejected, RejectionReason, half_of, read_body
from assembly_service.domain.product import Half, HalfKind
from tests.harness.malformed import malformed_events
from tests.harness.senders import SENDER

SAMPLES = Path(__file__).parents[2] / "samples"
CAPTION = {
    "video_id": "1",
    "seller_handle": "amani_beads",
    "title": "  Beads \U0001f60d \u0645\u0631\u062d\u0628\u0627 ",
    "price": 1,
    "sizes": None,
    "tags": [],
    "timestamp": "2026-11-18T06:00:03.512Z",
}


def take_in(body: str, queue: HalfKind = HalfKind.CAPTION) -> Half:
    return half_of(read_body(body).event, queue)


def caption(**changes: object) -> str:
    return json.dumps(CAPTION | changes)


def caption_with(field: str, json_text: str) -> str:
    return caption(**{field: "@@"}).replace('"@@"', json_text)


def reason_of(body: str, queue: HalfKind = HalfKind.CAPTION) -> tuple[RejectionReason, str]:
    with pytest.raises(Rejected) as caught:
        take_in(body, queue)
    return caught.value.reason, caught.value.detail


def invalid_samples() -> list[dict[str, str]]:
    return [json.loads(line) for line in (SAMPLES / "invalid.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("sample", invalid_samples(), ids=lambda sample: sample["note"])
def test_every_invalid_sample_gets_its_reason(sample: dict[str, str]) -> None:
    assert reason_of(sample["body"], HalfKind(sample["queue"]))[0] == sample["reason"]


@pytest.mark.parametrize("kind", HalfKind)
def test_every_valid_sample_keeps_every_field_by_value(kind: HalfKind) -> None:
    for line in (SAMPLES / f"{kind.value}s.jsonl").read_text().splitlines():
        event = loads(line)
        taken = take_in(line, kind)
        assert {**taken.event(), "timestamp": event["timestamp"]} == event


def test_envelopes_give_the_same_halves_as_their_events() -> None:
    for line in (SAMPLES / "sns-envelopes.jsonl").read_text().splitlines():
        envelope = json.loads(line)
        kind = HalfKind.CAPTION if "caption" in envelope["TopicArn"] else HalfKind.THUMBNAIL
        assert take_in(line, kind) == take_in(envelope["Message"], kind)


def test_text_survives_code_point_for_code_point_and_only_the_title_is_trimmed() -> None:
    fields = take_in(caption(raw_caption="  \U0001f1fa\U0001f1ec \u200f\u0000 ")).fields
    assert fields["title"] == "Beads \U0001f60d \u0645\u0631\u062d\u0628\u0627"
    assert fields["raw_caption"] == "  \U0001f1fa\U0001f1ec \u200f\u0000 "


def test_unknown_fields_are_ignored() -> None:
    assert take_in(caption(mood="good", nested={"\ud800": 1})) == take_in(caption())


@pytest.mark.parametrize("number", ["1999.99", "0", "-0.0", "9.99e125", "1e-130", "1" + "0" * 60])
def test_numbers_that_fit_keep_their_value(number: str) -> None:
    assert take_in(caption_with("price", number)).fields["price"] == exact_json.number(number)


@pytest.mark.parametrize(
    "number", ["1e126", "1e-131", "1e99999999999999999999", "0." + "1" * 39, "1" * 5000, "-1"]
)
def test_numbers_that_do_not_fit_are_named(number: str) -> None:
    reason, detail = reason_of(caption_with("price", number))
    assert reason is RejectionReason.INVALID_EVENT
    assert detail.startswith("price: ")


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("2026-11-18T06:00:03Z", "2026-11-18T06:00:03.000000001Z"),
        ("2026-11-18T08:00:03+03:00", "2026-11-18T06:00:03Z"),
        ("2026-11-18t06:00:03.9z", "2026-11-18T00:00:04-06:00"),
        ("2016-12-31T23:59:59.9Z", "2016-12-31T23:59:60Z"),
    ],
)
def test_timestamps_are_compared_as_instants_whatever_their_zone(earlier: str, later: str) -> None:
    assert take_in(caption(timestamp=later)).newer_than(take_in(caption(timestamp=earlier)))


@pytest.mark.parametrize(
    "timestamp",
    [
        "2026-02-30T00:00:00Z",
        "2026-11-18 06:00:03Z",
        "2026-11-18T06:00:03",
        "2026-11-18",
        "2026-11-18T24:00:00Z",
        "2026-11-18T06:00:60Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "2026-11-18T06:00:03+24:00",
        "\u0662026-11-18T06:00:03Z",
        "",
    ],
)
def test_an_invalid_timestamp_is_refused(timestamp: str) -> None:
    assert reason_of(caption(timestamp=timestamp))[1].startswith("timestamp: ")


def test_every_invalid_field_is_named_at_once() -> None:
    reason, detail = reason_of(caption(price="1", tags=[1], video_id="a/b", confidence_score=True))
    assert reason is RejectionReason.INVALID_EVENT
    for field in ("price", "tags[0]", "video_id", "confidence_score"):
        assert field in detail


def test_a_thousand_invalid_fields_are_named_within_a_kilobyte() -> None:
    objects = [{"class_name": 1, "confidence": 2, "bbox": 3} for _ in range(1_000)]
    line = (SAMPLES / "thumbnails.jsonl").read_text().splitlines()[0]
    event = json.loads(line)
    event["primary_thumbnail"]["detected_objects"] = objects
    event["processing_metadata"] = None
    _, detail = reason_of(json.dumps(event), HalfKind.THUMBNAIL)
    assert len(detail.encode()) <= 1024
    for field in ("class_name", "confidence", "bbox", "processing_metadata"):
        assert field in detail


def test_the_detail_never_repeats_what_was_sent() -> None:
    assert "secret" not in reason_of(caption(price="secret\u0007"))[1]


def test_a_refusal_says_in_plain_words_what_a_field_must_be() -> None:
    whole = {name: value for name, value in CAPTION.items() if name != "video_id"}
    event = whole | {
        "title": 1,
        "price": -1,
        "sizes": "x" * 501,
        "tags": ["a"] * 51,
        "confidence_score": 2,
        "seller_handle": "",
        "timestamp": "yesterday",
    }
    assert reason_of(json.dumps(event))[1].split("; ") == [
        "video_id: is missing",
        "seller_handle: must have 1 or more characters",
        "title: must be a string",
        "price: must be at least 0",
        "sizes: must have at most 500 characters",
        "tags: must have at most 50 entries",
        "confidence_score: must be at most 1",
        "timestamp: must be a date and time with a zone, as in 2026-11-29T06:00:04Z",
    ]


def test_no_refusal_has_the_words_of_a_library() -> None:
    details = {reason_of(each.body, each.queue)[1] for each in malformed_events()}
    assert len(details) > 50
    assert [
        detail for detail in details if re.search("Input|Field|String|List|valid", detail)
    ] == []


@pytest.mark.parametrize(
    "body",
    ["", "\ufeff{}", "{'a': 1}", "{} {}", "[" * 200_000, '{"price": Infinity}', "nul", '{"a":1,}'],
)
def test_text_that_is_not_json_is_rejected_as_such(body: str) -> None:
    assert reason_of(body)[0] is RejectionReason.NOT_JSON


@pytest.mark.parametrize(
    "body",
    [
        '{"Type": "Notification", "Message": {"title": "x"}}',
        '{"Type": "UnsubscribeConfirmation", "Message": "bye"}',
        json.dumps({"Type": "Notification", "Message": '"text"'}),
        json.dumps({"Type": "Notification", "Message": json.dumps({"Type": "Notification"})}),
        "true",
        '"text"',
        "{}",
    ],
)
def test_json_that_is_not_an_event_is_rejected_as_such(body: str) -> None:
    assert reason_of(body)[0] is RejectionReason.NOT_AN_EVENT


def test_an_event_with_fields_of_both_halves_is_a_thumbnail_event() -> None:
    both = caption(thumbnails=[])
    assert reason_of(both, HalfKind.CAPTION)[0] is RejectionReason.WRONG_QUEUE
    assert reason_of(both, HalfKind.THUMBNAIL)[0] is RejectionReason.INVALID_EVENT


def test_the_correlation_id_of_the_envelope_wins_over_that_of_the_event() -> None:
    event = caption(correlationId="of the event")
    attributes = {"correlationId": {"Type": "String", "Value": "of the envelope"}}
    envelope = {"Type": "Notification", "Message": event, "MessageAttributes": attributes}
    assert read_body(event).correlation_id == "of the event"
    assert read_body(json.dumps(envelope)).correlation_id == "of the envelope"
    assert read_body(caption(correlationId="\u0645" * 65)).correlation_id is None
    assert read_body(caption(correlationId=7)).correlation_id is None


def test_the_trace_context_of_the_sender_is_in_the_attributes_of_the_envelope() -> None:
    attributes = {name: {"Type": "String", "Value": value} for name, value in SENDER.items()}
    envelope = {"Type": "Notification", "Message": caption(), "MessageAttributes": attributes}
    assert read_body(json.dumps(envelope)).trace_context == SENDER
    assert read_body(caption(**SENDER)).trace_context == {}


def test_json_keeps_its_numbers() -> None:
    text = b'{"a":1999.99,"b":172,"c":1E-20,"d":12345678901234567890.123456789}'
    assert dumps(loads(text.decode())) == text
