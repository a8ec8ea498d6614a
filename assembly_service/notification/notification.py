"""Puts the parts of this package together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from aiohttp import web

from assembly_service.access.readers import EVERYTHING, Readers
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.http.forwarded import admits_live
from assembly_service.notification.admission import reader_of
from assembly_service.notification.announcer import Announcer
from assembly_service.notification.bus import BusRooms
from assembly_service.notification.bus_envelope import bus_envelope
from assembly_service.notification.bus_messages import BusMessages
from assembly_service.notification.door_parts import DoorParts
from assembly_service.notification.event_door import EventDoor
from assembly_service.notification.expiries import Expiries
from assembly_service.notification.latest_products import LatestProducts
from assembly_service.notification.namespace import ProductsNamespace
from assembly_service.notification.replay import Replay
from assembly_service.notification.rooms import LARGEST_PUSH, RESYNC, Push, Rooms
from assembly_service.notification.sns import SnsPublisher
from assembly_service.notification.socketio.server import Server
from assembly_service.notification.subscriptions import Subscriptions
from assembly_service.runtime.clock import Clock
from assembly_service.runtime.metrics import BusMetrics, Metrics, NotificationMetrics
from assembly_service.runtime.tracing import NO_TRACING, Tracing
from assembly_service.settings.service import Settings
from assembly_service.shop.first_pages import FirstPages, Newest
from assembly_service.shop.recent_changes import ChangedSince, RecentChanges

_BESIDE_PRODUCTS_BYTES = 4096
"""More than a packet with a page holds beside its products."""


class Notification:
    """The sockets of this instance, and the announcer, which also works without clients.

    `latest_products` are those that it announced or heard of last.
    """

    def __init__(
        self,
        *,
        rooms: Rooms,
        topic: SnsPublisher | None,
        settings: Settings,
        metrics: Metrics,
        clock: Clock,
        changed_since: ChangedSince,
        newest: Newest,
        recent_changes: RecentChanges | None,
        readers: Readers | None,
        tracing: Tracing,
    ) -> None:
        self.announcer = Announcer(
            rooms=rooms, topic=topic, clock=clock, metrics=metrics.notification, tracing=tracing
        )
        self.subscriptions = Subscriptions(metrics=metrics.clients)
        self.latest_products = LatestProducts()
        rooms.on_push = partial(_note, recent_changes, self.latest_products)
        rooms.on_resync = self.subscriptions.clear_seller_coverage
        rooms.on_delivery = partial(_count_delivery, metrics.notification)
        self._rooms = rooms
        self._clock = clock
        has_bus = settings.socketio_redis_url is not None
        self._goodbye_seconds = settings.goodbye_seconds(others=has_bus)
        self._parts = DoorParts(
            rooms=rooms,
            subscriptions=self.subscriptions,
            replay=Replay(
                changed_since=changed_since,
                allowance_seconds=settings.clock_skew_allowance + settings.commit_allowance,
                clock=clock,
                metrics=metrics.clients,
            ),
            first_pages=FirstPages(
                newest=newest, clock=clock, most_bytes=LARGEST_PUSH - _BESIDE_PRODUCTS_BYTES
            ),
            expiries=Expiries(clock),
            clock=clock,
            metrics=metrics.clients,
        )
        self._server = Server(
            admits=admits_live(settings),
            most=settings.max_connections,
            metrics=metrics.clients,
            admission=None if readers is None else partial(reader_of, readers=readers),
            everybody=EVERYTHING,
        )
        self._namespace = ProductsNamespace(self._parts)
        self._event_door = EventDoor(self._parts, readers=readers)

    @property
    def bus_failure(self) -> str | None:
        """A clause that says why pushes to or from other instances are being lost, or None."""
        return self._rooms.failure

    def attach(self, app: web.Application) -> None:
        """Serve Socket.IO and event streams. Call this once, before the app starts."""
        self._server.serve(app, self._namespace)
        app.add_routes(self._event_door.routes())

    async def close(self, reason: str) -> None:
        """Refuse new clients, and disconnect all others with a reason.

        Spreads them over DRAIN_SPREAD_SECONDS; until its turn, a client is served as ever over its
        connections. What does not answer the goodbye is cut CLOSE_SECONDS later.
        """
        timestamp = format_milliseconds(self._clock())
        await asyncio.gather(
            self._server.close(reason, timestamp=timestamp, seconds=self._goodbye_seconds),
            self._event_door.close(reason, seconds=self._goodbye_seconds),
        )
        await self._parts.replay.close()
        await self._parts.first_pages.close()


@asynccontextmanager
async def open_notification(
    *,
    settings: Settings,
    metrics: Metrics,
    clock: Clock,
    changed_since: ChangedSince,
    newest: Newest,
    products_table_arn: str,
    readers: Readers | None,
    recent_changes: RecentChanges | None = None,
    sns: Any | None = None,
    tracing: Tracing = NO_TRACING,
) -> AsyncIterator[Notification]:
    """Open notification, and close it at the end.

    `products_table_arn` identifies the deployment on the bus unless the settings do.
    Without `readers` everybody may read everything.
    `recent_changes` is kept up to date with every product announced here or received from the bus.
    `sns`, a low-level client, is required if the settings name a topic for products.
    Raises InvalidSettings if the address of the bus is invalid. An unreachable bus is not an error:
    `bus_failure` says why.
    """
    rooms = _rooms(settings, products_table_arn, metrics.bus, clock, tracing)
    notification = Notification(
        rooms=rooms,
        topic=_topic(settings, sns, tracing),
        settings=settings,
        metrics=metrics,
        clock=clock,
        changed_since=changed_since,
        newest=newest,
        recent_changes=recent_changes,
        readers=readers,
        tracing=tracing,
    )
    try:
        await rooms.start()
        yield notification
    finally:
        await notification.close("The service stops.")
        await rooms.close()


def _note(recent_changes: RecentChanges | None, latest: LatestProducts, push: Push) -> None:
    latest.add(push)
    if recent_changes is not None:
        _update(recent_changes, push)


def _update(recent_changes: RecentChanges, push: Push) -> None:
    match push.payload:
        case {"product": {"video_id": str(_), "updated_at": str(_)} as product}:
            recent_changes.add(push.seller_handle, product)
        case _:
            recent_changes.invalidate(push.seller_handle)


def _count_delivery(metrics: NotificationMetrics, push: Push, clients: int, size: int) -> None:
    metrics.delivered(clients, size)
    if push.event == RESYNC:
        metrics.resyncs.labels(push.payload["reason"]).inc(clients)


def _rooms(
    settings: Settings,
    products_table_arn: str,
    metrics: BusMetrics,
    clock: Clock,
    tracing: Tracing,
) -> Rooms:
    if settings.socketio_redis_url is None:
        return Rooms(tracing=tracing)
    return BusRooms(
        url=settings.socketio_redis_url,
        publish_only=settings.service_role == "worker",
        messages=BusMessages(
            envelope=bus_envelope(settings, products_table_arn),
            clock=clock,
            clock_skew=round(settings.clock_skew_allowance * 1000),
        ),
        clock=clock,
        metrics=metrics,
        tracing=tracing,
    )


def _topic(settings: Settings, sns: Any | None, tracing: Tracing) -> SnsPublisher | None:
    if settings.sns_new_product_topic_arn is None or sns is None:
        return None
    return SnsPublisher(sns=sns, topic_arn=settings.sns_new_product_topic_arn, tracing=tracing)
