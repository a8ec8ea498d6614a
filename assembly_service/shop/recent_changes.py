"""What changed of late in the shops that are polled: read once a second, whoever asks.

A window of a shop holds its changes since some instant. It is at most a second older than the
table, and never lacks a change that this instance was told of: those are put in as they are heard.
"""

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from assembly_service.domain.exact_json import Value
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.runtime.clock import Clock
from assembly_service.storage.catalogue import Page, Position

# In milliseconds.
_FRESH = 950
_REMEMBERED = 5_000
_RECENT = 20_000
_MOST_CHANGES = 200
_MOST_FRESH_WINDOWS = 8
_AFTER_ALL_VIDEOS = "\U0010ffff"
_NEVER = "9999"

Shown = dict[str, Value]
"""A product as clients see it."""


class ChangedSince(Protocol):
    """Reads a seller's products with an `updated_at` later than `since`, oldest change first."""

    async def __call__(
        self, seller_handle: str, *, since: str, limit: int, after: Position | None
    ) -> Page:
        """Up to `limit` products; a strongly consistent read."""
        ...


class _Change(NamedTuple):
    position: Position
    product: Shown

    @property
    def age(self) -> tuple[str, Position]:
        """Greater is newer."""
        return self.product["updated_at"], self.position


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPage:
    """A page as clients see it. `read_at` is the clock before it was read, in milliseconds.

    `last` is the position of the last row, None without any; `has_more` is true only if at least
    one follows it.
    """

    products: Sequence[Shown]
    last: Position | None
    has_more: bool
    read_at: int


def shown(page: Page, *, read_at: int) -> ShownPage:
    """The page as clients see it."""
    return ShownPage(
        products=[product.shown() for product in page.products],
        last=page.last,
        has_more=page.has_more,
        read_at=read_at,
    )


class _Window:
    """The changes of one shop later than `start`, complete but for those after a horizon."""

    def __init__(self, *, start: str, limit: int, read_at: int) -> None:
        self.start = start
        self.limit = limit
        self.read_at = read_at
        self.oldest_asked = _NEVER
        self.reading: asyncio.Task[None] | None = None
        self._horizon: Position | None = None
        self._changes: dict[str, _Change] = {}

    def is_fresh(self, now: int) -> bool:
        """Whether its read began a short time ago, and not in the future of a clock set back."""
        return 0 <= now - self.read_at <= _FRESH

    @property
    def is_whole(self) -> bool:
        """Whether it was read to its end."""
        return self.reading is None and self._horizon is None

    def overflows(self, start: str) -> bool:
        """Whether more is known to have changed since an instant than a window holds."""
        horizon = self._horizon if self.limit == _MOST_CHANGES else None
        return horizon is not None and horizon.updated_at > start

    def fill(self, page: Page) -> None:
        """Take what was read."""
        for position, product in zip(page.positions, page.products, strict=True):
            self._take(_Change(position, product.shown()))
        self._horizon = page.last if page.has_more else None

    def hear(self, product: Shown) -> None:
        """Take a product that was written."""
        self._take(_Change(Position(product["updated_at"], product["video_id"]), product))

    def page(self, *, since: str, limit: int, after: Position | None) -> ShownPage | None:
        """A page of it; None if that would reach beyond the horizon."""
        changes = sorted(self._changes.values(), key=_position)
        if self._horizon is not None:
            changes = changes[: bisect_right(changes, self._horizon, key=_position)]
        start = max(Position(since, _AFTER_ALL_VIDEOS), after or Position("", ""))
        following = changes[bisect_right(changes, start, key=_position) :]
        if self._horizon is not None and len(following) < limit:
            return None
        chosen = following[:limit]
        return ShownPage(
            products=[change.product for change in chosen],
            last=chosen[-1].position if chosen else None,
            # No row is ever deleted: what followed the horizon follows it still.
            has_more=len(following) > limit or self._horizon is not None,
            read_at=self.read_at,
        )

    def _take(self, change: _Change) -> None:
        held = self._changes.get(change.position.video_id)
        # A product may be newer than the row that it was found by: what is heard of it then tells
        # its place.
        if held is None or held.age < change.age:
            self._changes[change.position.video_id] = change


