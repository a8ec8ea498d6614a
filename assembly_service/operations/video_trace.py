"""Where is my video? What the tables and the dead letters know of it, in words and as data."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from assembly_service.aws.queues import QueueCounts
from assembly_service.domain.exact_json import Value
from assembly_service.domain.product import Half, HalfKind, ProductKey
from assembly_service.domain.timestamps import format_milliseconds, to_milliseconds
from assembly_service.operations.video_letters import VideoLetter
from assembly_service.storage.assembly_tables import StoredState


class VideoState(StrEnum):
    """How far a video has come. An expired half becomes an orphan when clean-up finds it."""

    NOTHING_STORED = "nothing_stored"
    WAITING = "waiting"
    EXPIRED = "expired"
    ORPHANED = "orphaned"
    PRODUCT = "product"


class VideoStep(NamedTuple):
    """Something that happened to a video, at `at` in UTC milliseconds as fixed-width text."""

    at: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What was found of a video.

    `letters` are its dead letters, oldest first, or None if none could be read; `letters_read_at`
    is in milliseconds since 1970. `unread` says in sentences what could not be read. `queued` is
    about how many messages each source queue has, of whatever videos.
    """

    stored: StoredState
    letters: Sequence[VideoLetter] | None
    letters_read_at: int
    unread: str | None
    queued: Mapping[HalfKind, QueueCounts]


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoTrace:
    """The answer about one video at the instant `now`, in milliseconds since 1970."""

    key: ProductKey
    findings: Findings
    now: int

    @property
    def state(self) -> VideoState:
        """How far the video has come."""
        stored = self.findings.stored
        if stored.product is not None:
            return VideoState.PRODUCT
        if stored.staged is None:
            return VideoState.NOTHING_STORED
        if stored.staged.orphaned_at is not None:
            return VideoState.ORPHANED
        return VideoState.EXPIRED if self.now > stored.staged.expires_at else VideoState.WAITING

    @property
    def summary(self) -> str:
        """What is the matter and what to do."""
        sentences = [
            self._state_sentence(),
            *self._queue_sentences(),
            self._advice(),
            *self._refusals(),
            self.findings.unread,
        ]
        return " ".join(filter(None, sentences))

    def steps(self) -> list[VideoStep]:
        """Return what happened, oldest first."""
        return sorted(self._steps(), key=lambda step: step.at)

    def as_json(self) -> dict[str, Value]:
        """Return the answer as data; a half is null until it is stored."""
        stored = self.findings.stored
        return {
            "sellerHandle": self.key.seller_handle,
            "videoId": self.key.video_id,
            "state": self.state.value,
            "summary": self.summary,
            "halves": {kind.value: self._half(kind) for kind in HalfKind},
            "product": None
            if stored.product is None
            else {"createdAt": stored.product.created_at, "updatedAt": stored.product.updated_at},
            "deadLetters": None
            if self.findings.letters is None
            else [letter.as_json() for letter in self.findings.letters],
            "deadLettersReadAt": format_milliseconds(self.findings.letters_read_at),
            "steps": [step._asdict() for step in self.steps()],
        }

    def _state_sentence(self) -> str:
        product, staged = self.findings.stored.product, self.findings.stored.staged
        if product is not None:
            there = f"The product has been there since {product.created_at}"
            if product.never_updated:
                return f"{there}."
            return f"{there} and last changed at {product.updated_at}."
        if staged is None:
            return self._nothing_stored()
        half, other = _words(staged.half.kind), _words(staged.half.kind.other)
        until = format_milliseconds(staged.expires_at)
        if self.state is VideoState.WAITING:
            return f"{half.subject} {half.waits} for the {other.noun} until {until}."
        return f"{half.subject} waited in vain for the {other.noun} until {until}."

    def _nothing_stored(self) -> str:
        if self._open_letters():
            return ""
        if self.findings.unread is not None:
            return "Nothing of this video was found, but not everything could be read."
        if any(map(any, self.findings.queued.values())):
            return "Nothing of this video is stored yet."
        return (
            "Nothing of this video has arrived. Check the spelling of its seller and id, and to "
            "which queues its worker publishes."
        )

    def _missing(self) -> Sequence[HalfKind]:
        stored = self.findings.stored
        if stored.product is not None:
            return ()
        return tuple(HalfKind) if stored.staged is None else (stored.staged.half.kind.other,)

    def _queue_sentences(self) -> Iterator[str]:
        """Say how many messages the queues of missing halves have: the half may be among them."""
        for kind in self._missing():
            size = self.findings.queued.get(kind)
            if size is not None and any(size):
                yield _queue_sentence(kind, size)

    def _advice(self) -> str:
        staged = self.findings.stored.staged
        if staged is None or self.state not in {VideoState.EXPIRED, VideoState.ORPHANED}:
            return ""
        other = _words(staged.half.kind.other)
        if any(self._queue_sentences()):
            return f"If that does not bring the {other.noun}, publish both halves again."
        return "Publish both halves again."

    def _refusals(self) -> Iterator[str]:
        """Say what to do about the newest dead letter of each half that nothing replaced since."""
        for letter in {letter.kind: letter for letter in self._open_letters()}.values():
            words = _words(letter.kind)
            yield f"{words.subject} {words.was} {letter.advice(words.noun)}"

    def _open_letters(self) -> list[VideoLetter]:
        product, staged = self.findings.stored.product, self.findings.stored.staged
        held: dict[HalfKind, tuple[str, str]] = {}
        if product is not None:
            held = {kind: (product.half(kind).timestamp, product.updated_at) for kind in HalfKind}
        elif staged is not None:
            stored_at = format_milliseconds(staged.updated_at)
            held = {staged.half.kind: (staged.half.timestamp, stored_at)}
        return [
            letter
            for letter in self.findings.letters or ()
            if letter.kind not in held or not letter.made_good_by(*held[letter.kind])
        ]

    def _half(self, kind: HalfKind) -> dict[str, Value] | None:
        product, staged = self.findings.stored.product, self.findings.stored.staged
        half: dict[str, Value] = {}
        if product is not None:
            half["inProduct"] = product.half(kind).timestamp
        if staged is not None and staged.half.kind is kind:
            half |= {
                "staged": staged.half.timestamp,
                "firstReceivedAt": format_milliseconds(staged.created_at),
                "waitsUntil": format_milliseconds(staged.expires_at),
                "orphanedAt": _or_none(staged.orphaned_at),
                "messageId": staged.message_id,
                "correlationId": staged.correlation_id,
            }
        return half or None

    def _steps(self) -> Iterator[VideoStep]:
        product, staged = self.findings.stored.product, self.findings.stored.staged
        if product is not None:
            for kind in HalfKind:
                yield _made(product.half(kind), "that the product holds")
            yield VideoStep(product.created_at, "The product was written.")
            if not product.never_updated:
                yield VideoStep(product.updated_at, "The product changed for the last time.")
        if staged is not None:
            kind, until = staged.half.kind, format_milliseconds(staged.expires_at)
            # A newer event replaces the staged one, but keeps the time of the first.
            yield _made(staged.half, f"staged as message {staged.message_id}")
            yield VideoStep(
                format_milliseconds(staged.created_at), f"The first {kind.value} event was staged."
            )
            if self.now > staged.expires_at:
                yield VideoStep(until, f"The staged {_words(kind).noun} expired.")
            if staged.orphaned_at is not None:
                named = format_milliseconds(staged.orphaned_at)
                yield VideoStep(named, f"Clean-up named the {_words(kind).noun} an orphan.")
        for letter in self.findings.letters or ():
            yield VideoStep(letter.known_since, letter.sentence())


class _Words(NamedTuple):
    noun: str
    was: str
    waits: str

    @property
    def subject(self) -> str:
        return f"The {self.noun}"


_CAPTION = _Words("caption", "was", "waits")
_THUMBNAILS = _Words("thumbnails", "were", "wait")


def _words(kind: HalfKind) -> _Words:
    return _CAPTION if kind is HalfKind.CAPTION else _THUMBNAILS


def _queue_sentence(kind: HalfKind, size: QueueCounts) -> str:
    messages = f"about {sum(size)} message{'' if sum(size) == 1 else 's'}"
    of_them = f"{size.hidden} of them " if size.visible else ""
    in_hand = f", {of_them}being handled or retried" if size.hidden else ""
    return f"The {kind.value} queue has {messages}{in_hand}."


def _made(half: Half, where: str) -> VideoStep:
    instant = format_milliseconds(to_milliseconds(half.timestamp))
    return VideoStep(instant, f"The worker made the {_words(half.kind).noun} {where}.")


def _or_none(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else format_milliseconds(milliseconds)
