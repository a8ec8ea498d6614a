"""The dead letters of one video."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import NotJson, Value
from assembly_service.domain.intake import Rejected, RejectionReason, kind_of, read_body
from assembly_service.domain.names import is_seller_handle, is_video_id
from assembly_service.domain.product import HalfKind, ProductKey
from assembly_service.domain.timestamps import format_milliseconds, parse_timestamp
from assembly_service.operations import dead_letters
from assembly_service.operations.dead_letters import DeadLetter


@dataclass(frozen=True, slots=True)
class VideoLetter:
    """A dead letter of a video.

    `kind` is the half that it carries, whichever queue it came on; `timestamp` is when that half
    was made, None if the event does not say so.
    """

    letter: DeadLetter
    kind: HalfKind
    timestamp: str | None

    @property
    def known_since(self) -> str:
        """When it was quarantined, or sent to the source queue if it was SQS that moved it."""
        return format_milliseconds(self.letter.sent_at)

    def made_good_by(self, timestamp: str, stored_at: str) -> bool:
        """Whether a half with this timestamp, stored at that instant, replaces the letter's."""
        if self.timestamp is None:
            return stored_at >= self.known_since
        return timestamp >= self.timestamp

    def sentence(self) -> str:
        """Return what happened, as a sentence."""
        queue, letter = self.letter.queue, self.letter
        if letter.moved_by_sqs:
            return (
                f"A message was sent to the {queue.value} queue that SQS later moved to the dead "
                f"letters: {letter.reason} (message {letter.message_id})."
            )
        detail = f", {self._detail}" if self._detail else ""
        return (
            f"A message of the {queue.value} queue was quarantined: {letter.reason}{detail} "
            f"(message {letter.message_id})."
        )

    def advice(self, noun: str) -> str:
        """Return what is wrong and what to do, to go on after `The caption was`."""
        redrive = f"dlq redrive --id {self.letter.message_id}"
        match self.letter.reason:
            case RejectionReason.WRONG_QUEUE:
                return (
                    f"sent to the {self.letter.queue.value} queue: publish the {noun} on the "
                    f"{self.kind.value} queue."
                )
            case RejectionReason.SELLER_FULL:
                return (
                    f"quarantined: {self._detail or self.letter.reason}. When the cause is gone, "
                    f"run `assembly-service {redrive}`."
                )
            case dead_letters.RECEIVE_COUNT_EXCEEDED:
                return (
                    "received too often without success, and SQS moved the message to the dead "
                    f"letters. When the cause is gone, run `assembly-service {redrive}`."
                )
            case RejectionReason.INVALID_EVENT as reason:
                return (
                    f"refused: {self._detail or reason}. Publish the {noun} again, corrected, or "
                    f"run `assembly-service {redrive} --set FIELD=VALUE`."
                )
            case reason:
                return f"refused: {self._detail or reason}. Publish the {noun} again, corrected."

    def as_json(self) -> dict[str, Value]:
        """Return the letter as data, without its body."""
        return {
            "half": self.kind.value,
            "queue": self.letter.queue.value,
            "reason": self.letter.reason,
            "detail": self.letter.detail,
            "messageId": self.letter.message_id,
            "originalMessageId": self.letter.original_message_id,
            "correlationId": self.letter.text("correlationId"),
            "sentAt": self.known_since if self.letter.moved_by_sqs else None,
            "quarantinedAt": None if self.letter.moved_by_sqs else self.known_since,
        }

    @property
    def _detail(self) -> str:
        return (self.letter.detail or "").rstrip(".")


def letters_of(key: ProductKey, letters: Iterable[DeadLetter]) -> list[VideoLetter]:
    """Return the letters whose event or attributes name the video, oldest first."""
    return [
        _video_letter(letter, event)
        for letter in sorted(letters, key=lambda letter: letter.sent_at)
        for event, attributes in [_content(letter)]
        if key in _names(event, attributes)
    ]


def letter_as_json(letter: DeadLetter) -> dict[str, Value]:
    """Return a letter with its body, and the seller and video that it names if they are valid."""
    event, attributes = _content(letter)
    seller, video = _valid_names(event, attributes)
    return {
        **_video_letter(letter, event).as_json(),
        "sellerHandle": seller,
        "videoId": video,
        "body": letter.body,
    }


def names_of(letter: DeadLetter) -> tuple[str | None, str | None]:
    """Return the seller and the video that a letter names, each None unless it is valid."""
    return _valid_names(*_content(letter))


def _video_letter(letter: DeadLetter, event: Value) -> VideoLetter:
    return VideoLetter(letter, _kind(event, letter), _timestamp(event))


def _content(letter: DeadLetter) -> tuple[Value, dict[str, Any]]:
    """Return the event, None if it cannot be read, and the texts of all attributes."""
    attributes = {name: each.get("StringValue") for name, each in letter.attributes.items()}
    try:
        return read_body(letter.body).event, {**_of_envelope(letter.body), **attributes}
    except Rejected:
        return None, {**_of_envelope(letter.body), **attributes}


def _of_envelope(body: str) -> dict[str, Any]:
    """Return the attributes of a notification, even if its message cannot be read."""
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


def _valid_names(event: Value, attributes: dict[str, Any]) -> tuple[str | None, str | None]:
    sellers, videos = zip(*_names(event, attributes), strict=True)
    return next(filter(is_seller_handle, sellers), None), next(filter(is_video_id, videos), None)


def _kind(event: Value, letter: DeadLetter) -> HalfKind:
    try:
        return kind_of(event)
    except Rejected:
        return letter.queue


def _timestamp(event: Value) -> str | None:
    written = event.get("timestamp") if isinstance(event, dict) else None
    try:
        return parse_timestamp(str(written))
    except ValueError:
        return None
