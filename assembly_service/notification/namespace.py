"""The namespace of products: what its clients may ask for, and what they are answered."""

import asyncio
import math
from collections.abc import Awaitable, Callable

import structlog

from assembly_service.aws.errors import AWS_ERRORS, code_of
from assembly_service.domain.exact_json import Value
from assembly_service.domain.product import Announcement
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.notification.replay import Replay
from assembly_service.notification.requests import (
    RefusalCode,
    RequestRefused,
    SubscribeRequest,
    parse_status_request,
    parse_subscription,
    parse_unsubscription,
)
from assembly_service.notification.rooms import ResyncReason, Rooms, resync
from assembly_service.notification.socketio.packets import NAMESPACE
from assembly_service.notification.socketio.server import Client, Server
from assembly_service.notification.socketio.token_bucket import TokenBucket
from assembly_service.notification.subscriptions import Coverage, Subscriptions
from assembly_service.runtime.clock import Clock
from assembly_service.runtime.metrics import NotificationMetrics
from assembly_service.storage.catalogue import CatalogueBusyError

MOST_SELLERS = 50
SUBSCRIBES_AT_ONCE = 60
"""A page that watches as many sellers as it may subscribes to all of them when it comes back."""
_A_SECOND = 10
_MOST_PENDING = 50

log = structlog.get_logger()

_Payload = dict[str, Value]


