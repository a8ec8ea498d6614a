"""The first pages of shops' lists, read from the table at most once a second for everyone.

A window caches a shop's newest products. It is at most a second older than the table, and includes
every change this instance hears of. Each of its pages is made ready to be sent once, until the next
change.
"""

import asyncio

import orjson

from assembly_service.domain import exact_json
from assembly_service.runtime.clock import Clock
from assembly_service.shop.first_pages import Newest
from assembly_service.shop.pages import Shown, ShownPage
from assembly_service.storage.catalogue import Page, Position

_FRESH_MILLISECONDS = 1_000
_LIMIT_KEPT_MILLISECONDS = 60_000
_MOST_PAGES = 3
_WINDOW_BYTES = 1_024
MOST_BYTES = 16 * 1024 * 1024
"""Of the products in all windows. Ready pages take up to seven times as much."""


class _Window:
    """The newest products of one shop as JSON: `limit` of them if there are so many.

    `largest` is the largest limit that was asked for lately, and when, in milliseconds.
    """

    def __init__(self, *, limit: int, read_at: int, largest: tuple[int, int]) -> None:
        self.limit = limit
        self.read_at = read_at
        self.largest = largest
        self.size = _WINDOW_BYTES
        self.reading: asyncio.Task[None] | None = None
        self._has_more = False
        self._products: dict[str, tuple[Position, bytes]] = {}
        self._pages: dict[int, ShownPage] = {}

    def is_fresh(self, now: int) -> bool:
        """Whether its read began less than a second ago, also after the clock was set back."""
        return 0 <= now - self.read_at < _FRESH_MILLISECONDS

    def note(self, limit: int, now: int) -> None:
        """Note that somebody asked for so many products."""
        if limit >= _kept(self.largest, now):
            self.largest = limit, now

    def fill(self, page: Page) -> None:
        """Add the rows that were read."""
        for product in page.products:
            self.add(product.shown())
        self._has_more |= page.has_more
        self.size += sum(len(encoded) for _, encoded in self._products.values())

    def add(self, product: Shown) -> None:
        """Add a product, unless it is known in the same version or a newer one."""
        position = Position(product["updated_at"], product["video_id"])
        known = self._products.get(position.video_id)
        if known is not None and known[0] >= position:
            return
        self._products[position.video_id] = position, exact_json.dumps(product)
        if len(self._products) > self.limit:
            # Beyond the limit there may be rows that were not read.
            del self._products[min(self._products)]
            self._has_more = True
        self._pages.clear()

    def page(self, seller_handle: str, limit: int) -> ShownPage:
        """Return its first products, the same page as long as nothing changes."""
        if (page := self._pages.get(limit)) is not None:
            return page
        newest = [self._products[each] for each in sorted(self._products, reverse=True)]
        page = ShownPage(
            seller_handle=seller_handle,
            products=[orjson.Fragment(encoded) for _, encoded in newest[:limit]],
            last=newest[:limit][-1][0] if newest else None,
            has_more=len(newest) > limit or self._has_more,
            read_at=self.read_at,
        )
        if len(self._pages) == _MOST_PAGES:
            del self._pages[next(iter(self._pages))]
        self._pages[limit] = page
        return page


class ReadyLists:
    """Answers first requests for a shop's newest products, from a fresh window if there is one.

    Of those that were opened longest ago, windows are discarded when all take too much memory.
    """

    def __init__(self, *, newest: Newest, clock: Clock, most_bytes: int = MOST_BYTES) -> None:
        self._newest = newest
        self._clock = clock
        self._most_bytes = most_bytes
        self._windows: dict[str, _Window] = {}
        self._bytes = 0

    def add(self, seller_handle: str, product: Shown) -> None:
        """Add a product written here or elsewhere. Call this before notifying clients."""
        if (window := self._windows.get(seller_handle)) is not None:
            window.add(product)

    def invalidate(self, seller_handle: str) -> None:
        """Have the next answer read from the table: a change of the shop may have been missed."""
        if (window := self._windows.pop(seller_handle, None)) is not None:
            self._bytes -= window.size

    async def page(self, seller_handle: str, *, limit: int) -> ShownPage:
        """Return up to `limit` products with the highest video ids. Raises what the read raises.

        There is a second read within a second only for who asks for more than all did lately.
        """
        now = self._clock()
        window = self._windows.get(seller_handle)
        if window is None or window.limit < limit or not window.is_fresh(now):
            window = self._open(seller_handle, limit, now)
        window.note(limit, now)
        if window.reading is not None:
            # A caller that is cancelled must not cancel the read for the others.
            await asyncio.shield(window.reading)
        return window.page(seller_handle, limit)

    def _open(self, seller_handle: str, limit: int, now: int) -> _Window:
        before = self._windows.get(seller_handle)
        largest = before.largest if before is not None else (0, now)
        window = _Window(limit=max(limit, _kept(largest, now)), read_at=now, largest=largest)
        window.reading = asyncio.create_task(self._fill(window, seller_handle), name="read-list")
        # All callers may be gone when it fails; retrieve the exception so that it is not logged.
        window.reading.add_done_callback(lambda task: task.cancelled() or task.exception())
        self.invalidate(seller_handle)
        self._windows[seller_handle] = window
        self._bytes += window.size
        return window

    async def _fill(self, window: _Window, seller_handle: str) -> None:
        size = window.size
        try:
            window.fill(await self._newest(seller_handle, limit=window.limit, after=None))
        except BaseException:
            if self._windows.get(seller_handle) is window:
                self.invalidate(seller_handle)
            raise
        window.reading = None
        if self._windows.get(seller_handle) is window:
            self._bytes += window.size - size
            while self._bytes > self._most_bytes:
                self.invalidate(next(iter(self._windows)))


def _kept(largest: tuple[int, int], now: int) -> int:
    """Return the largest limit that was asked for, 0 if that is long ago."""
    limit, asked_at = largest
    return limit if 0 <= now - asked_at <= _LIMIT_KEPT_MILLISECONDS else 0
