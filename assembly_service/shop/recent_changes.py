"""The recent changes of polled shops, read from the table once a second for everyone who polls.

A window caches a shop's changes since some instant. It is at most a second older than the table,
and includes every change this instance hears of: those are added as they arrive.
"""

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import NamedTuple, Protocol

from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.runtime.clock import Clock
from assembly_service.shop.pages import Shown, ShownPage, shown
from assembly_service.storage.catalogue import Page, Position

_FRESH_MILLISECONDS = 950
_KEPT_MILLISECONDS = 5_000
_RECENT_MILLISECONDS = 20_000
_MOST_CHANGES = 200
_MOST_FRESH_WINDOWS = 8
_AFTER_ALL_VIDEOS = "\U0010ffff"
_NEVER = "9999"


class ChangedSince(Protocol):
    """Reads a seller's products with an `updated_at` later than `since`, oldest change first."""

    async def __call__(
        self, seller_handle: str, *, since: str, limit: int, after: Position | None
    ) -> Page:
        """Read up to `limit` products with strong consistency."""
        ...


class _Change(NamedTuple):
    position: Position
    product: Shown

    @property
    def version(self) -> tuple[str, Position]:
        """A newer version is greater."""
        return self.product["updated_at"], self.position


class _Window:
    """The changes of one shop later than `start`, complete up to a horizon."""

    def __init__(self, *, seller_handle: str, start: str, limit: int, read_at: int) -> None:
        self.seller_handle = seller_handle
        self.start = start
        self.limit = limit
        self.read_at = read_at
        self.oldest_since = _NEVER
        self.reading: asyncio.Task[None] | None = None
        self._horizon: Position | None = None
        self._changes: dict[str, _Change] = {}

    def is_fresh(self, now: int) -> bool:
        """Whether its read began less than a second ago, also after the clock was set back."""
        return 0 <= now - self.read_at <= _FRESH_MILLISECONDS

    @property
    def is_complete(self) -> bool:
        """Whether it holds all changes since `start`."""
        return self.reading is None and self._horizon is None

    def overflows(self, start: str) -> bool:
        """Whether a window that starts there is known to be too small for all changes."""
        horizon = self._horizon if self.limit == _MOST_CHANGES else None
        return horizon is not None and horizon.updated_at > start

    def fill(self, page: Page) -> None:
        """Add the rows that were read."""
        for position, product in zip(page.positions, page.products, strict=True):
            self._put(_Change(position, product.shown()))
        self._horizon = page.last if page.has_more else None

    def add(self, product: Shown) -> None:
        """Add a product that was written."""
        self._put(_Change(Position(product["updated_at"], product["video_id"]), product))

    async def page(self, *, since: str, limit: int, after: Position | None) -> ShownPage | None:
        """Return a page once the window is read; None if it would extend beyond the horizon."""
        if self.reading is not None:
            # A caller that is cancelled must not cancel the read for the others.
            await asyncio.shield(self.reading)
        by_position = attrgetter("position")
        changes = sorted(self._changes.values(), key=by_position)
        if self._horizon is not None:
            changes = changes[: bisect_right(changes, self._horizon, key=by_position)]
        start = max(Position(since, _AFTER_ALL_VIDEOS), after or Position("", ""))
        following = changes[bisect_right(changes, start, key=by_position) :]
        if self._horizon is not None and len(following) < limit:
            return None
        chosen = following[:limit]
        return ShownPage(
            seller_handle=self.seller_handle,
            products=[change.product for change in chosen],
            last=chosen[-1].position if chosen else None,
            # Rows are never deleted: those beyond the horizon are still there.
            has_more=len(following) > limit or self._horizon is not None,
            read_at=self.read_at,
        )

    def _put(self, change: _Change) -> None:
        known = self._changes.get(change.position.video_id)
        # A product may be newer than the index row that led to it. When it is then heard of, its
        # version is the same and its position is the right one.
        if known is None or known.version < change.version:
            self._changes[change.position.video_id] = change