class ProductsNamespace:
    """Answers clients. Every answer goes out as an event and is returned as acknowledgement."""

    def __init__(
        self,
        *,
        server: Server,
        rooms: Rooms,
        subscriptions: Subscriptions,
        replay: Replay,
        clock: Clock,
        metrics: NotificationMetrics,
    ) -> None:
        self._server = server
        self._metrics = metrics
        self._buckets: dict[str, TokenBucket] = {}
        self._rooms = rooms
        self._subscriptions = subscriptions
        self._replay = replay
        self._clock = clock
        self._requests: dict[
            Value, Callable[[Client, list[Value]], Awaitable[tuple[str, _Payload]]]
        ] = {
            "subscribe_to_seller": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "get_subscription_status": self._status,
        }

    def connected(self, client: Client) -> None:
        """Register and greet a client."""
        self._subscriptions.connected(client.client_id)
        self._buckets[client.client_id] = TokenBucket(size=SUBSCRIBES_AT_ONCE, a_second=_A_SECOND)
        greeting = "Connected. Send subscribe_to_seller to be shown a seller's products."
        self._server.send_event(
            client,
            "connected",
            {"message": greeting, "clientId": client.client_id, "timestamp": self._now()},
        )

    def disconnected(self, client_id: str) -> None:
        """Forget a client."""
        self._subscriptions.disconnected(client_id)
        self._buckets.pop(client_id, None)

    async def received(
        self, client: Client, event: Value, arguments: list[Value], *, pending: int = 0
    ) -> Value:
        """Answer a request. Never raises."""
        try:
            request = self._request(event)
            if request == self._subscribe:
                await self._pace(client, pending)
            answer, payload = await request(client, arguments)
        except RequestRefused as refusal:
            answer, payload = "error", self._error(refusal.code, str(refusal))
            if refusal.retry_after is not None:
                payload["retry_after"] = refusal.retry_after
        except (*AWS_ERRORS, CatalogueBusyError) as error:
            log.warning("replay_failed", error=code_of(error))
            answer = "error"
            payload = self._error(
                RefusalCode.TEMPORARILY_UNAVAILABLE,
                "The products cannot be read at the moment: subscribe again later.",
            )
        except Exception:
            log.exception("request_failed")
            answer = "error"
            payload = self._error(
                RefusalCode.INTERNAL_ERROR, "The service failed: try again later."
            )
        self._server.send_event(client, answer, payload)
        return payload

    def _request(
        self, event: Value
    ) -> Callable[[Client, list[Value]], Awaitable[tuple[str, _Payload]]]:
        if isinstance(event, str) and event in self._requests:
            return self._requests[event]
        raise RequestRefused(
            RefusalCode.UNKNOWN_EVENT, f"Send one of these events: {', '.join(self._requests)}."
        )

    async def _pace(self, client: Client, pending: int) -> None:
        """Delay a client that subscribes too often.

        Raises RequestRefused if too many of its requests wait already.
        """
        bucket = self._buckets.get(client.client_id)
        if bucket is None:
            return
        seconds = bucket.seconds_until_next()
        if seconds and pending > _MOST_PENDING:
            self._metrics.subscribes_refused.inc()
            raise RequestRefused(
                RefusalCode.TOO_MANY_REQUESTS,
                "This connection subscribes too often: wait before the next subscription.",
                retry_after=math.ceil(pending / _A_SECOND),
            )
        bucket.take()
        if seconds:
            self._metrics.subscribes_delayed.inc()
            await asyncio.sleep(seconds)

    async def _subscribe(self, client: Client, arguments: list[Value]) -> tuple[str, _Payload]:
        wanted = parse_subscription(arguments)
        seller_handle = wanted.seller_handle
        coverage = self._subscriptions.coverage(client.client_id, seller_handle)
        if coverage is not None and coverage.covers(wanted.since):
            return "subscribed", coverage.subscribed
        timestamp = self._now()
        # The room comes before the table: what is committed in between is seen twice, never not.
        is_new = self._join(client, seller_handle, timestamp)
        subscribed: _Payload = {
            "seller_handle": seller_handle,
            "message": f"You are shown the products of {seller_handle}.",
            "timestamp": timestamp,
        }
        # Before the read: a resync that is sent meanwhile takes it away again.
        self._subscriptions.covered(
            client.client_id, seller_handle, Coverage(wanted.since, subscribed)
        )
        try:
            await self._show_missed(client, wanted)
        except Exception:
            self._subscriptions.uncovered(client.client_id, seller_handle)
            if is_new:
                self._leave(client, seller_handle)
            raise
        return "subscribed", subscribed

    async def _show_missed(self, client: Client, wanted: SubscribeRequest) -> None:
        if wanted.since is None:
            return
        products = await self._replay.of(wanted.seller_handle, wanted.since)
        if products is None:
            self._subscriptions.uncovered(client.client_id, wanted.seller_handle)
            push = resync(wanted.seller_handle, ResyncReason.TOO_MANY_CHANGES, self._now())
            self._server.send_event(client, push.event, push.payload)
            return
        for product in products:
            announcement = Announcement(product=product, correlation_id="")
            await self._server.send_event_at_its_pace(
                client, announcement.event_type.value, announcement.payload(self._now())
            )

    async def _unsubscribe(self, client: Client, arguments: list[Value]) -> tuple[str, _Payload]:
        seller_handle = parse_unsubscription(arguments)
        if seller_handle is None:
            for watched in tuple(self._subscriptions.of_client(client.client_id)):
                self._leave(client, watched)
            return "unsubscribed", {
                "message": "You are shown no seller's products any more.",
                "timestamp": self._now(),
            }
        if seller_handle in self._subscriptions.of_client(client.client_id):
            self._leave(client, seller_handle)
        return "unsubscribed", {
            "seller_handle": seller_handle,
            "message": f"You are shown the products of {seller_handle} no more.",
            "timestamp": self._now(),
        }

    async def _status(self, client: Client, arguments: list[Value]) -> tuple[str, _Payload]:
        parse_status_request(arguments)
        watched = self._subscriptions.of_client(client.client_id)
        return "subscription_status", {
            "subscriptions": [
                {"seller_handle": seller_handle, "joined_at": joined_at}
                for seller_handle, joined_at in watched.items()
            ],
            "timestamp": self._now(),
        }

    def _join(self, client: Client, seller_handle: str, timestamp: str) -> bool:
        watched = self._subscriptions.of_client(client.client_id)
        if seller_handle in watched:
            return False
        if len(watched) >= MOST_SELLERS:
            raise RequestRefused(
                RefusalCode.TOO_MANY_SUBSCRIPTIONS,
                f"A connection watches at most {MOST_SELLERS} sellers: unsubscribe from one first.",
            )
        # Each client has a private room that is named after its id.
        if self._rooms.is_sid_room(NAMESPACE, seller_handle):
            raise RequestRefused(RefusalCode.INVALID_SELLER_HANDLE, "There is no such seller.")
        self._rooms.basic_enter_room(client.client_id, NAMESPACE, seller_handle)
        self._subscriptions.joined(client.client_id, seller_handle, joined_at=timestamp)
        return True

    def _leave(self, client: Client, seller_handle: str) -> None:
        self._rooms.basic_leave_room(client.client_id, NAMESPACE, seller_handle)
        self._subscriptions.left(client.client_id, seller_handle)

    def _error(self, code: RefusalCode, message: str) -> _Payload:
        return {"code": code.value, "message": message, "timestamp": self._now()}

    def _now(self) -> str:
        return format_milliseconds(self._clock())
