"""Answers the requests of clients in the namespace of products."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import structlog

from assembly_service.access.readers import NOTHING, Reader, SellerNotAllowed
from assembly_service.aws.errors import AWS_ERRORS, code_of
from assembly_service.domain.exact_json import Value
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.notification.door_parts import DoorParts
from assembly_service.notification.requests import (
    EXPIRED,
    RefusalCode,
    RequestRefused,
    SubscribeRequest,
    error_payload,
    parse_status_request,
    parse_subscription,
    parse_unsubscription,
)
from assembly_service.notification.rooms import ResyncReason, encode, resync
from assembly_service.notification.socketio.packets import Outgoing, event_packet, in_parts
from assembly_service.notification.socketio.server import Client
from assembly_service.notification.subscriptions import Coverage, subscribed
from assembly_service.runtime.metrics import Limit, SubscribeOutcome
from assembly_service.runtime.token_bucket import TokenBucket
from assembly_service.shop.first_pages import FirstProductTooLarge
from assembly_service.shop.pages import page_body
from assembly_service.storage.catalogue import CatalogueBusy

MOST_SELLERS = 50
SUBSCRIBES_AT_ONCE = 60
"""A page that watches the most sellers subscribes to all of them when it reconnects."""
_SUBSCRIBES_PER_SECOND = 10
_MOST_PENDING = 50

log = structlog.get_logger()

_Payload = dict[str, Value]
_Handler = Callable[[Client, list[Value]], Awaitable[tuple[str, _Payload]]]


@dataclass(slots=True, kw_only=True)
class _Member:
    """What is known of a client. `forget` cancels the end of its right to read: `has_expired`."""

    bucket: TokenBucket
    reader: Reader
    forget: Callable[[], None]
    has_expired: bool = False


class ProductsNamespace:
    """Answers clients. Every answer is both sent as an event and returned as acknowledgement."""

    def __init__(self, parts: DoorParts) -> None:
        self._parts = parts
        self._members: dict[str, _Member] = {}
        self._handlers: dict[Value, _Handler] = {
            "subscribe_to_seller": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "get_subscription_status": self._status,
        }

    def on_connect(self, client: Client, reader: Reader) -> Outgoing:
        """Register a client, and return its greeting."""
        self._parts.subscriptions.add_client(client.client_id)
        self._members[client.client_id] = _Member(
            bucket=TokenBucket(size=SUBSCRIBES_AT_ONCE, per_second=_SUBSCRIBES_PER_SECOND),
            reader=reader,
            forget=self._parts.expiries.add(reader.expires_at, partial(self._expire, client)),
        )
        greeting = "Connected. Send subscribe_to_seller to receive a seller's products."
        payload: _Payload = {
            "message": greeting,
            "clientId": client.client_id,
            "timestamp": self._now(),
        }
        return event_packet("connected", payload)

    def on_disconnect(self, client: Client) -> None:
        """Forget a client."""
        for seller_handle in self._parts.subscriptions.of_client(client.client_id):
            self._parts.rooms.remove_client(seller_handle, client)
        self._parts.subscriptions.remove_client(client.client_id)
        if (member := self._members.pop(client.client_id, None)) is not None:
            member.forget()

    async def on_event(
        self,
        client: Client,
        event: Value,
        arguments: list[Value],
        *,
        pending: int = 0,
        acknowledged: bool = False,
    ) -> tuple[Outgoing, Value]:
        """Answer a request. Never raises. A snapshot is only in the acknowledgement, if any."""
        try:
            handler = self._handler(event)
            if handler == self._subscribe:
                await self._limit_rate(client, pending)
            answer, payload = await handler(client, arguments)
        except RequestRefused as refusal:
            answer, payload = "error", self._error(refusal.code, str(refusal))
            if refusal.retry_after is not None:
                payload["retry_after"] = refusal.retry_after
        except (*AWS_ERRORS, CatalogueBusy) as error:
            log.warning("replay_failed", code=code_of(error))
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
        sent = payload
        if acknowledged:
            sent = {name: value for name, value in payload.items() if name != "snapshot"}
        return event_packet(answer, sent), payload

    def _handler(self, event: Value) -> _Handler:
        if isinstance(event, str) and event in self._handlers:
            return self._handlers[event]
        raise RequestRefused(
            RefusalCode.UNKNOWN_EVENT, f"Send one of these events: {', '.join(self._handlers)}."
        )

    async def _limit_rate(self, client: Client, pending: int) -> None:
        """Delay a client that subscribes too often.

        Raises RequestRefused if too many of its requests are pending.
        """
        member = self._members.get(client.client_id)
        if member is None:
            return
        bucket = member.bucket
        seconds = bucket.seconds_until_next()
        if seconds and pending > _MOST_PENDING:
            self._parts.metrics.subscribes_refused.inc()
            raise RequestRefused(
                RefusalCode.TOO_MANY_REQUESTS,
                "This connection subscribes too often: wait before you subscribe again.",
                retry_after=math.ceil(pending / _SUBSCRIBES_PER_SECOND),
            )
        bucket.take()
        if seconds:
            self._parts.metrics.subscribes_delayed.inc()
            await asyncio.sleep(seconds)

    async def _subscribe(self, client: Client, arguments: list[Value]) -> tuple[str, _Payload]:
        try:
            answer = await self._join_and_read(client, arguments)
        except RequestRefused:
            raise
        except Exception:
            self._parts.metrics.subscribes[SubscribeOutcome.FAILED].inc()
            raise
        self._parts.metrics.subscribes[SubscribeOutcome.SERVED].inc()
        return answer

    async def _join_and_read(self, client: Client, arguments: list[Value]) -> tuple[str, _Payload]:
        wanted = parse_subscription(arguments)
        seller_handle = wanted.seller_handle
        self._check_right(client, seller_handle)
        coverage = self._parts.subscriptions.coverage(client.client_id, seller_handle)
        if wanted.snapshot is None and coverage is not None and coverage.covers(wanted.since):
            return "subscribed", coverage.subscribed
        timestamp = self._now()
        # Join first, then read: a product committed in between is sent twice, never missed.
        is_new = self._join(client, seller_handle, timestamp)
        answer = subscribed(seller_handle, timestamp)
        # Before the read, so that a resync sent meanwhile clears it.
        self._parts.subscriptions.set_coverage(
            client.client_id, seller_handle, Coverage(wanted.since, answer)
        )
        try:
            await self._replay_changes(client, wanted)
            if wanted.snapshot is not None:
                page = await self._parts.first_pages.of(seller_handle, limit=wanted.snapshot)
                snapshot = page_body(page, timestamp=timestamp)
                answer = {**answer, "snapshot": snapshot}
        except FirstProductTooLarge:
            self._parts.subscriptions.clear_coverage(client.client_id, seller_handle)
            push = encode(resync(seller_handle, ResyncReason.PRODUCT_TOO_LARGE, self._now()))
            await client.send_when_read(push.packet)
        except Exception:
            self._parts.subscriptions.clear_coverage(client.client_id, seller_handle)
            if is_new:
                self._leave(client, seller_handle)
            raise
        self._check_right(client, seller_handle)
        return "subscribed", answer

    async def _replay_changes(self, client: Client, wanted: SubscribeRequest) -> None:
        if wanted.since is None:
            return
        replayed = await self._parts.replay.of(wanted.seller_handle, wanted.since)
        if not replayed.is_whole:
            self._parts.subscriptions.clear_coverage(client.client_id, wanted.seller_handle)
        for packets in in_parts([push.packet for push in replayed.pushes]):
            # It may have ended during the read, or while the client read what was sent before.
            self._check_right(client, wanted.seller_handle)
            await client.send_when_read(*packets)

    async def _unsubscribe(self, client: Client, arguments: list[Value]) -> tuple[str, _Payload]:
        seller_handle = parse_unsubscription(arguments)
        if seller_handle is None:
            for watched in tuple(self._parts.subscriptions.of_client(client.client_id)):
                self._leave(client, watched)
            return "unsubscribed", {
                "message": "You no longer receive any products.",
                "timestamp": self._now(),
            }
        self._leave(client, seller_handle)
        return "unsubscribed", {
            "seller_handle": seller_handle,
            "message": f"You no longer receive the products of {seller_handle}.",
            "timestamp": self._now(),
        }

    async def _status(self, client: Client, arguments: list[Value]) -> tuple[str, _Payload]:
        parse_status_request(arguments)
        watched = self._parts.subscriptions.of_client(client.client_id)
        return "subscription_status", {
            "subscriptions": [
                {"seller_handle": seller_handle, "joined_at": joined_at}
                for seller_handle, joined_at in watched.items()
            ],
            "timestamp": self._now(),
        }

    def _join(self, client: Client, seller_handle: str, timestamp: str) -> bool:
        watched = self._parts.subscriptions.of_client(client.client_id)
        if seller_handle in watched:
            return False
        if len(watched) >= MOST_SELLERS:
            self._parts.metrics.limits.reached(Limit.SUBSCRIPTIONS)
            raise RequestRefused(
                RefusalCode.TOO_MANY_SUBSCRIPTIONS,
                f"A connection watches at most {MOST_SELLERS} sellers: unsubscribe from one first.",
            )
        self._parts.subscriptions.add(client.client_id, seller_handle, joined_at=timestamp)
        self._parts.rooms.add_client(seller_handle, client)
        return True

    def _leave(self, client: Client, seller_handle: str) -> None:
        if seller_handle in self._parts.subscriptions.of_client(client.client_id):
            self._parts.rooms.remove_client(seller_handle, client)
            self._parts.subscriptions.remove(client.client_id, seller_handle)

    def _check_right(self, client: Client, seller_handle: str) -> None:
        member = self._members.get(client.client_id)
        if member is not None and member.has_expired:
            raise RequestRefused(RefusalCode.TOKEN_EXPIRED, EXPIRED)
        reader = NOTHING if member is None else member.reader
        try:
            reader.check(seller_handle)
        except SellerNotAllowed as error:
            raise RequestRefused(RefusalCode.SELLER_NOT_ALLOWED, str(error)) from None

    def _expire(self, client: Client) -> None:
        """End all subscriptions of a client, and its connection: stock clients then come back."""
        for seller_handle in tuple(self._parts.subscriptions.of_client(client.client_id)):
            self._leave(client, seller_handle)
        # What is being read for it meanwhile is not shown any more.
        self._members[client.client_id].has_expired = True
        error = self._error(RefusalCode.TOKEN_EXPIRED, EXPIRED)
        client.dismiss(event_packet("error", error), EXPIRED)

    def _error(self, code: RefusalCode, message: str) -> _Payload:
        return error_payload(code, message, self._now())

    def _now(self) -> str:
        return format_milliseconds(self._parts.clock())
