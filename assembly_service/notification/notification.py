"""Puts the parts of notification together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from aiohttp import web

from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.http.forwarded import admits_origin
from assembly_service.notification.announcer import Announcer
from assembly_service.notification.bus import BusRooms
from assembly_service.notification.bus_messages import BusMessages
from assembly_service.notification.namespace import ProductsNamespace
from assembly_service.notification.replay import Replay
from assembly_service.notification.rooms import Push, Rooms
from assembly_service.notification.sns import SnsPublisher
from assembly_service.notification.socketio.engine import Admits
from assembly_service.notification.socketio.server import Server
from assembly_service.notification.subscriptions import Subscriptions
from assembly_service.runtime.clock import Clock
from assembly_service.runtime.metrics import Metrics, NotificationMetrics
from assembly_service.settings.service import Settings
from assembly_service.shop.recent_changes import ChangedSince, RecentChanges


class Notification:
    """The sockets of this instance and everything that announces.

    `announcer` also works on an instance that serves no clients.
    """

    def __init__(
        self,
        *,
        announcer: Announcer,
        subscriptions: Subscriptions,
        server: Server,
        rooms: Rooms,
        namespace: ProductsNamespace,
        clock: Clock,
    ) -> None:
        self.announcer = announcer
        self.subscriptions = subscriptions
        self._server = server
        self._rooms = rooms
        self._namespace = namespace
        self._clock = clock

    @property
    def bus_trouble(self) -> str | None:
        """Why pushes to or from other instances are being lost, as a clause; None: they are not."""
        return self._rooms.trouble

    def attach(self, app: web.Application) -> None:
        """Serve Socket.IO below `/socket.io/` of the app. Once, before the app starts."""
        self._server.serve(app, self._namespace)

    async def close(self, reason: str) -> None:
        """Disconnect every client with a reason, within seconds; new ones are refused."""
        await self._server.close(reason, timestamp=format_milliseconds(self._clock()))


@asynccontextmanager
async def open_notification(
    *,
    settings: Settings,
    metrics: Metrics,
    clock: Clock,
    changed_since: ChangedSince,
    products_table_arn: str,
    recent_changes: RecentChanges | None = None,
    sns: Any | None = None,
) -> AsyncIterator[Notification]:
    """Everything of this package, closed at the end.

    `products_table_arn` sets this deployment apart from others on the bus, unless the settings do.
    `recent_changes` hears of every product that is announced here or comes over the bus.
    `sns` is a low-level client; it is needed if the settings name a topic for products.
    Raises SettingsError if the address of the bus cannot be read. A bus that cannot be reached is
    no error: `bus_trouble` says why.
    """
    rooms = _rooms(settings, products_table_arn, metrics.notification, clock)
    if recent_changes is not None:
        rooms.hear = partial(_hear, recent_changes)
    subscriptions = Subscriptions(metrics=metrics.notification)
    rooms.resynced = subscriptions.resynced
    server = Server(rooms=rooms, admits=_admits(settings), metrics=metrics.notification)
    replay = Replay(
        changed_since=changed_since,
        allowance_seconds=settings.clock_skew_allowance + settings.commit_allowance,
    )
    notification = Notification(
        announcer=Announcer(
            rooms=rooms, topic=_topic(settings, sns), clock=clock, metrics=metrics.notification
        ),
        subscriptions=subscriptions,
        server=server,
        rooms=rooms,
        namespace=ProductsNamespace(
            server=server,
            rooms=rooms,
            subscriptions=subscriptions,
            replay=replay,
            clock=clock,
            metrics=metrics.notification,
        ),
        clock=clock,
    )
    try:
        await rooms.start()
        yield notification
    finally:
        await notification.close("The service stops.")
        await replay.close()
        await rooms.close()


def _admits(settings: Settings) -> Admits:
    return partial(
        admits_origin,
        listed=settings.websocket_cors_origins,
        public_hosts=settings.public_hosts,
        trusted=settings.trusted_proxies,
    )


def _hear(recent_changes: RecentChanges, push: Push) -> None:
    match push.payload:
        case {"product": {"video_id": str(_), "updated_at": str(_)} as product}:
            recent_changes.add(push.seller_handle, product)
        case _:
            recent_changes.invalidate(push.seller_handle)


def _rooms(
    settings: Settings, products_table_arn: str, metrics: NotificationMetrics, clock: Clock
) -> Rooms:
    if settings.socketio_redis_url is None:
        return Rooms()
    return BusRooms(
        url=settings.socketio_redis_url,
        publish_only=settings.service_role == "worker",
        messages=BusMessages(
            channel=settings.bus_channel or f"assembly-service:{products_table_arn}",
            secrets=settings.bus_secret,
            signature_required=settings.bus_require_signature,
            clock=clock,
            clock_skew=round(settings.clock_skew_allowance * 1000),
        ),
        clock=clock,
        metrics=metrics,
    )


def _topic(settings: Settings, sns: Any | None) -> SnsPublisher | None:
    if settings.sns_new_product_topic_arn is None or sns is None:
        return None
    return SnsPublisher(sns=sns, topic_arn=settings.sns_new_product_topic_arn)
