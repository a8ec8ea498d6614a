"""Products for the shelf, and fakes around the web front."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value
from assembly_service.domain.product import Half, HalfKind, Product, ProductKey
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.operations.handlers import OperationsHandlers
from assembly_service.operations.health import Check, CheckStatus
from assembly_service.runtime.metrics import Metrics
from assembly_service.storage.rows import product_to_item
from tests.harness.halves import thumbnail_fields

SELLER = "amani_beads"
NOON = 1_793_620_800_000
"""The initial time of a test's clock in milliseconds."""


@dataclass
class ManualClock:
    """A clock that the test sets."""

    now: int = NOON

    def __call__(self) -> int:
        return self.now


@dataclass
class StatedHealth:
    """Returns what the test states."""

    liveness: list[Check] = field(default_factory=list)
    readiness: list[Check] = field(default_factory=list)
    tables: list[Check] = field(default_factory=list)
    polls: list[Check] = field(default_factory=list)

    async def everything(self) -> Sequence[Check]:
        return [*self.liveness, *self.readiness]

    async def live(self) -> Sequence[Check]:
        return self.liveness

    async def ready(self) -> Sequence[Check]:
        return self.readiness

    async def worker(self) -> Sequence[Check]:
        return self.polls

    async def database(self) -> Sequence[Check]:
        return self.tables


@dataclass
class StatedSubscriptions:
    """Returns what the test states."""

    total_connections: int = 0
    clients: dict[str, int] = field(default_factory=dict)

    def clients_per_seller(self) -> Mapping[str, int]:
        return self.clients


def stated_operations() -> OperationsHandlers:
    """The operators' calls, without anything stated."""
    return OperationsHandlers(
        health=StatedHealth(), metrics=Metrics(), subscriptions=StatedSubscriptions()
    )


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """The products table, written directly; the server is notified."""

    dynamodb: Any
    table: str
    told: list[Callable[[str], None]] = field(default_factory=list)

    async def put(self, *products: Product) -> None:
        """Write products, newer ones over older ones."""
        for start in range(0, len(products), 25):
            requests = [
                {"PutRequest": {"Item": product_to_item(product)}}
                for product in products[start : start + 25]
            ]
            await self.dynamodb.batch_write_item(RequestItems={self.table: requests})
        for seller in {product.key.seller_handle for product in products}:
            for tell in self.told:
                tell(seller)


def check(name: str, status: CheckStatus, detail: str = "It is so.") -> Check:
    """A check's result."""
    return Check(name=name, status=status, detail=detail)


def make_product(
    video_id: str, *, seller: str = SELLER, updated_at: int = NOON - 3_600_000, **caption: Value
) -> Product:
    """A product; `caption` replaces fields of its caption."""
    key = ProductKey(seller, video_id)
    fields = {"title": "Cup", "price": 1999.99, "sizes": None, "tags": [], **caption}
    instant = "2026-10-30T09:00:00.000000000Z"
    return Product(
        caption=Half(key=key, kind=HalfKind.CAPTION, timestamp=instant, fields=fields),
        thumbnail=Half(
            key=key, kind=HalfKind.THUMBNAIL, timestamp=instant, fields=thumbnail_fields(video_id)
        ),
        created_at=format_milliseconds(NOON - 7_200_000),
        updated_at=format_milliseconds(updated_at),
    )


def products_path(seller: str = SELLER) -> str:
    """The path of a seller's list."""
    return f"/api/v1/shop/{seller}/products"


async def load(api: ClientSession, path: str, **parameters: str | int) -> Any:
    """GET, which must succeed; returns the parsed body with exact numbers."""
    async with api.get(path, params=parameters) as response:
        text = await response.text()
        assert response.status == 200, text
        return exact_json.loads(text)


async def load_all(
    api: ClientSession, path: str, **parameters: str | int
) -> tuple[list[str], list[Any]]:
    """Read every page of a list; return the video ids in order, and the pages."""
    pages = [await load(api, path, **parameters)]
    while pages[-1]["pagination"]["hasMore"]:
        last_key = pages[-1]["pagination"]["lastEvaluatedKey"]
        pages.append(await load(api, path, **parameters, lastKey=last_key))
    return [product["video_id"] for page in pages for product in page["products"]], pages
