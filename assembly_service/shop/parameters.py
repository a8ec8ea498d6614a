"""The parameters of the shop's calls: declared, and read from requests."""

import re
from dataclasses import dataclass
from typing import Annotated

from aiohttp import web
from pydantic import AfterValidator, BeforeValidator, TypeAdapter, WithJsonSchema

from assembly_service.domain.events import SellerHandle, VideoId
from assembly_service.domain.product import ProductKey
from assembly_service.domain.timestamps import format_milliseconds, parse_timestamp
from assembly_service.http.parameters import Parameter, ParameterReader, page_limit
from assembly_service.http.schemas import INSTANT
from assembly_service.settings.service import Settings
from assembly_service.shop.cursor import Cursor, CursorRefused, decode_cursor
from assembly_service.shop.pages import MOST_PRODUCTS
from assembly_service.storage.catalogue import start_of_changes


def _restore_plus(text: str) -> str:
    """Restore the + of an offset: unless encoded it arrives as a space."""
    return re.sub(r" (?=\d\d:\d\d$)", "+", text)


def _checked_instant(text: str) -> str:
    """Return the text as it is: the list's metadata repeats it."""
    parse_timestamp(text)
    return text


_Since = Annotated[
    str, BeforeValidator(_restore_plus), AfterValidator(_checked_instant), WithJsonSchema(INSTANT)
]

HANDLE: Parameter[str] = Parameter(
    name="handle",
    place="path",
    form=TypeAdapter(SellerHandle),
    sentence="must be 1 to 64 letters, digits, dots, underscores or hyphens, other than '.' and"
    " '..'.",
    description="The seller, other than `.` and `..`.",
    hints={"not": {"enum": [".", ".."]}},
)
VIDEO: Parameter[str] = Parameter(
    name="videoId",
    place="path",
    form=TypeAdapter(VideoId),
    sentence="must be 1 to 128 letters, digits, underscores or hyphens.",
)
LIMIT = page_limit(default=20, most=MOST_PRODUCTS, description="The most products in one page.")
LAST_KEY: Parameter[str] = Parameter(
    name="lastKey",
    place="query",
    form=TypeAdapter(str),
    description="The `lastEvaluatedKey` of the previous page; keep all other parameters the same."
    " It may be put into the URL as it is, or URL-encoded once more.",
)
SINCE: Parameter[str] = Parameter(
    name="since",
    place="query",
    form=TypeAdapter(_Since),
    sentence="must be an RFC 3339 instant with a zone, such as 2026-01-31T09:30:00Z.",
    description="Only products changed since this instant, oldest change first. Pass the"
    " `metadata.timestamp` of the last load that you read to its end. Changes of the few seconds"
    " before it are repeated, so that none is missed. In UTC its year is 1 to 9999.",
)
IF_NONE_MATCH: Parameter[str] = Parameter(
    name="If-None-Match",
    place="header",
    form=TypeAdapter(str),
    description="The tags of earlier answers: 304 if one of them still matches.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest:
    """A request for one page.

    `since` is as the client wrote it; `changes_from` is that instant less the allowances, as
    fixed-width text in milliseconds. Both are None in a list of the newest products.
    """

    seller_handle: str
    limit: int
    since: str | None
    changes_from: str | None
    cursor: Cursor | None


def read_list_request(request: web.Request, *, settings: Settings, now: int) -> ListRequest:
    """Read the parameters of a list. `now` is in milliseconds. Raises Problem."""
    reader = ParameterReader(request)
    seller_handle = reader.read(HANDLE)
    limit = reader.read(LIMIT)
    since = reader.find(SINCE)
    cursor = _cursor(
        reader,
        # Straight from the path: a broken handle is not to count as a cursor of another seller too.
        seller_handle=request.match_info[HANDLE.name],
        latest=now + round(settings.clock_skew_allowance * 1000),
    )
    changes_from = _changes_from(
        reader, since, cursor, settings.clock_skew_allowance + settings.commit_allowance
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
    """Read the path of one product. Raises Problem."""
    reader = ParameterReader(request)
    key = ProductKey(reader.read(HANDLE), reader.read(VIDEO))
    reader.refuse_mistakes()
    return key


def _cursor(reader: ParameterReader, *, seller_handle: str, latest: int) -> Cursor | None:
    text = reader.find(LAST_KEY)
    if text is None:
        return None
    of_changes = reader.is_given(SINCE)
    try:
        return decode_cursor(
            text,
            seller_handle=seller_handle,
            of_changes=of_changes,
            latest=format_milliseconds(latest),
        )
    except CursorRefused as error:
        reader.mistake(LAST_KEY, str(error))
        return None


def _changes_from(
    reader: ParameterReader, since: str | None, cursor: Cursor | None, allowance_seconds: float
) -> str | None:
    if since is None or reader.mistakes:
        return None
    start = start_of_changes(parse_timestamp(since), allowance_seconds=allowance_seconds)
    if cursor and (cursor.updated_at or "") <= start:
        reader.mistake(LAST_KEY, "starts before since: keep since the same on every page.")
    return start