def _position(change: _Change) -> Position:
    return change.position


class RecentChanges:
    """Answers who asks for the changes of a shop, from a window where there is a fresh one."""

    def __init__(self, *, changed_since: ChangedSince, clock: Clock) -> None:
        self._changed_since = changed_since
        self._clock = clock
        self._windows: dict[str, list[_Window]] = {}
        self._swept_at = 0

    def hear(self, seller_handle: str, product: Shown) -> None:
        """A product of the shop was written, here or elsewhere; said before anyone is told."""
        for window in self._windows.get(seller_handle, ()):
            window.hear(product)

    def forget(self, seller_handle: str) -> None:
        """Something of the shop may have been missed: the next answer is read from the table."""
        self._windows.pop(seller_handle, None)

    async def page(
        self, seller_handle: str, *, since: str, limit: int, after: Position | None
    ) -> ShownPage:
        """Up to `limit` products whose `updated_at` is later than `since`, oldest change first.

        `since` is fixed-width text in milliseconds; `after` must lie later. Raises what the
        reading raises.
        """
        fresh = self._fresh(seller_handle)
        for window in fresh:
            if window.start <= since and (
                page := await _page(window, since=since, limit=limit, after=after)
            ):
                window.oldest_asked = min(window.oldest_asked, since)
                return page
        now = self._clock()
        earlier = _remembered(self._windows.get(seller_handle, []), now)
        for window in earlier[-1:]:
            window.oldest_asked = min(window.oldest_asked, since)
        if after is None and len(fresh) < _MOST_FRESH_WINDOWS:
            window = self._open(seller_handle, since, limit, earlier, now)
            window.oldest_asked = since
            if page := await _page(window, since=since, limit=limit, after=None):
                return page
        # Everyone asks from an instant of their own where more changed than a window holds.
        return await self._read(seller_handle, since=since, limit=limit, after=after)

    def _fresh(self, seller_handle: str) -> list[_Window]:
        now = self._clock()
        return [each for each in self._windows.get(seller_handle, ()) if each.is_fresh(now)]

    def _open(
        self, seller_handle: str, since: str, limit: int, earlier: Sequence[_Window], now: int
    ) -> _Window:
        self._sweep(now)
        recent = format_milliseconds(max(0, now - _RECENT))
        # As far back as others asked, where that is not too much: as long as nothing changes, each
        # of them keeps an old `since`.
        asked = [window.oldest_asked for window in earlier if window.is_whole]
        shared = [
            instant
            for instant in (since, recent, *asked)
            if instant <= since and not any(window.overflows(instant) for window in earlier)
        ]
        start = min(shared, default=since)
        if shared or since >= recent:
            limit = _MOST_CHANGES
        window = _Window(start=start, limit=limit, read_at=now)
        window.reading = asyncio.create_task(
            self._fill(window, seller_handle), name="read-recent-changes"
        )
        # Nobody may be left to hear of a failure.
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
            self.forget(seller_handle)
            raise
        window.reading = None

    async def _read(
        self, seller_handle: str, *, since: str, limit: int, after: Position | None
    ) -> ShownPage:
        read_at = self._clock()
        page = await self._changed_since(seller_handle, since=since, limit=limit, after=after)
        return shown(page, read_at=read_at)

    def _sweep(self, now: int) -> None:
        """Forget the shops that nobody asks about any more."""
        if 0 <= now - self._swept_at <= _REMEMBERED:
            return
        self._swept_at = now
        kept = {seller: _remembered(windows, now) for seller, windows in self._windows.items()}
        self._windows = {seller: windows for seller, windows in kept.items() if windows}


def _remembered(windows: Sequence[_Window], now: int) -> list[_Window]:
    """Windows are kept a little longer than they are of use: how far back was asked."""
    return [window for window in windows if 0 <= now - window.read_at <= _REMEMBERED]


async def _page(
    window: _Window, *, since: str, limit: int, after: Position | None
) -> ShownPage | None:
    if window.reading is not None:
        # Who leaves does not end the reading for the others.
        await asyncio.shield(window.reading)
    return window.page(since=since, limit=limit, after=after)
