"""A client that follows a seller over a socket that reconnects; every packet is a step."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from assembly_service.access.readers import EVERYTHING
from assembly_service.notification.announcer import Announcer
from assembly_service.notification.door_parts import DoorParts
from assembly_service.notification.expiries import Expiries
from assembly_service.notification.namespace import ProductsNamespace
from assembly_service.notification.replay import MOST_REPLAYED, Replay
from assembly_service.notification.rooms import Rooms
from assembly_service.notification.socketio.packets import MESSAGE, Outgoing, decode
from assembly_service.notification.subscriptions import Subscriptions
from assembly_service.shop.first_pages import FirstPages
from assembly_service.shop.recent_changes import ChangedSince
from assembly_service.storage.catalogue import Catalogue, Page, Position
from tests.harness.followers import (
    ALLOWANCE_SECONDS,
    SELLER,
    Held,
    RestFollower,
    catalogue_of,
)
from tests.harness.stage import UNREAD_METRICS, Stage
from tests.harness.stage_handlers import Handler

LONG_AGO = "1970-01-01T00:00:00.000Z"


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
