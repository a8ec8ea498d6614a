"""Repairs the body of a dead letter before it goes back: fields set, the result checked."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import NotJson, Value
from assembly_service.domain.intake import Rejected, half_of, read_body
from assembly_service.domain.product import HalfKind, ProductKey

Path = tuple[str, ...]


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
        raise ValueError(f"'{text}' is no path: write it like thumbnails.0.quality_score.")
    return path


def repaired(body: str, edits: Sequence[Edit], kind: HalfKind) -> Repaired:
    """The body with the edits made in its event, inside its envelope if it has one.

    Raises CannotRepair, also if the result is no valid event of that kind.
    """
    try:
        envelope, event = _opened(body)
        differences = [_apply(event, edit) for edit in edits]
        key = half_of(event, kind).key
        written = exact_json.message_text(event)
        if envelope is not None:
            written = exact_json.message_text({**envelope, "Message": written})
        # An unknown field may hold a number that is too large to be written.
        read_body(written)
    except Rejected as error:
        raise CannotRepair(f"It would be refused again: {error.detail.rstrip('.')}.") from None
    except TypeError:
        raise CannotRepair(
            "It holds half of a surrogate pair or is nested too deeply, so it cannot be written."
        ) from None
    return Repaired(key=key, body=written, differences=differences)


def _path(text: str) -> Path:
    if text.startswith("/"):
        return tuple(
            part.replace("~1", "/").replace("~0", "~") for part in text.removeprefix("/").split("/")
        )
    return tuple(re.sub(r"\[([0-9]+)\]", r".\1", text).removeprefix(".").split("."))


def _opened(body: str) -> tuple[dict[str, Value] | None, Value]:
    """The envelope around an event, if there is one, and the event. Raises Rejected."""
    event = read_body(body).event
    outer = exact_json.loads(body)
    is_envelope = isinstance(outer, dict) and isinstance(outer.get("Message"), str)
    return (outer, event) if is_envelope and event != outer else (None, event)


def _apply(event: Value, edit: Edit) -> Difference:
    """Make an edit in place."""
    place = event
    for step in edit.path[:-1]:
        place = _at(place, step, edit)
    last = edit.path[-1]
    old: str | None = None
    if isinstance(place, list):
        old = _text(_at(place, last, edit))
        place[int(last)] = edit.value
    elif isinstance(place, dict):
        old = _text(place[last]) if last in place else None
        place[last] = edit.value
    else:
        raise _nothing_there(edit)
    return Difference(edit.where, old, _text(edit.value))


def _at(place: Value, step: str, edit: Edit) -> Value:
    if isinstance(place, dict) and step in place:
        return place[step]
    if isinstance(place, list) and step.isdecimal() and int(step) < len(place):
        return place[int(step)]
    raise _nothing_there(edit)


def _nothing_there(edit: Edit) -> CannotRepair:
    return CannotRepair(f"It has nothing at {edit.where}.")


def _text(value: Value) -> str:
    try:
        return exact_json.dumps(value).decode()
    except TypeError:
        # What is replaced may be what cannot be written, such as half of a surrogate pair.
        return json.dumps(value, default=str)
