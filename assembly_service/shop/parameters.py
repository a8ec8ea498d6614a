"""What clients put into paths and queries, checked; every mistake is found, not only the first."""

import re
from dataclasses import dataclass

from aiohttp import web
from multidict import MultiMapping

from assembly_service.domain.instants import format_milliseconds, parse_instant
from assembly_service.domain.product import ProductKey
from assembly_service.http.problems import Mistake, invalid_parameters
from assembly_service.settings import Settings
from assembly_service.shop.cursor import Cursor, CursorRefusedError, decode_cursor
from assembly_service.shop.names import is_seller_handle, is_video_id
from assembly_service.storage.catalogue import start_of_changes

DEFAULT_LIMIT = 20
MOST_PRODUCTS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest:
    """A page that a client asks for.

    `since` is as the client wrote it; `changes_from` is the instant it means less the allowances,
    fixed-width in milliseconds. Both are None in a list of the newest.
    """

    seller_handle: str
    limit: int
    since: str | None
    changes_from: str | None
    cursor: Cursor | None


def read_list_request(request: web.Request, *, settings: Settings, now: int) -> ListRequest:
    """Check all parameters of a list. `now` is in milliseconds. Raises Problem."""
    reader = _Reader(request.query)
    seller_handle = reader.seller_handle(request.match_info["handle"])
    limit = reader.limit()
    since = reader.since()
    cursor = reader.cursor(
        seller_handle=seller_handle,
        latest=format_milliseconds(now + round(settings.clock_skew_allowance * 1000)),
    )
    changes_from = reader.changes_from(
        since, cursor, settings.clock_skew_allowance + settings.commit_allowance
    )
    reader.refuse_mistakes()
    return ListRequest(
        seller_handle=seller_handle,
        limit=limit,
        since=since,
        changes_from=changes_from,
        cursor=cursor,
    )


def read_product_key(request: web.Request) -> ProductKey:
    """Check the path of one product. Raises Problem."""
    reader = _Reader(request.query)
    key = ProductKey(
        reader.seller_handle(request.match_info["handle"]),
        reader.video_id(request.match_info["videoId"]),
    )
    reader.refuse_mistakes()
    return key


class _Reader:
    """Reads parameters and gathers the mistakes in them; what it gives then is of no use."""

    def __init__(self, query: MultiMapping[str]) -> None:
        self._query = query
        self._mistakes: list[Mistake] = []

    def refuse_mistakes(self) -> None:
        if self._mistakes:
            raise invalid_parameters(self._mistakes)

    def seller_handle(self, text: str) -> str:
        if not is_seller_handle(text):
            self._mistake(
                "handle",
                "must be 1 to 64 letters, digits, dots, underscores or hyphens, and not '.' or"
                " '..' alone.",
            )
        return text

    def video_id(self, text: str) -> str:
        if not is_video_id(text):
            self._mistake("videoId", "must be 1 to 128 letters, digits, underscores or hyphens.")
        return text

    def limit(self) -> int:
        text = self._single("limit")
        if text is None:
            return DEFAULT_LIMIT
        limit = int(text) if re.fullmatch("[0-9]{1,3}", text) else 0
        if not 1 <= limit <= MOST_PRODUCTS:
            self._mistake("limit", f"must be a whole number from 1 to {MOST_PRODUCTS}.")
        return limit

    def since(self) -> str | None:
        text = self._single("since")
        if text is None:
            return None
        # An offset whose + was not encoded arrives with a space.
        since = re.sub(r" (?=\d\d:\d\d$)", "+", text)
        try:
            parse_instant(since)
        except ValueError:
            self._mistake(
                "since", "must be an RFC 3339 instant with a zone, such as 2026-01-31T09:30:00Z."
            )
        return since

    def cursor(self, *, seller_handle: str, latest: str) -> Cursor | None:
        text = self._single("lastKey")
        if text is None:
            return None
        try:
            return decode_cursor(
                text,
                seller_handle=seller_handle,
                of_changes="since" in self._query,
                latest=latest,
            )
        except CursorRefusedError as error:
            self._mistake("lastKey", str(error))
            return None

    def changes_from(
        self, since: str | None, cursor: Cursor | None, allowance_seconds: float
    ) -> str | None:
        if since is None or self._mistakes:
            return None
        start = start_of_changes(parse_instant(since), allowance_seconds=allowance_seconds)
        if cursor and (cursor.updated_at or "") <= start:
            self._mistake("lastKey", "lies before since: keep since the same on every page.")
        return start

    def _single(self, name: str) -> str | None:
        values = self._query.getall(name, [])
        if len(values) > 1:
            self._mistake(name, "is given more than once.")
            return None
        return values[0] if values else None

    def _mistake(self, parameter: str, message: str) -> None:
        self._mistakes.append(Mistake(parameter, message))
