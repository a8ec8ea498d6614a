"""Windows onto shops: each answers everyone who asks about a shop within a second.

A window holds products of one shop as JSON. It is read from the table once, and includes every
change that this instance hears of later.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from assembly_service.domain import exact_json
from assembly_service.shop.pages import Shown, ShownPage
from assembly_service.storage.catalogue import Page, Position

FRESH_MILLISECONDS = 1_000
_MOST_BYTES = 16 * 1024 * 1024
"""Of the products in all windows of a kind, as JSON. Ready pages may take seven times as much."""
_EMPTY_BYTES = 1_024


class Version(NamedTuple):
    """A product's `updated_at`, and the position of the row that led to it. Newer is greater."""

    updated_at: str
    position: Position


class Window:
    """Some products of one shop. `read_at` is the time just before the read, in milliseconds."""

    def __init__(self, *, seller_handle: str, read_at: int) -> None:
        self.seller_handle = seller_handle
        self.read_at = read_at
        self.size = _EMPTY_BYTES
        self.reading: asyncio.Task[None] | None = None
        self.products: dict[str, tuple[Version, bytes]] = {}

    def is_fresh(self, now: int) -> bool:
        """Whether its read began less than a second ago, also after the clock was set back."""
        return 0 <= now - self.read_at < FRESH_MILLISECONDS

    async def filled(self) -> None:
        """Wait until it is read. Raises what the read raises."""
        if self.reading is not None:
            # A caller that is cancelled must not cancel the read for the others.
            await asyncio.shield(self.reading)

    def fill(self, page: Page) -> None:
        """Add the rows that were read."""
        for position, product in zip(page.positions, page.products, strict=True):
            self._put(product.shown(), position)
        self.changed()

    def add(self, product: Shown) -> None:
        """Add a product that was written."""
        self._put(product, Position(product["updated_at"], product["video_id"]))
        self.changed()

    def drop(self, video_id: str) -> None:
        """Forget a product that it holds."""
        _, encoded = self.products.pop(video_id)
        self.size -= len(encoded)

    def changed(self) -> None:
        """Handle products that were added."""

    def _put(self, product: Shown, position: Position) -> None:
        """Add a product, unless it is known in the same version or a newer one."""
        # A product may be newer than the index row that led to it. When it is then heard of, its
        # own position is the right one.
        version = Version(product["updated_at"], position)
        known = self.products.get(position.video_id)
        if known is None or known[0] < version:
            encoded = exact_json.dumps(product)
            if known is not None:
                self.drop(position.video_id)
            self.products[position.video_id] = version, encoded
            self.size += len(encoded)

    def shown(self, chosen: Sequence[tuple[Version, bytes]], *, has_more: bool) -> ShownPage:
        """Return a page of these products."""
        return ShownPage(
            seller_handle=self.seller_handle,
            products_json=b"[" + b",".join([encoded for _, encoded in chosen]) + b"]",
            count=len(chosen),
            last=chosen[-1][0].position if chosen else None,
            has_more=has_more,
            read_at=self.read_at,
        )


AnyWindow = TypeVar("AnyWindow", bound=Window)


class Windows(Generic[AnyWindow]):
    """The last window of each shop.

    When all take more than `most_bytes`, those that were opened first are discarded.
    """

    def __init__(self, *, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._windows: dict[str, AnyWindow] = {}
        self._counted: dict[str, int] = {}
        self._bytes = 0

    def last(self, seller_handle: str) -> AnyWindow | None:
        """Return a shop's window, however old it is."""
        return self._windows.get(seller_handle)

    def open(self, window: AnyWindow, read: Callable[[], Awaitable[Page]]) -> None:
        """Replace a shop's window by one that is read now."""
        self.discard(window.seller_handle)
        self._windows[window.seller_handle] = window
        window.reading = asyncio.create_task(self._fill(window, read), name="read-window")
        # All callers may be gone when it fails; retrieve the exception so that it is not logged.
        window.reading.add_done_callback(lambda task: task.cancelled() or task.exception())

    def add(self, seller_handle: str, product: Shown) -> None:
        """Add a product that was written, also while the shop's window is read."""
        if (window := self._windows.get(seller_handle)) is not None:
            window.add(product)
            self._count(window)

    def discard(self, seller_handle: str) -> None:
        """Discard a shop's window, if there is one. Callers already waiting for it still get it."""
        self._windows.pop(seller_handle, None)
        self._bytes -= self._counted.pop(seller_handle, 0)

    async def _fill(self, window: AnyWindow, read: Callable[[], Awaitable[Page]]) -> None:
        try:
            window.fill(await read())
        except BaseException:
            if self._is_last(window):
                self.discard(window.seller_handle)
            raise
        window.reading = None
        if self._is_last(window):
            self._count(window)

    def _is_last(self, window: AnyWindow) -> bool:
        return self._windows.get(window.seller_handle) is window

    def _count(self, window: AnyWindow) -> None:
        if window.size > self._most_bytes:
            # Room for it would cost all others theirs.
            self.discard(window.seller_handle)
            return
        counted = self._counted.get(window.seller_handle, 0)
        self._counted[window.seller_handle] = window.size
        self._bytes += window.size - counted
        while self._bytes > self._most_bytes:
            self.discard(next(iter(self._windows)))
