"""Turns the body of a message into a half, or rejects it with a reason."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from assembly_service.domain import exact_json
from assembly_service.domain.events import caption_parsed, thumbnail_generated
from assembly_service.domain.exact_json import NotJson, Value
from assembly_service.domain.field_errors import problem_of
from assembly_service.domain.product import Half, HalfKind, ProductKey
from assembly_service.domain.trace_context import TraceContext, trace_context_of

THUMBNAIL_SIGNS = frozenset({"thumbnails", "primary_thumbnail", "processing_metadata"})
"""Any of these makes an event a thumbnail event."""
_CAPTION_SIGNS = frozenset({"title", "price", "sizes", "tags"})
_DETAIL_BYTES = 1024
_LONGEST_CORRELATION_ID = 128  # bytes


class RejectionReason(StrEnum):
    """Why a message can never be processed."""

    NOT_JSON = "not_json"
    NOT_AN_EVENT = "not_an_event"
    WRONG_QUEUE = "wrong_queue"
    INVALID_EVENT = "invalid_event"
    TOO_LARGE = "too_large"
    SELLER_FULL = "seller_full"


class Rejected(Exception):
    """The message can never be processed; `detail` is printable text of at most 1 KB.

    `broken` has every broken field of an invalid event.
    """

    def __init__(
        self, reason: RejectionReason, detail: str, broken: Sequence["BrokenField"] = ()
    ) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail
        self.broken = broken


@dataclass(frozen=True, slots=True)
class BrokenField:
    """A field of an event, by the keys and indexes that lead to it, and what is wrong with it."""

    location: tuple[int | str, ...]
    problem: str

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"

    @property
    def path(self) -> str:
        """The location as text, as in `thumbnails[0].quality_score`."""
        parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.location)
        return "".join(parts).removeprefix(".")


@dataclass(frozen=True, slots=True)
class MessageBody:
    """A parsed message body: its event, and the attributes of the SNS envelope around it."""

    event: Value
    envelope_attributes: Mapping[str, Value]

    @property
    def correlation_id(self) -> str | None:
        """The correlation id in the envelope's attributes, else in the event."""
        from_envelope = self._attribute("correlationId")
        from_event = self.event.get("correlationId") if isinstance(self.event, dict) else None
        return usable_correlation_id(from_envelope) or usable_correlation_id(from_event)

    @property
    def trace_context(self) -> TraceContext:
        """The trace context in the envelope's attributes."""
        return trace_context_of(self._attribute("traceparent"), self._attribute("tracestate"))

    def _attribute(self, name: str) -> Value:
        attribute = self.envelope_attributes.get(name)
        return attribute.get("Value") if isinstance(attribute, dict) else None


def usable_correlation_id(value: object) -> str | None:
    """Return the value if it can be used in logs and message attributes, else None."""
    if isinstance(value, str) and value and value.isprintable():
        return value if len(value.encode()) <= _LONGEST_CORRELATION_ID else None
    return None


def read_body(text: str) -> MessageBody:
    """Parse a message body and unwrap an SNS notification. Raises Rejected."""
    content = _parse(text)
    is_envelope = isinstance(content, dict) and content.get("Type") == "Notification"
    if not is_envelope or "Message" not in content:
        return MessageBody(event=content, envelope_attributes={})
    message, attributes = content["Message"], content.get("MessageAttributes")
    if not isinstance(message, str):
        raise Rejected(RejectionReason.NOT_AN_EVENT, "The notification's Message is not a string.")
    return MessageBody(
        event=_parse(message),
        envelope_attributes=attributes if isinstance(attributes, dict) else {},
    )


def half_of(event: Value, expected: HalfKind) -> Half:
    """Return the half of an event on the queue of `expected` halves. Raises Rejected."""
    kind = kind_of(event)
    if kind is not expected:
        raise Rejected(
            RejectionReason.WRONG_QUEUE, f"A {kind.value} event came on the {expected.value} queue."
        )
    adapter: Any = caption_parsed if kind is HalfKind.CAPTION else thumbnail_generated
    try:
        fields = adapter.validate_python(event)
    except ValidationError as error:
        raise _invalid(error) from None
    return Half(
        key=ProductKey(fields.pop("seller_handle"), fields.pop("video_id")),
        kind=kind,
        timestamp=fields.pop("timestamp"),
        fields=fields,
    )


def _parse(text: str) -> Value:
    try:
        return exact_json.loads(text)
    except NotJson as error:
        raise Rejected(
            RejectionReason.NOT_JSON, _clean(f"The text is not JSON: {error}.")
        ) from None


def kind_of(event: Value) -> HalfKind:
    """Return the half that an event carries, by its fields. Raises Rejected."""
    if not isinstance(event, dict):
        raise Rejected(RejectionReason.NOT_AN_EVENT, "The JSON is not an object.")
    if THUMBNAIL_SIGNS & event.keys():
        return HalfKind.THUMBNAIL
    if _CAPTION_SIGNS & event.keys():
        return HalfKind.CAPTION
    raise Rejected(
        RejectionReason.NOT_AN_EVENT,
        "The object has the fields of neither a caption nor a thumbnail event.",
    )


def _invalid(error: ValidationError) -> Rejected:
    """Name every invalid field with what is wrong, or only the names if that is too long."""
    errors = error.errors(include_url=False, include_input=False)
    broken = [BrokenField(each["loc"], problem_of(each)) for each in errors]
    detail = "; ".join(map(str, broken))
    if len(detail.encode()) > _DETAIL_BYTES:
        names = dict.fromkeys(re.sub(r"\[\d+\]", "[]", field.path) for field in broken)
        detail = "Broken fields: " + ", ".join(names)
    return Rejected(RejectionReason.INVALID_EVENT, _clean(detail), broken)


def _clean(text: str) -> str:
    """Printable characters only, at most 1 KB."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return printable.encode("utf-8", "replace")[:_DETAIL_BYTES].decode("utf-8", "ignore")
