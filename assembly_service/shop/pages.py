"""Pages of products as clients see them, the same at every door."""

from dataclasses import dataclass
from functools import cached_property

import orjson

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.http.responses import ReadyBody
from assembly_service.shop.cursor import Cursor
from assembly_service.storage.catalogue import Page, Position

MOST_PRODUCTS = 50
"""Of one page."""

Shown = dict[str, Value]
"""A product as clients see it."""


@dataclass(frozen=True, kw_only=True)
class ShownPage:
    """A page as clients see it. `read_at` is the time just before the read, in milliseconds.

    `last` is the position of the last row, None if there are no rows. `has_more` is true only if
    at least one row follows.
    """

    seller_handle: str
    products_json: bytes
    count: int
    last: Position | None
    has_more: bool
    read_at: int

    @cached_property
    def first_of_newest(self) -> ReadyBody:
        """The answer to a request for the newest products, made once for all who are shown it."""
        return list_body(self, timestamp=format_milliseconds(self.read_at))


def shown(page: Page, *, seller_handle: str, read_at: int) -> ShownPage:
    """Return the page as clients see it."""
    return ShownPage(
        seller_handle=seller_handle,
        products_json=exact_json.dumps([product.shown() for product in page.products]),
        count=len(page.products),
        last=page.last,
        has_more=page.has_more,
        read_at=read_at,
    )


def list_body(page: ShownPage, *, timestamp: str, since: str | None = None) -> ReadyBody:
    """Return the answer to a request for a page: of changes if it has a `since`.

    `timestamp` is what the next page repeats: the time just before the first page was read.
    """
    body = {
        **page_body(page, timestamp=timestamp, of_changes=since is not None),
        "metadata": {"sellerHandle": page.seller_handle, "since": since, "timestamp": timestamp},
    }
    # Leaves out the timestamp, in the body and in the cursor: an unchanged list keeps its tag.
    position = exact_json.dumps([page.has_more, list(page.last or ())])
    return ReadyBody(exact_json.dumps(body), version=[page.products_json, position])


def page_body(page: ShownPage, *, timestamp: str, of_changes: bool = False) -> dict[str, Value]:
    """Return the part of an answer that holds a page, ready to be encoded.

    `timestamp` is what the next page repeats: the time just before the first page was read.
    """
    next_page = None
    if page.has_more and page.last is not None:
        next_page = Cursor(
            seller_handle=page.seller_handle,
            video_id=page.last.video_id,
            timestamp=timestamp,
            updated_at=page.last.updated_at if of_changes else None,
        )
    return {
        "products": orjson.Fragment(page.products_json),
        "pagination": {
            "hasMore": page.has_more,
            "lastEvaluatedKey": next_page.encode() if next_page else None,
            "count": page.count,
        },
    }
