"""Clients that follow a seller over REST with `since`; `socket_followers.py` has those of sockets.

What they have is compared with the table at the end. Every page and every read of the table is a
step, so that a test decides what happens in between.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import Any, cast

from aiohttp.test_utils import make_mocked_request

from assembly_service.domain import exact_json
from assembly_service.settings.service import Settings
from assembly_service.shop.handlers import Shop
from assembly_service.shop.recent_changes import RecentChanges
from assembly_service.storage.catalogue import Catalogue
from tests.harness.halves import KEY
from tests.harness.stage import Stage
from tests.harness.stage_handlers import Handler, StagedClient

SELLER = KEY.seller_handle
SETTINGS = Settings(
    aws_region="us-east-1",
    sqs_caption_analysis_queue_url="http://127.0.0.1:1/captions",
    sqs_thumbnail_generation_queue_url="http://127.0.0.1:1/thumbnails",
    dynamodb_products_table="products",
    dynamodb_staging_table="staging",
)
ALLOWANCE_SECONDS = SETTINGS.clock_skew_allowance + SETTINGS.commit_allowance
REQUEST = make_mocked_request(
    "GET", f"/api/v1/shop/{SELLER}/products", match_info={"handle": SELLER}
)


def catalogue_of(stage: Stage, handler: Handler) -> Catalogue:
    """The products table; every read is a step of the handler."""
    client = StagedClient(stage.clients.dynamodb, handler, stage.resources)
    return Catalogue(dynamodb=client, table=stage.resources.products_table)


@dataclass
class Held:
    """What a client has: the newest it received of every video."""

    products: dict[str, Any] = field(default_factory=dict)

    def take(self, product: dict[str, Any]) -> None:
        known = self.products.get(product["video_id"])
        if known is None or known["updated_at"] < product["updated_at"]:
            self.products[product["video_id"]] = product


class Instant(StrEnum):
    """What a client passes back as `since`.

    REVALIDATED clients send the ETags of the pages that they have; on 304 they keep that page and
    their old `since`.
    """

    TIMESTAMP = "timestamp"
    NEWEST = "newest or timestamp"
    REVALIDATED = "timestamp of what is not a 304"


@dataclass
class _Reads:
    """The reads of whatever catalogue the follower's poll has."""

    follower: "RestFollower"

    def __getattr__(self, name: str) -> Callable[..., Any]:
        async def read(*arguments: Any, **options: Any) -> Any:
            return await getattr(self.follower.catalogue, name)(*arguments, **options)

        return read


@dataclass(eq=False)
class RestFollower:
    """Loads everything once, then polls. `skew` is that of the instance that answers next."""

    stage: Stage
    follows: Instant = Instant.TIMESTAMP
    limit: int = 1
    skew: int = 0
    since: str | None = None
    held: Held = field(default_factory=Held)
    pages: list[tuple[str, Any]] = field(default_factory=list)
    not_modified: int = 0
    catalogue: Catalogue | None = None

    def __post_init__(self) -> None:
        # Of the server: it persists between polls and gets no notifications.
        reads = cast("Catalogue", _Reads(self))
        self.shop = Shop(
            catalogue=reads,
            recent_changes=RecentChanges(catalogue=reads, clock=self._clock),
            settings=SETTINGS,
            clock=self._clock,
            readers=None,
        )

    async def poll(self, handler: Handler) -> None:
        """One load or poll, page by page."""
        query: dict[str, Any] = {"limit": self.limit}
        if self.since:
            query["since"] = self.since
        self.catalogue = catalogue_of(self.stage, handler)
        all_modified = True
        for number in count():
            await handler.call("page", self._open_page)
            modified, page = await self._page(query, number)
            all_modified &= modified
            if not page["pagination"]["hasMore"]:
                break
            query["lastKey"] = page["pagination"]["lastEvaluatedKey"]
        if "since" not in query:
            # Their cursors continue a list of another kind.
            self.pages.clear()
        if all_modified:
            self.since = self._instant(page["metadata"]["timestamp"])

    def _clock(self) -> int:
        return self.stage.now + self.skew

    def _instant(self, timestamp: str) -> str:
        newest: list[str] = [each["updated_at"] for each in self.held.products.values()]
        if self.follows is Instant.NEWEST and newest:
            return min(timestamp, max(newest))
        return timestamp

    async def _open_page(self) -> int:
        """The step at which the server accepts the request and reads its clock."""
        return self.stage.now + self.skew

    async def _page(self, query: dict[str, Any], number: int) -> tuple[bool, Any]:
        """A page, and whether it differs from the one kept in its place."""
        response = await self.shop.products(
            REQUEST.clone(rel_url=REQUEST.rel_url.with_query(query), headers=self._tag_held(number))
        )
        if response.status == 304:
            self.not_modified += 1
            return False, self.pages[number][1]
        assert response.status == 200
        assert isinstance(response.body, bytes)
        page = exact_json.loads(response.body.decode())
        for product in page["products"]:
            self.held.take(product)
        self.pages[number:] = [(response.headers["ETag"], page), *self.pages[number + 1 :]]
        return True, page

    def _tag_held(self, number: int) -> dict[str, str]:
        if self.follows is not Instant.REVALIDATED or number >= len(self.pages):
            return {}
        return {"If-None-Match": self.pages[number][0]}


async def catalogue_shown(stage: Stage) -> dict[str, Any]:
    """Every product as clients should have it."""
    catalogue = Catalogue(dynamodb=stage.clients.dynamodb, table=stage.resources.products_table)
    page = await catalogue.newest(SELLER, limit=1_000, after=None)
    shown = [exact_json.loads(exact_json.dumps(each.shown()).decode()) for each in page.products]
    return {product["video_id"]: product for product in shown}
