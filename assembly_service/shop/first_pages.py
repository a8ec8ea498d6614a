"""Reads the first page of a seller's products for requests that need the latest state."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from assembly_service.runtime.clock import Clock
from assembly_service.shop.pages import ShownPage, shown
from assembly_service.shop.shared_reads import SharedReads
from assembly_service.storage.catalogue import Page


class Newest(Protocol):
    """Reads a seller's products with the highest video ids, in descending order."""

    async def __call__(self, seller_handle: str, *, limit: int, after: str | None) -> Page:
        """Read up to `limit` products with strong consistency."""
        ...


class FirstProductTooLarge(Exception):
    """The first product alone is larger than a page may be."""


class FirstPages:
    """Reads first pages. Requests about one seller share a read and its encoding.

    A page whose products take more than `most_bytes` as JSON ends earlier than its limit.
    """

    def __init__(self, *, newest: Newest, clock: Clock, most_bytes: int | None = None) -> None:
        self._newest = newest
        self._clock = clock
        self._most_bytes = most_bytes
        self._reads = SharedReads(self._read)

    async def of(self, seller_handle: str, *, limit: int) -> ShownPage:
        """Return a page that was read after this call.

        Raises FirstProductTooLarge, and what the read raises.
        """
        return await self._reads.request(seller_handle, limit)

    async def close(self) -> None:
        """Cancel all reads."""
        await self._reads.close()

    async def _read(self, seller_handle: str, limits: Sequence[int]) -> Sequence[ShownPage]:
        read_at = self._clock()
        page = await self._newest(seller_handle, limit=max(limits), after=None)
        pages = {limit: self._page(seller_handle, page, limit, read_at) for limit in set(limits)}
        return [pages[limit] for limit in limits]

    def _page(self, seller_handle: str, page: Page, limit: int, read_at: int) -> ShownPage:
        found = shown(first_of(page, limit), seller_handle=seller_handle, read_at=read_at)
        if self._most_bytes is None or len(found.products_json) <= self._most_bytes:
            return found
        if found.count == 1:
            raise FirstProductTooLarge
        return self._page(seller_handle, page, found.count // 2, read_at)


def first_of(page: Page, limit: int) -> Page:
    """Return the page as it would have been read with a smaller limit."""
    if len(page.products) <= limit:
        return page
    positions = page.positions[:limit]
    return replace(
        page,
        products=page.products[:limit],
        positions=positions,
        last=positions[-1] if positions else None,
        has_more=True,
    )
