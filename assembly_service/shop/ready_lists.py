"""The first pages of shops' lists, read from the table at most once a second for everyone.

Each page is made ready to be sent once, until the next change.
"""

from dataclasses import dataclass
from functools import partial

from assembly_service.runtime.clock import Clock
from assembly_service.shop.first_pages import Newest
from assembly_service.shop.pages import Shown, ShownPage
from assembly_service.shop.windows import Window, Windows
from assembly_service.storage.catalogue import Page

_DEMAND_MILLISECONDS = 60_000
_MOST_PAGES = 3


@dataclass
class _LargestLimit:
    """The largest limit of late, and when it was asked for."""

    limit: int = 0
    asked_at: int = 0

    def raised(self, limit: int, now: int) -> int:
        """Note a limit that is asked for, and return the largest one."""
        if limit >= self.limit or not 0 <= now - self.asked_at <= _DEMAND_MILLISECONDS:
            self.limit, self.asked_at = limit, now
        return self.limit


class _NewestProducts(Window):
    """The newest products of a shop: `limit` of them, if there are so many."""

    def __init__(
        self, *, seller_handle: str, read_at: int, limit: int, demand: _LargestLimit
    ) -> None:
        super().__init__(seller_handle=seller_handle, read_at=read_at)
        self.limit = limit
        self.demand = demand
        self._has_more = False
        self._pages: dict[int, ShownPage] = {}

    def fill(self, page: Page) -> None:
        """Add the rows that were read."""
        self._has_more |= page.has_more
        super().fill(page)

    def changed(self) -> None:
        """Keep no product beyond the limit: there may be rows that were not read."""
        for video_id in sorted(self.products, reverse=True)[self.limit :]:
            self.drop(video_id)
            self._has_more = True
        self._pages.clear()

    def page(self, limit: int) -> ShownPage:
        """Return the first products, as the same page as long as nothing changes."""
        if (page := self._pages.get(limit)) is not None:
            return page
        chosen = [self.products[each] for each in sorted(self.products, reverse=True)[:limit]]
        page = self.shown(chosen, has_more=len(self.products) > limit or self._has_more)
        if len(self._pages) == _MOST_PAGES:
            del self._pages[next(iter(self._pages))]
        self._pages[limit] = page
        return page


class ReadyLists:
    """Answers first requests for a shop's newest products, from a fresh window if there is one."""

    def __init__(self, *, newest: Newest, clock: Clock) -> None:
        self._newest = newest
        self._clock = clock
        self._windows = Windows[_NewestProducts]()

    def add(self, seller_handle: str, product: Shown) -> None:
        """Add a product written here or elsewhere. Call this before notifying clients."""
        self._windows.add(seller_handle, product)

    def invalidate(self, seller_handle: str) -> None:
        """Have the next answer read from the table: a change of the shop may have been missed."""
        self._windows.discard(seller_handle)

    async def page(self, seller_handle: str, *, limit: int) -> ShownPage:
        """Return up to `limit` products with the highest video ids. Raises what the read raises.

        Within a second there is a second read only if the limit is above every recent one.
        """
        now = self._clock()
        window = self._windows.last(seller_handle)
        demand = _LargestLimit() if window is None else window.demand
        largest = demand.raised(limit, now)
        if window is None or window.limit < limit or not window.is_fresh(now):
            window = _NewestProducts(
                seller_handle=seller_handle, read_at=now, limit=largest, demand=demand
            )
            self._windows.open(
                window, partial(self._newest, seller_handle, limit=largest, after=None)
            )
        await window.filled()
        return window.page(limit)
