"""A shop that is polled: a table in memory, and the windows over it."""

import asyncio
from collections.abc import Callable, Sequence

from assembly_service.domain import exact_json
from assembly_service.domain.product import Product
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.shop.pages import Shown, ShownPage
from assembly_service.shop.recent_changes import RecentChanges
from assembly_service.storage.catalogue import Page, Position
from tests.harness.web import NOON, SELLER, make_product

SECOND = 1_000
SINCE = format_milliseconds(NOON - 10 * SECOND)


class Table:
    """Products in memory. Counts the reads and notes their limits, and can delay or fail them.

    `while_reading` is called between the two calls of a read: the query for the rows, and the
    batch read of their products.
    """

    def __init__(self, *products: Product) -> None:
        self.products = {product.key.video_id: product for product in products}
        self.reads = 0
        self.limits: list[int] = []
        self.begun = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()
        self.error: Exception | None = None
        self.while_reading: Callable[[], object] = lambda: None

    def put(self, product: Product) -> Product:
        self.products[product.key.video_id] = product
        return product

    async def changed_since(
        self, seller_handle: str, *, since: str, limit: int, after: Position | None
    ) -> Page:
        rows = await self._rows(seller_handle)
        return self._page([row for row in rows if row > (after or Position(since, "~"))], limit)

    async def last_changes(self, seller_handle: str, *, since: str, limit: int) -> Page:
        rows = await self._rows(seller_handle)
        return self._page([row for row in reversed(rows) if row.updated_at > since], limit)

    async def newest(self, seller_handle: str, *, limit: int, after: str | None) -> Page:
        rows = await self._rows(seller_handle)
        by_video = sorted(rows, key=lambda row: row.video_id, reverse=True)
        return self._page([row for row in by_video if not after or row.video_id < after], limit)

    async def _rows(self, seller_handle: str) -> list[Position]:
        """The rows of the index as they are when the read begins."""
        self.reads += 1
        self.begun.set()
        products = [
            each for each in self.products.values() if each.key.seller_handle == seller_handle
        ]
        await self.open.wait()
        if self.error is not None:
            raise self.error
        return sorted(Position(each.updated_at, each.key.video_id) for each in products)

    def _page(self, rows: Sequence[Position], limit: int) -> Page:
        found = rows[:limit]
        self.limits.append(limit)
        self.while_reading()
        return Page(
            products=tuple(self.products[row.video_id] for row in found),
            positions=tuple(found),
            last=found[-1] if found else None,
            has_more=len(rows) > limit,
        )


class Server:
    """Recent changes of a table, with a clock of their own."""

    def __init__(self, *products: Product) -> None:
        self.now = NOON
        self.table = Table(*products)
        self.recent = RecentChanges(catalogue=self.table, clock=lambda: self.now)

    async def page(
        self, since: str = SINCE, *, limit: int = 20, after: Position | None = None
    ) -> ShownPage:
        return await self.recent.page(SELLER, since=since, limit=limit, after=after)

    async def videos(self, since: str = SINCE) -> list[str]:
        return videos(await self.page(since))


def products(page: ShownPage) -> list[Shown]:
    found: list[Shown] = exact_json.loads(page.products_json.decode())
    return found


def videos(page: ShownPage) -> list[str]:
    return [each["video_id"] for each in products(page)]


def changed(video_id: str, milliseconds_ago: int) -> Product:
    return make_product(video_id, updated_at=NOON - milliseconds_ago)
