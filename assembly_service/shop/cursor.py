"""The `lastKey` of a list: where the next page starts, and when the first page was read."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

from assembly_service.domain import exact_json
from assembly_service.domain.names import is_video_id
from assembly_service.domain.timestamps import checked_milliseconds


class CursorRefused(ValueError):
    """The text is not a cursor of this list. The message completes a sentence about `lastKey`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """The position after a row of a list. `updated_at` is set only in a list of changes.

    `timestamp` is the time just before the first page was queried. Times are fixed-width text in
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
    """Decode a cursor that is still URL-encoded or that the server has already decoded once.

    Its `timestamp` must not be later than `latest`. Raises CursorRefused.
    """
    fields = _fields(text, of_changes=of_changes)
    if fields["seller_handle"] != seller_handle:
        raise CursorRefused("belongs to another seller: use it with the list it came from.")
    if not is_video_id(fields["video_id"]):
        raise CursorRefused("contains an invalid video_id.")
    try:
        for name in sorted(fields.keys() & {"timestamp", "updated_at"}):
            checked_milliseconds(fields[name])
    except ValueError:
        raise CursorRefused(f"contains an invalid {name}.") from None
    if fields["timestamp"] > latest:
        raise CursorRefused("contains a timestamp in the future.")
    return Cursor(**fields)


def _fields(text: str, *, of_changes: bool) -> Mapping[str, str]:
    names = {"seller_handle", "video_id", "timestamp"} | ({"updated_at"} if of_changes else set())
    try:
        fields = exact_json.loads(text if text.startswith("{") else unquote(text))
    except exact_json.NotJson:
        raise CursorRefused(
            "was not issued by this service: pass lastEvaluatedKey unchanged."
        ) from None
    if not isinstance(fields, dict) or fields.keys() != names:
        mode = "with" if of_changes else "without"
        raise CursorRefused(
            f"must contain exactly {', '.join(sorted(names))} in a list {mode} since."
        )
    if not all(isinstance(value, str) for value in fields.values()):
        raise CursorRefused("must contain only strings.")
    return fields
