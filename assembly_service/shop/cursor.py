"""The `lastKey` of a list: where its next page starts, and when its first page was read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

from assembly_service.domain import exact_json
from assembly_service.domain.timestamps import format_milliseconds, to_milliseconds
from assembly_service.shop.names import is_video_id

_CANONICAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")


class CursorRefusedError(ValueError):
    """The text is no cursor for this list; the message completes a sentence about `lastKey`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A list's place after a row. `updated_at` is set only in a list of changes.

    `timestamp` is the clock before the query of the first page. Times are fixed-width text in
    milliseconds.
    """

    seller_handle: str
    video_id: str
    timestamp: str
    updated_at: str | None = None

    def encode(self) -> str:
        """URL-encoded JSON."""
        keys = {"seller_handle": self.seller_handle, "video_id": self.video_id}
        if self.updated_at is not None:
            keys["updated_at"] = self.updated_at
        return quote(exact_json.dumps({**keys, "timestamp": self.timestamp}), safe="")


def decode_cursor(text: str, *, seller_handle: str, of_changes: bool, latest: str) -> Cursor:
    """Read a cursor, as it was given or already decoded once by the server.

    `latest` is the instant that its `timestamp` must not pass. Raises CursorRefusedError.
    """
    fields = _fields(text, of_changes=of_changes)
    if fields["seller_handle"] != seller_handle:
        raise CursorRefusedError("belongs to another seller: use it in the list that gave it.")
    if not is_video_id(fields["video_id"]):
        raise CursorRefusedError("holds a video_id that is none.")
    for name in ("timestamp", "updated_at"):
        if name in fields and not _is_canonical(fields[name]):
            raise CursorRefusedError(f"holds {name} in another form than this service gave it.")
    if fields["timestamp"] > latest:
        raise CursorRefusedError("holds a timestamp that lies in the future.")
    return Cursor(**fields)


def _fields(text: str, *, of_changes: bool) -> Mapping[str, str]:
    names = {"seller_handle", "video_id", "timestamp"} | ({"updated_at"} if of_changes else set())
    try:
        fields = exact_json.loads(text if text.startswith("{") else unquote(text))
    except exact_json.NotJson:
        raise CursorRefusedError(
            "is not a key that this service gave: pass lastEvaluatedKey on unchanged."
        ) from None
    if not isinstance(fields, dict) or fields.keys() != names:
        mode = "with" if of_changes else "without"
        raise CursorRefusedError(
            f"must hold exactly {', '.join(sorted(names))} in a list {mode} since."
        )
    if not all(isinstance(value, str) for value in fields.values()):
        raise CursorRefusedError("must hold strings only.")
    return fields


def _is_canonical(text: str) -> bool:
    try:
        return (
            bool(_CANONICAL.fullmatch(text)) and format_milliseconds(to_milliseconds(text)) == text
        )
    except ValueError:
        return False
