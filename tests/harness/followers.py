"""Clients that follow a seller: over REST with `since`, and over a socket that reconnects.

What they have is compared with the table at the end. Every page, every read of the table and every
packet is a step, so that a test decides what happens in between.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import Any, cast

from aiohttp.test_utils import make_mocked_request

from assembly_service.access.readers import EVERYTHING
from assembly_service.domain import exact_json
from assembly_service.notification.announcer import Announcer
from assembly_service.notification.door_parts import DoorParts
from assembly_service.notification.expiries import Expiries
from assembly_service.notification.namespace import ProductsNamespace
from assembly_service.notification.replay import MOST_REPLAYED, Replay
from assembly_service.notification.rooms import Rooms
from assembly_service.notification.socketio.packets import MESSAGE, Outgoing, decode
from assembly_service.notification.subscriptions import Subscriptions
from assembly_service.settings.service import Settings
from assembly_service.shop.first_pages import FirstPages
from assembly_service.shop.handlers import Shop
from assembly_service.shop.recent_changes import ChangedSince, RecentChanges
from assembly_service.storage.catalogue import Catalogue, Page, Position
from tests.harness.halves import KEY
from tests.harness.stage import UNREAD_METRICS, Stage
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
LONG_AGO = "1970-01-01T00:00:00.000Z"


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


@dataclass(eq=False)
class WaitingPackets:
    """A client's end of a connection: everything that it has not read yet."""

    client_id: str
    packets: deque[Outgoing] = field(default_factory=deque)

    def send(self, packets: Sequence[Outgoing], *, to_many: bool = False) -> None:  # noqa: ARG002
        self.packets += packets

    async def send_when_read(self, *packets: Outgoing) -> None:
        self.packets += packets

    def dismiss(self, goodbye: Outgoing, reason: str) -> None:  # noqa: ARG002
        self.packets.append(goodbye)


def event_in(packet: Outgoing) -> Any:
    """The name of an event and its payload."""
    decoded = decode(packet.payload.decode().removeprefix(MESSAGE))
    assert decoded is not None
    return decoded.data


class SocketServer:
    """The real namespace and rooms of an instance; may replay fewer products."""

    def __init__(self, clock: Callable[[], int], *, most_replayed: int = MOST_REPLAYED) -> None:
        self.rooms = Rooms()
        self.subscriptions = Subscriptions(metrics=UNREAD_METRICS.clients)
        self.rooms.on_resync = self.subscriptions.clear_seller_coverage
        self.clock = clock
        self.most_replayed = most_replayed
        self.announcer = Announcer(
            rooms=self.rooms, topic=None, clock=clock, metrics=UNREAD_METRICS.notification
        )

    def namespace(self, catalogue: Catalogue) -> ProductsNamespace:
        parts = DoorParts(
            rooms=self.rooms,
            subscriptions=self.subscriptions,
            replay=Replay(
                changed_since=self._changes_in(catalogue),
                allowance_seconds=ALLOWANCE_SECONDS,
                clock=self.clock,
                metrics=UNREAD_METRICS.clients,
            ),
            first_pages=FirstPages(newest=catalogue.newest, clock=self.clock),
            expiries=Expiries(self.clock),
            clock=self.clock,
            metrics=UNREAD_METRICS.clients,
        )
        return ProductsNamespace(parts)

    def _changes_in(self, catalogue: Catalogue) -> ChangedSince:
        async def changed_since(
            seller_handle: str, *, since: str, limit: int, after: Position | None
        ) -> Page:
            assert limit == MOST_REPLAYED
            return await catalogue.changed_since(
                seller_handle, since=since, limit=self.most_replayed, after=after
            )

        return changed_since


@dataclass(eq=False)
class SocketFollower:
    """Subscribes with the `timestamp` of its last finished subscription or load.

    On `resync` it has to `load` over REST; until that ends its old `since` stays.
    """

    stage: Stage
    server: SocketServer
    since: str = LONG_AGO
    skew: int = 0
    held: Held = field(default_factory=Held)
    connections: int = 0
    resyncs: int = 0
    to_load: bool = False
    limit: int = 50
    client: WaitingPackets | None = None
    namespace: ProductsNamespace | None = None

    async def subscribe(self, handler: Handler) -> None:
        """Connect and subscribe; the reads of the replay are steps."""
        self.connections += 1
        self.client = client = WaitingPackets(f"client {self.connections}")
        self.namespace = self.server.namespace(catalogue_of(self.stage, handler))
        client.send([self.namespace.on_connect(client, EVERYTHING)])
        answer, _ = await self.namespace.on_event(
            client, "subscribe_to_seller", [{"seller_handle": SELLER, "since": self.since}]
        )
        client.send([answer])

    def read(self, packets: int) -> None:
        """Read up to `most` of the waiting packets."""
        if self.client is None:
            return
        for _ in range(min(packets, len(self.client.packets))):
            event, payload = event_in(self.client.packets.popleft())
            if event == "subscribed":
                if not self.to_load:
                    self.since = payload["timestamp"]
            elif event == "resync":
                self.resyncs += 1
                self.to_load = True
            elif event in {"new_product", "product_updated"}:
                self.held.take(payload["product"])
            else:
                assert event == "connected", payload

    async def load(self, handler: Handler) -> None:
        """Reload the shop over REST, page by page, as `resync` demands."""
        resyncs = self.resyncs
        loading = RestFollower(self.stage, limit=self.limit, skew=self.skew, held=self.held)
        await loading.poll(handler)
        if resyncs == self.resyncs:
            assert loading.since is not None
            self.since, self.to_load = loading.since, False

    def state(self) -> object:
        """What the client has, and what is on its way to it."""
        held = sorted((name, each["updated_at"]) for name, each in self.held.products.items())
        if self.client is None:
            return self.since, self.to_load, held, None
        return self.since, self.to_load, held, [_gist(*event_in(p)) for p in self.client.packets]

    async def drop(self) -> None:
        """Lose the connection and everything that was not read."""
        if self.client is None or self.namespace is None:
            return
        client, self.client = self.client, None
        self.namespace.on_disconnect(client)


def _gist(event: str, payload: dict[str, Any]) -> tuple[str, str, str]:
    """An event without its random parts."""
    return event, payload["timestamp"], payload.get("product", {}).get("updated_at", "")


async def catalogue_shown(stage: Stage) -> dict[str, Any]:
    """Every product as clients should have it."""
    catalogue = Catalogue(dynamodb=stage.clients.dynamodb, table=stage.resources.products_table)
    page = await catalogue.newest(SELLER, limit=1_000, after=None)
    shown = [exact_json.loads(exact_json.dumps(each.shown()).decode()) for each in page.products]
    return {product["video_id"]: product for product in shown}
