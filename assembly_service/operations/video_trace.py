"""Where is my video? What the tables and the dead letters know of it, in words and as data."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

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


class Step(NamedTuple):
    """Something that happened to a video, at `at` in UTC milliseconds as fixed-width text."""

    at: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What was found of a video.

    `letters` are its dead letters, oldest first, or None if they could not be read, which
    `unread` then explains in a sentence; with letters, `unread` says that there may be more.
    `queued` is about how many messages wait in each source queue, of whatever videos.
    """

    stored: StoredState
    letters: Sequence[VideoLetter] | None = ()
    unread: str | None = None
    queued: Mapping[HalfKind, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
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
        sentences = [self._state_sentence(), *self._refusals()]
        if self.state is VideoState.NOTHING_STORED:
            sentences += self._queue_sentence()
        if self.findings.unread is not None:
            sentences.append(self.findings.unread)
        return " ".join(filter(None, sentences))

    def steps(self) -> list[Step]:
        """What happened, oldest first."""
        return sorted(self._steps(), key=lambda step: step.at)

    def as_json(self) -> dict[str, Value]:
        """The answer as data; a half is null until it is stored."""
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
            "steps": [step._asdict() for step in self.steps()],
        }

    def _state_sentence(self) -> str:
        product, staged = self.findings.stored.product, self.findings.stored.staged
        if product is not None:
            if product.never_updated:
                return f"The product is there since {product.created_at}."
            return (
                f"The product is there since {product.created_at} and last changed at "
                f"{product.updated_at}."
            )
        if staged is None:
            return "" if self._open_letters() else "Nothing of this video has arrived."
        half, other = _words(staged.half.kind), _words(staged.half.kind.other)
        until = format_milliseconds(staged.expires_at)
        if self.state is VideoState.WAITING:
            return f"{half.subject} {half.waits} for the {other.noun} until {until}."
        return (
            f"{half.subject} waited for the {other.noun} until {until} in vain: publish the "
            f"{half.noun} again, and the {other.noun}."
        )

    def _refusals(self) -> Iterator[str]:
        """The newest dead letter of each half that was not made good since."""
        for letter in {letter.kind: letter for letter in self._open_letters()}.values():
            words = _words(letter.kind)
            yield f"{words.subject} {words.was} {letter.advice(words.noun)}"

    def _open_letters(self) -> list[VideoLetter]:
        stored = self.findings.stored
        held: dict[HalfKind, str] = {}
        if stored.product is not None:
            held = {kind: stored.product.half(kind).timestamp for kind in HalfKind}
        elif stored.staged is not None:
            held = {stored.staged.half.kind: stored.staged.half.timestamp}
        return [
            letter
            for letter in self.findings.letters or ()
            if letter.timestamp > held.get(letter.kind, "")
        ]

    def _queue_sentence(self) -> Iterator[str]:
        waiting = [
            f"about {count} in the {kind.value} queue"
            for kind, count in self.findings.queued.items()
            if count
        ]
        if waiting:
            yield f"Messages still wait: {' and '.join(waiting)}."

    def _half(self, kind: HalfKind) -> dict[str, Value] | None:
        product, staged = self.findings.stored.product, self.findings.stored.staged
        half: dict[str, Value] = {}
        if product is not None:
            half["inProduct"] = product.half(kind).timestamp
        if staged is not None and staged.half.kind is kind:
            half |= {
                "staged": staged.half.timestamp,
                "receivedAt": format_milliseconds(staged.created_at),
                "waitsUntil": format_milliseconds(staged.expires_at),
                "orphanedAt": _or_none(staged.orphaned_at),
                "messageId": staged.message_id,
                "correlationId": staged.correlation_id,
            }
        return half or None

    def _steps(self) -> Iterator[Step]:
        product, staged = self.findings.stored.product, self.findings.stored.staged
        if product is not None:
            for kind in HalfKind:
                yield _made(product.half(kind), "now in the product")
            yield Step(product.created_at, "The product was written.")
            if not product.never_updated:
                yield Step(product.updated_at, "The product changed for the last time.")
        if staged is not None:
            kind, until = staged.half.kind, format_milliseconds(staged.expires_at)
            yield _made(staged.half, "now staged")
            yield Step(
                format_milliseconds(staged.created_at),
                f"The first {kind.value} event was received, as message {staged.message_id}.",
            )
            if self.now > staged.expires_at:
                yield Step(until, f"The staged {_words(kind).noun} expired.")
            if staged.orphaned_at is not None:
                named = format_milliseconds(staged.orphaned_at)
                yield Step(named, f"Clean-up named the {_words(kind).noun} an orphan.")
        for letter in self.findings.letters or ():
            yield Step(letter.set_aside_at, letter.sentence())


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


def _made(half: Half, where: str) -> Step:
    instant = format_milliseconds(to_milliseconds(half.timestamp))
    return Step(instant, f"The worker made the {_words(half.kind).noun}, {where}.")


def _or_none(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else format_milliseconds(milliseconds)
