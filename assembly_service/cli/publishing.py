"""Sends batches of messages to the queues or, with attributes, to the topics."""

import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

from assembly_service.cli.batches import Batch
from assembly_service.cli.event_files import EventLine, parse
from assembly_service.domain.exact_json import Value
from assembly_service.domain.intake import Rejected, read_body
from assembly_service.domain.names import is_seller_handle
from assembly_service.domain.product import HalfKind
from assembly_service.runtime.retry import growing_pauses

Call = Callable[[HalfKind, list[dict[str, Any]]], dict[str, Any]]
Entry = Callable[[EventLine], dict[str, Any]]

_ATTEMPTS = 5
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 2.0


class Publisher:
    """Sends batches, and retries what is refused temporarily."""

    def __init__(
        self, *, call: Call, entry: Entry, first_pause: float = _FIRST_PAUSE_SECONDS
    ) -> None:
        self._call = call
        self._entry = entry
        self._first_pause = first_pause

    @classmethod
    def to_queues(cls, sqs: Any, urls: dict[HalfKind, str]) -> "Publisher":
        """Send each body to the queue of its kind, in the group of its seller."""
        return cls(
            call=lambda kind, entries: sqs.send_message_batch(QueueUrl=urls[kind], Entries=entries),
            entry=lambda message: {"MessageBody": message.body, **_group(message)},
        )

    @classmethod
    def to_topics(cls, sns: Any, arns: dict[HalfKind, str]) -> "Publisher":
        """Publish each body to the topic of its kind, with what producers set."""
        return cls(
            call=lambda kind, entries: sns.publish_batch(
                TopicArn=arns[kind], PublishBatchRequestEntries=entries
            ),
            entry=lambda message: {
                "Message": message.body,
                "MessageAttributes": _attributes(message),
                **_group(message),
            },
        )

    def send(self, batch: Batch) -> list[str]:
        """Send a batch of one kind. Returns a sentence for each message that was not accepted."""
        left = {str(number): message for number, message in enumerate(batch)}
        refused: list[str] = []
        pauses = growing_pauses(first=self._first_pause, longest=_LONGEST_PAUSE_SECONDS)
        for pause in (0.0, *islice(pauses, _ATTEMPTS - 1)):
            time.sleep(pause)
            failed = self._attempt(left)
            refused += [_sentence(left[f["Id"]], f) for f in failed if f.get("SenderFault")]
            left = {f["Id"]: left[f["Id"]] for f in failed if not f.get("SenderFault")}
            if not left:
                return refused
        return refused + [_sentence(left[f["Id"]], f) for f in failed if f["Id"] in left]

    def _attempt(self, messages: dict[str, EventLine]) -> Sequence[dict[str, Any]]:
        kind = next(iter(messages.values())).kind
        entries = [{"Id": id_, **self._entry(message)} for id_, message in messages.items()]
        failed: Sequence[dict[str, Any]] = self._call(kind, entries).get("Failed", [])
        return failed


def _sentence(message: EventLine, failure: dict[str, Any]) -> str:
    return f"{message.origin} was not accepted: {failure.get('Message') or failure.get('Code')}."


def _group(message: EventLine) -> dict[str, str]:
    """The group by which a fair queue shares out its messages: the seller, if there is one."""
    try:
        event = read_body(message.body).event
    except Rejected:
        return {}
    seller = event.get("seller_handle") if isinstance(event, dict) else None
    return {"MessageGroupId": str(seller)} if is_seller_handle(seller) else {}


def _attributes(message: EventLine) -> dict[str, dict[str, str]]:
    event = parse(message.body, message.origin)
    attributes = {
        "eventType": _text(_EVENT_TYPES[message.kind]),
        "videoId": _text(event.get("video_id")),
        "sellerHandle": _text(event.get("seller_handle")),
        **_ATTRIBUTES_BY_KIND[message.kind](event),
    }
    return {name: value for name, value in attributes.items() if value["StringValue"]}


def _caption_attributes(event: dict[str, Value]) -> dict[str, dict[str, str]]:
    return {"hasPrice": _text("true" if event.get("price") is not None else "false")}


def _thumbnail_attributes(event: dict[str, Value]) -> dict[str, dict[str, str]]:
    thumbnails, primary = event.get("thumbnails"), event.get("primary_thumbnail")
    score = primary.get("confidence_score") if isinstance(primary, dict) else None
    return {
        "thumbnailsCount": _number(len(thumbnails) if isinstance(thumbnails, list) else 0),
        "primaryConfidenceScore": _number(score),
    }


def _text(value: Value) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value if isinstance(value, str) else ""}


def _number(value: Value) -> dict[str, str]:
    exact = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return {"DataType": "Number", "StringValue": str(value) if exact else ""}


_EVENT_TYPES = {HalfKind.CAPTION: "CaptionParsed", HalfKind.THUMBNAIL: "ThumbnailGenerated"}
_ATTRIBUTES_BY_KIND = {
    HalfKind.CAPTION: _caption_attributes,
    HalfKind.THUMBNAIL: _thumbnail_attributes,
}
