"""Clients that follow a seller: by REST with `since`, and by a socket that drops and comes back.

What they hold is compared with the table at the end. Every page, every read of the table and every
packet is a step, so that a test decides what happens in between.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from aiohttp.test_utils import make_mocked_request

from assembly_service.domain import exact_json
from assembly_service.monitoring.metrics import Metrics
from assembly_service.notification.announcer import Announcer
from assembly_service.notification.namespace import ProductsNamespace
from assembly_service.notification.outbox import Outbox
from assembly_service.notification.packets import NAMESPACE, decode
from assembly_service.notification.replay import Replay
from assembly_service.notification.rooms import Rooms
from assembly_service.notification.server import Client, Server
from assembly_service.notification.subscriptions import Subscriptions
from assembly_service.settings import Settings
from assembly_service.storage.catalogue import Catalogue
from assembly_service.web.shop import Shop
from tests.support.halves import KEY
from tests.support.stage import Stage
from tests.support.stage_handlers import Handler, StagedClient

SELLER = KEY.seller_handle
SETTINGS = Settings(
    aws_region="us-east-1",
    sqs_caption_analysis_queue_url="http://127.0.0.1:1/captions",
    sqs_thumbnail_generation_queue_url="http://127.0.0.1:1/thumbnails",
    dynamodb_products_table="products",
    dynamodb_staging_table="staging",
)
ALLOWANCE_SECONDS = SETTINGS.clock_skew_allowance + SETTINGS.commit_allowance
LONG_AGO = "1970-01-01T00:00:00.000Z"


def catalogue_of(stage: Stage, handler: Handler) -> Catalogue:
    """The products table, every read of which is a step of the handler."""
    client = StagedClient(stage.clients.dynamodb, handler, stage.resources)
    return Catalogue(dynamodb=client, table=stage.resources.products_table)


@dataclass
class Held:
    """What a client knows: of every video the newest it was shown."""

    products: dict[str, Any] = field(default_factory=dict)

    def take(self, product: dict[str, Any]) -> None:
        known = self.products.get(product["video_id"])
        if known is None or known["updated_at"] < product["updated_at"]:
            self.products[product["video_id"]] = product


@dataclass(eq=False)
class RestFollower:
    """Loads everything once and then polls. `skew` is that of the instance that answers next.

    `by_newest`: passes back its newest `updated_at` where that is earlier than the `timestamp`.
    """

    stage: Stage
    by_newest: bool = False
    limit: int = 1
    skew: int = 0
    since: str | None = None
    held: Held = field(default_factory=Held)

    async def poll(self, handler: Handler) -> None:
        """One load or poll, page by page."""
        query: dict[str, Any] = {"limit": self.limit}
        if self.since:
            query["since"] = self.since
        shop = Shop(
            catalogue=catalogue_of(self.stage, handler),
            settings=SETTINGS,
            clock=lambda: self.stage.now + self.skew,
        )
        while True:
            await handler.call("page", self._open_page)
            page = await _page(shop, query)
            for product in page["products"]:
                self.held.take(product)
            if not page["pagination"]["hasMore"]:
                break
            query["lastKey"] = page["pagination"]["lastEvaluatedKey"]
        self.since = page["metadata"]["timestamp"]
        newest = [product["updated_at"] for product in self.held.products.values()]
        if self.by_newest and newest:
            self.since = min(self.since, max(newest))

    async def _open_page(self) -> int:
        """The step at which the server takes the request, and reads its clock."""
        return self.stage.now + self.skew


async def _page(shop: Shop, query: dict[str, Any]) -> Any:
    target = f"/api/v1/shop/{SELLER}/products?" + "&".join(
        f"{name}={value}" for name, value in query.items()
    )
    response = await shop.products(
        make_mocked_request("GET", target, match_info={"handle": SELLER})
    )
    assert response.status == 200
    assert isinstance(response.body, bytes)
    return exact_json.loads(response.body.decode())


class SocketServer:
    """The real namespace, rooms and outboxes of one instance; only the wire is missing."""

    def __init__(self, clock: Callable[[], int]) -> None:
        metrics = Metrics()
        self.rooms = Rooms()
        self.server = Server(rooms=self.rooms, origins=(), metrics=metrics)
        self.subscriptions = Subscriptions(metrics=metrics)
        self.clock = clock
        self.announcer = Announcer(rooms=self.rooms, topic=None, clock=clock, metrics=metrics)

    def namespace(self, catalogue: Catalogue) -> ProductsNamespace:
        return ProductsNamespace(
            server=self.server,
            rooms=self.rooms,
            subscriptions=self.subscriptions,
            replay=Replay(
                changed_since=catalogue.changed_since, allowance_seconds=ALLOWANCE_SECONDS
            ),
            clock=self.clock,
        )


@dataclass(eq=False)
class SocketFollower:
    """Subscribes with the `timestamp` of its last finished subscription."""

    stage: Stage
    server: SocketServer
    since: str = LONG_AGO
    held: Held = field(default_factory=Held)
    connections: int = 0
    client: Client | None = None
    namespace: ProductsNamespace | None = None

    async def subscribe(self, handler: Handler) -> None:
        """Connect and subscribe; the reads of the replay are steps."""
        self.connections += 1
        connection_id = f"connection {self.connections}"
        self.server.server.eio.sockets[connection_id] = SimpleNamespace(queue=Outbox())
        client_id = await self.server.rooms.connect(connection_id, NAMESPACE)
        self.client = client = Client(client_id, connection_id)
        self.namespace = self.server.namespace(catalogue_of(self.stage, handler))
        self.namespace.connected(client)
        await self.namespace.received(
            client, "subscribe_to_seller", [{"seller_handle": SELLER, "since": self.since}]
        )

    def read(self, packets: int) -> None:
        """Read at most so many of the packets that wait."""
        if self.client is None:
            return
        outbox = self.server.server.eio.sockets[self.client.connection_id].queue
        for _ in range(min(packets, outbox.qsize())):
            packet = decode(outbox.get_nowait().data)
            outbox.written()
            assert packet is not None
            event, payload = packet.data
            if event == "subscribed":
                self.since = payload["timestamp"]
            elif event in {"new_product", "product_updated"}:
                self.held.take(payload["product"])
            else:
                assert event == "connected", payload

    def state(self) -> object:
        """What the client holds, and what is on its way to it."""
        held = sorted((name, each["updated_at"]) for name, each in self.held.products.items())
        if self.client is None:
            return self.since, held, None
        outbox = self.server.server.eio.sockets[self.client.connection_id].queue
        waiting = [decode(packet.data) for packet in outbox._queue]
        return self.since, held, [_gist(*packet.data) for packet in waiting if packet]

    async def drop(self) -> None:
        """Lose the connection and everything that was not read."""
        if self.client is None or self.namespace is None:
            return
        client, self.client = self.client, None
        del self.server.server.eio.sockets[client.connection_id]
        await self.server.rooms.disconnect(client.client_id, NAMESPACE)
        self.namespace.disconnected(client.client_id)


def _gist(event: str, payload: dict[str, Any]) -> tuple[str, str, str]:
    """An event without what is random in it."""
    return event, payload["timestamp"], payload.get("product", {}).get("updated_at", "")


async def catalogue_shown(stage: Stage) -> dict[str, Any]:
    """Every product as clients should hold it."""
    catalogue = Catalogue(dynamodb=stage.clients.dynamodb, table=stage.resources.products_table)
    page = await catalogue.newest(SELLER, limit=1_000, after=None)
    shown = [exact_json.loads(exact_json.dumps(each.shown()).decode()) for each in page.products]
    return {product["video_id"]: product for product in shown}
