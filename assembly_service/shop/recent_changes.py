"""The recent changes of polled shops, read from the table once a second for everyone who polls.

A window holds the last changes of a shop, as far back as those who poll ask, up to 200. A poll
from before them is answered from the table by itself.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from assembly_service.domain.timestamps import format_milliseconds, to_milliseconds
from assembly_service.runtime.clock import Clock
from assembly_service.shop.pages import Shown, ShownPage, shown
from assembly_service.shop.windows import Version, Window, Windows
from assembly_service.storage.catalogue import Page, Position

_MOST_CHANGES = 200
_RECENT_MILLISECONDS = 20_000
_MOST_AHEAD_MILLISECONDS = 86_400_000
_DEMAND_MILLISECONDS = 30_000
_AFTER_ALL_VIDEOS = "\U0010ffff"
_NEVER = "9999"


class ChangedSince(Protocol):
    """Reads a seller's products with an `updated_at` later than `since`, oldest change first."""

    async def __call__(
        self, seller_handle: str, *, since: str, limit: int, after: Position | None
    ) -> Page:
        """Read up to `limit` products with strong consistency."""
        ...


class Changes(Protocol):
    """Reads a seller's changes from either end, with strong consistency."""

    async def changed_since(
        self, seller_handle: str, *, since: str, limit: int, after: Position | None
    ) -> Page:
        """Read up to `limit` products updated later than `since`, oldest change first."""
        ...

    async def last_changes(self, seller_handle: str, *, since: str, limit: int) -> Page:
        """Read up to `limit` products updated later than `since`, newest change first."""
        ...


@dataclass
class _EarliestSince:
    """The earliest `since` of late that a window can answer, and when it was asked for.

    No window can answer a `since` before `too_early`.
    """

    since: str = _NEVER
    asked_at: int = 0
    too_early: str = ""

    def start(self, since: str, now: int) -> str:
        """Return where a window has to start for this `since`, and for those before."""
        if self.since <= since and 0 <= now - self.asked_at <= _DEMAND_MILLISECONDS:
            start = to_milliseconds(self.since)
        else:
            # Others may ask from even earlier.
            asked = to_milliseconds(since)
            start = asked - min(now - asked, _MOST_AHEAD_MILLISECONDS)
        start = min(start, now - _RECENT_MILLISECONDS)
        return max(format_milliseconds(max(0, start)), self.too_early)

    def note(self, since: str, now: int) -> None:
        """Note a `since` that was answered."""
        if since <= self.since or not 0 <= now - self.asked_at <= _DEMAND_MILLISECONDS:
            self.since, self.asked_at = since, now


class _LastChanges(Window):
    """The changes of a shop later than `start`, which moves on if they are more than are read."""

    def __init__(
        self, *, seller_handle: str, read_at: int, start: str, demand: _EarliestSince
    ) -> None:
        super().__init__(seller_handle=seller_handle, read_at=read_at)
        self.start = start
        self.demand = demand
        self._in_order: list[tuple[Version, bytes]] | None = None

    def fill(self, page: Page) -> None:
        """Add the rows that were read."""
        super().fill(page)
        if page.has_more and page.last is not None:
            self.start = self.demand.too_early = page.last.updated_at

    def changed(self) -> None:
        """Have the products put in order again."""
        self._in_order = None

    def page(self, *, since: str, limit: int, after: Position | None) -> ShownPage:
        """Return the changes later than `since`, which must not be before `start`."""
        if self._in_order is None:
            self._in_order = sorted(self.products.values(), key=_position)
        start = max(Position(since, _AFTER_ALL_VIDEOS), after or Position("", ""))
        first = bisect_right(self._in_order, start, key=_position)
        chosen = self._in_order[first : first + limit]
        return self.shown(chosen, has_more=len(self._in_order) > first + limit)


class RecentChanges:
    """Answers polls for the changes of a shop, from a fresh window where there is one.

    `on_change` is called with the seller and the product of every change that this instance hears
    of; without a product if it may have missed one.
    """

    def __init__(self, *, catalogue: Changes, clock: Clock) -> None:
        self._catalogue = catalogue
        self._clock = clock
        self._windows = Windows[_LastChanges]()
        self.on_change: Callable[[str, Shown | None], None] = lambda *_: None

    def add(self, seller_handle: str, product: Shown) -> None:
        """Add a product written here or elsewhere. Call this before notifying clients."""
        self.on_change(seller_handle, product)
        self._windows.add(seller_handle, product)

    def invalidate(self, seller_handle: str) -> None:
        """Have the next answer read from the table: a change of the shop may have been missed."""
        self.on_change(seller_handle, None)
        self._windows.discard(seller_handle)

    async def page(
        self, seller_handle: str, *, since: str, limit: int, after: Position | None
    ) -> ShownPage:
        """Return up to `limit` products updated later than `since`, oldest change first.

        `since` is fixed-width text in milliseconds; `after` must be later. Raises what the read
        raises.
        """
        window = self._window(seller_handle, since)
        if window is not None and window.start <= since:
            await window.filled()
            if window.start <= since:
                window.demand.note(since, self._clock())
                return window.page(since=since, limit=limit, after=after)
        # More has changed than a window holds, so pollers with different instants cannot share.
        read_at = self._clock()
        read = await self._catalogue.changed_since(
            seller_handle, since=since, limit=limit, after=after
        )
        return shown(read, seller_handle=seller_handle, read_at=read_at)

    def _window(self, seller_handle: str, since: str) -> _LastChanges | None:
        """Return a fresh window; a new one if the last one does not answer `since`, but one may."""
        now = self._clock()
        last = self._windows.last(seller_handle)
        demand = _EarliestSince() if last is None else last.demand
        fresh = last if last is not None and last.is_fresh(now) else None
        if since < demand.too_early or (fresh is not None and fresh.start <= since):
            return fresh
        window = _LastChanges(
            seller_handle=seller_handle,
            read_at=now,
            start=demand.start(since, now),
            demand=demand,
        )
        self._windows.open(
            window,
            partial(
                self._catalogue.last_changes,
                seller_handle,
                since=window.start,
                limit=_MOST_CHANGES,
            ),
        )
        return window


def _position(entry: tuple[Version, bytes]) -> Position:
    return entry[0].position
