"""Message bodies that are not events, or events on the wrong queue."""

import json
from collections.abc import Iterator

from assembly_service.domain.product import HalfKind
from tests.harness.malformed import CAPTION, THUMBNAIL, Malformed, malformed_events, plain_event

_NOT_JSON = [
    " ",
    "\n",
    "hello",
    "{",
    "}",
    "[",
    "]",
    "{]",
    "NaN",
    "[NaN]",
    "Infinity",
    "-Infinity",
    "undefined",
    "None",
    "True",
    "tru",
    "nulll",
    "01",
    "1.",
    ".5",
    "+1",
    "-",
    "1e",
    "0x10",
    "1_000",
    "'a'",
    "{'a': 1}",
    '{"a": 1,}',
    "[1,]",
    "[,1]",
    "[1 2]",
    '{"a" 1}',
    '{"a"}',
    "{a: 1}",
    '{1: "a"}',
    '"unterminated',
    '"\\x41"',
    '"\\u12"',
    '"a\tb"',
    '{"a": 1}{"b": 2}',
    '{"a": 1} trailing',
    '// comment\n{"a": 1}',
    '/* comment */ {"a": 1}',
    "\ufeff{}",
    "<event><title>a</title></event>",
    "title,price\ncup,5",
    "title: cup\nprice: 5",
    "eyJ0aXRsZSI6ICJjdXAifQ==",
    "title=cup&price=5",
    "\U0001f60d",
    "[" * 100_000,
    '{"a":' * 50_000,
    "[" * 50_000 + "]" * 50_000,
]
_NOT_EVENTS = [
    "null",
    "true",
    "false",
    "0",
    "-1.5e3",
    "1e999999999999999999",
    '""',
    '"hello"',
    "[]",
    "{}",
    "[[[]]]",
    '{"Title": "a"}',
    '{"": ""}',
    '{"title ": "a"}',
    '{"Records": [{"eventSource": "aws:s3"}]}',
    '{"version": "0", "detail-type": "CaptionParsed", "detail": {"title": "a"}}',
    '{"data": {"title": "a", "tags": []}}',
    '{"video_id": "1", "seller_handle": "a", "timestamp": "2026-11-18T06:00:00Z"}',
    '{"raw_caption": "a", "confidence_score": 1}',
]
_NOT_NOTIFICATIONS: list[dict[str, object]] = [
    {
        "Type": "SubscriptionConfirmation",
        "Message": "{}",
        "Token": "x",
        "SubscribeURL": "https://a",
    },
    {"Type": "UnsubscribeConfirmation", "Message": "{}"},
    {"Type": "notification", "Message": "{}"},
    {"Type": None, "Message": "{}"},
    {"Type": ["Notification"], "Message": "{}"},
    {"Message": "{}"},
    {"Type": "Notification"},
    {"Type": "Notification", "message": "{}"},
    {"Type": "Notification", "Message": None},
    {"Type": "Notification", "Message": 5},
    {"Type": "Notification", "Message": True},
    {"Type": "Notification", "Message": []},
    {"Type": "Notification", "Message": {}},
    {"Type": "Notification", "Message": [{}]},
]


def malformed_messages() -> list[Malformed]:
    """Every kind once, and once more inside an SNS envelope if it fits."""
    kinds = [*_no_events(), *_on_the_other_queue(), *malformed_events()]
    return [*kinds, *(_in_an_envelope(kind) for kind in kinds)]


def _no_events() -> Iterator[Malformed]:
    for number, text in enumerate(_NOT_JSON):
        queue = list(HalfKind)[number % 2]
        yield Malformed(f"not JSON: {text[:30]!a}", queue, text, "not_json")
    for value in ("NaN", "Infinity", "-Infinity", "01", "0x1F", "1,5"):
        body = json.dumps(plain_event(CAPTION) | {"price": "@"}).replace('"@"', value)
        yield Malformed(f"price {value}", CAPTION, body, "not_json")
    for kind in HalfKind:
        whole = json.dumps(plain_event(kind))
        for share in (0.1, 0.5, 0.9):
            cut = whole[: int(len(whole) * share)]
            yield Malformed(f"{kind.value} cut off at {share}", kind, cut, "not_json")
        yield Malformed(f"{kind.value} in a list", kind, f"[{whole}]", "not_an_event")
        yield Malformed(f"{kind.value} as a text", kind, json.dumps(whole), "not_an_event")
    for number, text in enumerate([*_NOT_EVENTS, *map(json.dumps, _NOT_NOTIFICATIONS)]):
        queue = list(HalfKind)[number % 2]
        yield Malformed(f"not an event: {text[:60]}", queue, text, "not_an_event")


def _on_the_other_queue() -> Iterator[Malformed]:
    for kind in HalfKind:
        event = plain_event(kind)
        for name, body in {
            "whole": event,
            "broken": event | {"video_id": 5},
            "without its key": {k: v for k, v in event.items() if k != "video_id"},
        }.items():
            yield Malformed(f"{kind.value} {name}", kind.other, json.dumps(body), "wrong_queue")
    both = json.dumps(plain_event(CAPTION) | plain_event(THUMBNAIL))
    yield Malformed("both halves at once", CAPTION, both, "wrong_queue")
    for sign in ("thumbnails", "primary_thumbnail", "processing_metadata"):
        yield Malformed(f"{sign} alone", CAPTION, f'{{"{sign}": null}}', "wrong_queue")
    for sign in ("title", "price", "sizes", "tags"):
        yield Malformed(f"{sign} alone", THUMBNAIL, f'{{"{sign}": null}}', "wrong_queue")


def _in_an_envelope(kind: Malformed) -> Malformed:
    envelope = {
        "Type": "Notification",
        "MessageId": "1",
        "TopicArn": "arn:aws:sns:us-east-1:000000000000:topic",
        "Message": kind.body,
        "MessageAttributes": {"eventType": {"Type": "String", "Value": "CaptionParsed"}},
    }
    inner_is_envelope = kind.body.startswith('{"Type"') or kind.body.startswith('{"Message"')
    reason = "not_an_event" if inner_is_envelope else kind.reason
    return kind._replace(
        name=f"{kind.name}, in an envelope", body=json.dumps(envelope), reason=reason
    )