class RecentChanges:
    """Answers polls for the changes of a shop, from a fresh window where there is one.

    `on_change` is called with the seller and the product of every change that this instance hears
    of; without a product if it may have missed one.
    """

    def __init__(self, *, changed_since: ChangedSince, clock: Clock) -> None:
        self._changed_since = changed_since
        self._clock = clock
        self._windows: dict[str, list[_Window]] = {}
        self._swept_at = 0
        self.on_change: Callable[[str, Shown | None], None] = lambda *_: None

    def add(self, seller_handle: str, product: Shown) -> None:
        """Add a product written here or elsewhere. Call this before notifying clients."""
        self.on_change(seller_handle, product)
        for window in self._windows.get(seller_handle, ()):
            window.add(product)

    def invalidate(self, seller_handle: str) -> None:
        """Have the next answer read from the table: a change of the shop may have been missed."""
        self.on_change(seller_handle, None)
        self._windows.pop(seller_handle, None)

    async def page(
        self, seller_handle: str, *, since: str, limit: int, after: Position | None
    ) -> ShownPage:
        """Return up to `limit` products updated later than `since`, oldest change first.

        `since` is fixed-width text in milliseconds; `after` must be later. Raises what the read
        raises.
        """
        now = self._clock()
        known = self._windows.get(seller_handle, [])
        fresh = [window for window in known if window.is_fresh(now)]
        for window in fresh:
            if window.start <= since and (
                page := await window.page(since=since, limit=limit, after=after)
            ):
                window.oldest_since = min(window.oldest_since, since)
                return page
        now = self._clock()
        earlier = _kept(self._windows.get(seller_handle, []), now)
        if earlier:
            earlier[-1].oldest_since = min(earlier[-1].oldest_since, since)
        if after is None and len(fresh) < _MOST_FRESH_WINDOWS:
            window = self._open(seller_handle, since, limit, earlier, now)
            window.oldest_since = since
            if page := await window.page(since=since, limit=limit, after=None):
                return page
        # More has changed than a window holds, so pollers with different instants cannot share.
        read_at = self._clock()
        read = await self._changed_since(seller_handle, since=since, limit=limit, after=after)
        return shown(read, seller_handle=seller_handle, read_at=read_at)

    def _open(
        self, seller_handle: str, since: str, limit: int, earlier: Sequence[_Window], now: int
    ) -> _Window:
        self._sweep(now)
        recent = format_milliseconds(max(0, now - _RECENT_MILLISECONDS))
        # Start as far back as other pollers asked, if that is not too much to read: as long as
        # nothing changes, each keeps polling with an old `since`.
        asked = [window.oldest_since for window in earlier if window.is_complete]
        shared = [
            instant
            for instant in (since, recent, *asked)
            if instant <= since and not any(window.overflows(instant) for window in earlier)
        ]
        start = min(shared, default=since)
        if shared or since >= recent:
            limit = _MOST_CHANGES
        window = _Window(seller_handle=seller_handle, start=start, limit=limit, read_at=now)
        window.reading = asyncio.create_task(
            self._fill(window, seller_handle), name="read-recent-changes"
        )
        # All callers may be gone when it fails; retrieve the exception so that it is not logged.
        window.reading.add_done_callback(lambda task: task.cancelled() or task.exception())
        self._windows[seller_handle] = [*earlier, window]
        return window

    async def _fill(self, window: _Window, seller_handle: str) -> None:
        try:
            window.fill(
                await self._changed_since(
                    seller_handle, since=window.start, limit=window.limit, after=None
                )
            )
        except BaseException:
            self.invalidate(seller_handle)
            raise
        window.reading = None

    def _sweep(self, now: int) -> None:
        """Discard the windows of shops that are no longer polled."""
        if 0 <= now - self._swept_at <= _KEPT_MILLISECONDS:
            return
        self._swept_at = now
        kept = {seller: _kept(windows, now) for seller, windows in self._windows.items()}
        self._windows = {seller: windows for seller, windows in kept.items() if windows}


def _kept(windows: Sequence[_Window], now: int) -> list[_Window]:
    """Windows are kept longer than they are fresh: they know how far back pollers ask."""
    return [window for window in windows if 0 <= now - window.read_at <= _KEPT_MILLISECONDS]
