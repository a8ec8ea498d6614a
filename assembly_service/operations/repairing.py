"""Repairs the body of a dead letter before it goes back: fields set, the result checked."""

import json
import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import NamedTuple

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import NotJson, Value
from assembly_service.domain.intake import Rejected, half_of, read_body
from assembly_service.domain.product import Half, HalfKind, ProductKey

Path = tuple[str, ...]

_INDEX = re.compile("0|[1-9][0-9]{0,8}")
_READ_BESIDE_THE_HALF = ("correlationId",)


class CannotRepair(Exception):
    """The repair does not fit the body, or the body does not become an event; one sentence."""

    def about(self, message_id: str) -> str:
        """Return the sentence with the message that it is about."""
        return f"Message {message_id} stays: {self}"


class Edit(NamedTuple):
    """A value to be set at a path of an event."""

    path: Path
    value: Value

    @property
    def where(self) -> str:
        """The path as people write it."""
        return ".".join(self.path)


class Difference(NamedTuple):
    """What an edit does to a body; `old` is None where there was nothing."""

    where: str
    old: str | None
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """A body that gives a valid half, and how it differs from the one before."""

    key: ProductKey
    body: str
    differences: Sequence[Difference]


def parse_edit(text: str) -> Edit:
    """Read `path=value`: a JSON pointer or a dotted path, and JSON or else a plain string.

    Raises ValueError with a sentence.
    """
    written, equals, value = text.partition("=")
    path = _path(written.strip())
    if not equals or "" in path:
        raise ValueError(f"'{text}' is not of the form path=value, such as price=1999.99.")
    try:
        return Edit(path, exact_json.loads(value))
    except NotJson:
        return Edit(path, value)


def parse_path(text: str) -> Path:
    """Read a JSON pointer or a dotted path. Raises ValueError with a sentence."""
    path = _path(text)
    if "" in path:
        raise ValueError(f"'{text}' is not a path: write it like thumbnails.0.quality_score.")
    return path


def repaired(body: str, edits: Sequence[Edit], kind: HalfKind) -> Repaired:
    """Return the body with the edits made in its event, inside its envelope if it has one.

    Raises CannotRepair, also if the result is not a valid event of that kind.
    """
    try:
        envelope, event = _opened(body)
        differences = [_apply(event, edit) for edit in edits]
        written = exact_json.message_text(event)
        # What was written, not the event in memory: a number too large for JSON reads otherwise.
        half = half_of(read_body(written).event, kind)
        _refuse_unknown(edits, differences, half)
        if envelope is not None:
            written = exact_json.message_text({**envelope, "Message": written})
    except Rejected as error:
        raise CannotRepair(f"It would be refused again: {error.detail.rstrip('.')}.") from None
    except (TypeError, RecursionError):
        raise CannotRepair(
            "It holds half a surrogate pair or nests too deeply, and cannot be sent again as JSON."
        ) from None
    return Repaired(key=half.key, body=written, differences=differences)


def _refuse_unknown(edits: Sequence[Edit], differences: Sequence[Difference], half: Half) -> None:
    """Refuse an edit that added a field which the service does not read: it is misspelt."""
    for edit, difference in zip(edits, differences, strict=True):
        if difference.old is None and edit.path != _READ_BESIDE_THE_HALF:
            try:
                _found(half.event(), edit.path, edit)
            except CannotRepair:
                raise CannotRepair(f"A {half.kind} event has no field {edit.where}.") from None


def _path(text: str) -> Path:
    if text.startswith("/"):
        return tuple(
            part.replace("~1", "/").replace("~0", "~") for part in text.removeprefix("/").split("/")
        )
    return tuple(re.sub(r"\[([0-9]+)\]", r".\1", text).removeprefix(".").split("."))


def _opened(body: str) -> tuple[dict[str, Value] | None, Value]:
    """Return the envelope around an event, if there is one, and the event. Raises Rejected."""
    event = read_body(body).event
    outer = exact_json.loads(body)
    is_envelope = isinstance(outer, dict) and isinstance(outer.get("Message"), str)
    return (outer, event) if is_envelope and event != outer else (None, event)


def _apply(event: Value, edit: Edit) -> Difference:
    """Make an edit in place."""
    # Copied, since later edits may change it.
    value = deepcopy(edit.value)
    place = _found(event, edit.path[:-1], edit)
    last = edit.path[-1]
    old: str | None = None
    if isinstance(place, list):
        old = _text(_at(place, last, edit))
        place[int(last)] = value
    elif isinstance(place, dict):
        old = _text(place[last]) if last in place else None
        place[last] = value
    else:
        raise _nothing_there(edit)
    return Difference(edit.where, old, _text(edit.value))


def _found(event: Value, path: Path, edit: Edit) -> Value:
    for step in path:
        event = _at(event, step, edit)
    return event


def _at(place: Value, step: str, edit: Edit) -> Value:
    if isinstance(place, dict) and step in place:
        return place[step]
    if isinstance(place, list) and _INDEX.fullmatch(step) and int(step) < len(place):
        return place[int(step)]
    raise _nothing_there(edit)


def _nothing_there(edit: Edit) -> CannotRepair:
    return CannotRepair(f"It has nothing at {edit.where}.")


def _text(value: Value) -> str:
    try:
        return exact_json.dumps(value).decode()
    except TypeError:
        # What is replaced may be what cannot be sent.
        return json.dumps(value, default=str)
