"""Reads a shop's products for requests that need the latest state, which share their reads."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from assembly_service.domain.product import Product, ProductKey
from assembly_service.runtime.clock import Clock
from assembly_service.shop.first_pages import FirstPages, first_of
from assembly_service.shop.pages import ShownPage, shown
from assembly_service.shop.shared_reads import SharedReads
from assembly_service.storage.catalogue import Catalogue, Page

_MOST_CHANGES = 200


class _Changes(NamedTuple):
    since: str
    limit: int


class LatestReads:
    """Each method returns what a read finds that begins after the call, and raises its errors."""

    def __init__(self, *, catalogue: Catalogue, clock: Clock) -> None:
        self._catalogue = catalogue
        self._clock = clock
        self._first_pages = FirstPages(newest=catalogue.newest, clock=clock)
        self._changes = SharedReads(self._read_changes)
        self._products = SharedReads(self._read_products)

    async def close(self) -> None:
        """Cancel all reads."""
        await self._first_pages.close()
        await self._changes.close()
        await self._products.close()

    async def first_page(self, seller_handle: str, *, limit: int) -> ShownPage:
        """Return the newest products."""
        return await self._first_pages.of(seller_handle, limit=limit)

    async def changes(self, seller_handle: str, *, since: str, limit: int) -> ShownPage:
        """Return products updated later than `since`, oldest change first."""
        return await self._changes.request(seller_handle, _Changes(since, limit))

    async def product(self, key: ProductKey) -> Product | None:
        """Return the product of a video, or None."""
        return await self._products.request(key.seller_handle, key)

    async def _read_changes(
        self, seller_handle: str, wanted: Sequence[_Changes]
    ) -> Sequence[ShownPage]:
        found: dict[_Changes, ShownPage] = {}
        left = sorted(set(wanted))
        while left:
            read_at = self._clock()
            page = await self._catalogue.changed_since(
                seller_handle, since=left[0].since, limit=_MOST_CHANGES, after=None
            )
            # A page that is too small for all is right for the first.
            fitting = left[:1] if page.has_more else left
            for each in fitting:
                later = first_of(_later(page, each.since), each.limit)
                found[each] = shown(later, seller_handle=seller_handle, read_at=read_at)
            left = left[len(fitting) :]
        return [found[each] for each in wanted]

    async def _read_products(
        self, _seller_handle: str, keys: Sequence[ProductKey]
    ) -> Sequence[Product | None]:
        wanted = list(dict.fromkeys(keys))
        found = dict(
            zip(wanted, await asyncio.gather(*map(self._catalogue.product, wanted)), strict=True)
        )
        return [found[key] for key in keys]


def _later(page: Page, since: str) -> Page:
    """Return the part of a page whose positions are later than `since`."""
    skipped = sum(position.updated_at <= since for position in page.positions)
    if not skipped:
        return page
    positions = page.positions[skipped:]
    return replace(
        page,
        products=page.products[skipped:],
        positions=positions,
        last=positions[-1] if positions else None,
    )
