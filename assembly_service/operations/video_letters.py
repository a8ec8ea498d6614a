"""The dead letters of one video."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import NotJson, Value
from assembly_service.domain.intake import Rejected, RejectionReason, kind_of, read_body
from assembly_service.domain.product import HalfKind, ProductKey
from assembly_service.domain.timestamps import format_milliseconds, parse_timestamp
from assembly_service.operations import dead_letters
from assembly_service.operations.dead_letters import DeadLetter


@dataclass(frozen=True, slots=True)
class VideoLetter:
    """A dead letter of a video.

    `kind` is the half that it carries, whichever queue it came on; `timestamp` is when that half
    was made, or else when the message was set aside.
    """

    letter: DeadLetter
    kind: HalfKind
    timestamp: str

    @property
    def set_aside_at(self) -> str:
        """When it came into the dead-letter queue; SQS keeps the older time of what it moves."""
        return format_milliseconds(self.letter.sent_at)

    def sentence(self) -> str:
        """What happened."""
        detail = f", {self._detail}" if self._detail else ""
        return (
            f"A message of the {self.letter.queue.value} queue was set aside: {self.letter.reason}"
            f"{detail} (message {self.letter.message_id})."
        )

    def advice(self, noun: str) -> str:
        """Goes on after `The caption was`: what is wrong and what to do."""
        match self.letter.reason:
            case RejectionReason.WRONG_QUEUE:
                return (
                    f"sent to the {self.letter.queue.value} queue: publish the {noun} on the "
                    f"{self.kind.value} queue."
                )
            case RejectionReason.SELLER_FULL | dead_letters.RECEIVE_COUNT_EXCEEDED as reason:
                return (
                    f"set aside ({self._detail or reason}). When the cause is gone, run "
                    f"`assembly-service dlq redrive --reason {reason}`."
                )
            case reason:
                return f"refused: {self._detail or reason}. Publish the {noun} again, corrected."

    def as_json(self) -> dict[str, Value]:
        """The letter as data, without its body."""
        return {
            "half": self.kind.value,
            "queue": self.letter.queue.value,
            "reason": self.letter.reason,
            "detail": self.letter.detail,
            "messageId": self.letter.message_id,
            "originalMessageId": self.letter.original_message_id,
            "correlationId": self.letter.text("correlationId"),
            "setAsideAt": self.set_aside_at,
        }

    @property
    def _detail(self) -> str:
        return (self.letter.detail or "").rstrip(".")


def letters_of(key: ProductKey, letters: Iterable[DeadLetter]) -> list[VideoLetter]:
    """Those that name the video, in their event or in the attributes beside it; oldest first."""
    return [
        _video_letter(letter, event)
        for letter in sorted(letters, key=lambda letter: letter.sent_at)
        for event, attributes in [_content(letter)]
        if key in _names(event, attributes)
    ]


def letter_as_json(letter: DeadLetter) -> dict[str, Value]:
    """A letter with its body and what it names: a seller and a video, each of them perhaps null."""
    event, attributes = _content(letter)
    sellers, videos = zip(*_names(event, attributes), strict=True)
    return {
        **_video_letter(letter, event).as_json(),
        "sellerHandle": _first_text(sellers),
        "videoId": _first_text(videos),
        "receiveCount": letter.receive_count,
        "body": letter.body,
    }


def _video_letter(letter: DeadLetter, event: Value) -> VideoLetter:
    return VideoLetter(letter, _kind(event, letter), _timestamp(event, letter))


def _content(letter: DeadLetter) -> tuple[Value, dict[str, Any]]:
    """The event, None if it cannot be read, and the texts of all attributes."""
    attributes = {name: each.get("StringValue") for name, each in letter.attributes.items()}
    try:
        return read_body(letter.body).event, {**_of_envelope(letter.body), **attributes}
    except Rejected:
        return None, {**_of_envelope(letter.body), **attributes}


def _of_envelope(body: str) -> dict[str, Any]:
    """The attributes of a notification, also of one whose message cannot be read."""
    match _parsed(body):
        case {"MessageAttributes": dict(attributes)}:
            return {
                name: each.get("Value")
                for name, each in attributes.items()
                if isinstance(each, dict)
            }
    return {}


def _parsed(text: str) -> Value:
    try:
        return exact_json.loads(text)
    except NotJson:
        return None


def _names(event: Value, attributes: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    if isinstance(event, dict):
        yield event.get("seller_handle"), event.get("video_id")
    yield attributes.get("sellerHandle"), attributes.get("videoId")


def _first_text(values: Iterable[Value]) -> str | None:
    return next((value for value in values if isinstance(value, str)), None)


def _kind(event: Value, letter: DeadLetter) -> HalfKind:
    try:
        return kind_of(event)
    except Rejected:
        return letter.queue


def _timestamp(event: Value, letter: DeadLetter) -> str:
    written = event.get("timestamp") if isinstance(event, dict) else None
    try:
        return parse_timestamp(str(written))
    except ValueError:
        return parse_timestamp(format_milliseconds(letter.sent_at))
