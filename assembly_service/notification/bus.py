"""Pushes to and from other instances of the deployment through Redis or Valkey.

Pub/sub loses what is sent while a connection is down, so affected clients are asked to reload: when
the publishing connection is back, everyone who watches a seller whose push was lost; when the
subscribing one is back, every client of this instance. The same goes for everyone who watches a
seller about whom a message is refused. A connection to a server that has become a replica counts
as lost: what is published there reaches few.
"""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from itertools import chain
from typing import Any, Literal

import structlog
from redis.asyncio.client import PubSub

from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.notification.bus_connection import (
    TIMEOUT_SECONDS,
    PrimaryPublisher,
    ask_role,
    connect,
    receive,
    unusable_address,
)
from assembly_service.notification.bus_errors import BUS_ERRORS, bus_call, reason_of
from assembly_service.notification.bus_messages import BusMessages
from assembly_service.notification.bus_refusals import MessageRefused, Refusals
from assembly_service.notification.bus_resyncs import Resyncs
from assembly_service.notification.rooms import RESYNC, Push, ResyncReason, Rooms, resync
from assembly_service.runtime.clock import Clock
from assembly_service.runtime.metrics import BusMetrics
from assembly_service.runtime.retry import growing_pauses
from assembly_service.runtime.tasks import cancelled
from assembly_service.runtime.tracing import NO_TRACING, Tracing, messaging_step

_SECONDS_BETWEEN_CHECKS = 2.0
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 3.0
_RESYNCS_AT_ONCE = 100
# No window of recent changes is served for longer.
_WINDOW_MILLISECONDS = 1_000
_MOST_INVALIDATED = 1_000

log = structlog.get_logger()

_Side = Literal["publish", "subscribe"]


class BusRooms(Rooms):
    """Rooms whose pushes reach the clients of every instance of the deployment.

    Local clients come first. When the bus goes down, one push is delayed by about a second, and
    nothing fails. With `publish_only` nothing is received.
    """

    def __init__(
        self,
        *,
        url: str,
        publish_only: bool,
        messages: BusMessages,
        clock: Clock,
        metrics: BusMetrics,
        tracing: Tracing = NO_TRACING,
    ) -> None:
        super().__init__(tracing=tracing)
        channel = messages.channels[0]
        self._publish_step = messaging_step(
            "send", system="redis", destination=channel, name="publish"
        )
        self._process_step = messaging_step("process", system="redis", destination=channel)
        self._publish_only = publish_only
        self._messages = messages
        self._clock = clock
        self._metrics = metrics
        self._refusals = Refusals(metrics=metrics)
        self._resyncs = Resyncs(broadcast=self.broadcast, clock=clock)
        self._failures: dict[_Side, str] = {}
        self._missed_sellers: set[str] = set()
        self._invalidated_at: dict[str, int] = {}
        self._has_tried = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._publisher = PrimaryPublisher(connect(url))
        self._subscriber = connect(url)

    @property
    def failure(self) -> str | None:
        """Why pushes to or from other instances are being lost; None if they are not."""
        return next(iter(self._failures.values()), None)

    async def start(self) -> None:
        """Connect, but go on without the bus if it does not answer within a second or two.

        Raises InvalidSettings if the client library cannot use the address.
        """
        log.info("bus_starting", channels=self._messages.channels)
        try:
            await self._publish([])
        except BUS_ERRORS as error:
            self._publisher_failed(error)
        except (TypeError, ValueError):
            raise unusable_address() from None
        if self._publish_only:
            return
        self._spawn(self._run_subscriber(), "subscribe")
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await self._has_tried.wait()
        except TimeoutError as error:
            self._failed("subscribe", error)

    async def close(self) -> None:
        """Disconnect from the bus."""
        await cancelled(self._tasks)
        await self._resyncs.close()
        await self._publisher.aclose()
        await self._subscriber.aclose()

    async def push(self, pushes: Sequence[Push]) -> None:
        """Push to watching clients on every instance. Does not wait for clients."""
        self.broadcast(pushes)
        if "publish" in self._failures:
            self._note_missed(pushes)
            return
        try:
            with self._tracing.spans(self._publish_step, pushes) as spans:
                await self._publish(spans.inside())
        except BUS_ERRORS as error:
            self._note_missed(pushes)
            self._publisher_failed(error)

    def _note_missed(self, pushes: Sequence[Push]) -> None:
        self._missed_sellers.update(push.seller_handle for push in pushes)
        self._metrics.messages_lost.inc(len(pushes))

    async def _publish(self, pushes: Sequence[Push]) -> None:
        written = (self._messages.write(push).items() for push in pushes)
        await self._publisher.publish(chain.from_iterable(written))
        self._metrics.messages_sent.inc(len(pushes))

    def _publisher_failed(self, error: Exception) -> None:
        if "publish" not in self._failures:
            self._spawn(self._restore_publisher(), "restore publisher")
        self._failed("publish", error)

    async def _restore_publisher(self) -> None:
        pauses = _pauses()
        while "publish" in self._failures:
            count = min(_RESYNCS_AT_ONCE, len(self._missed_sellers))
            # Taken out first: a push that is missed from now on puts its seller back.
            sellers = [self._missed_sellers.pop() for _ in range(count)]
            timestamp = format_milliseconds(self._clock())
            try:
                await self._publish(
                    [resync(each, ResyncReason.CONNECTION_RESTORED, timestamp) for each in sellers]
                )
            except Exception as error:
                self._missed_sellers.update(sellers)
                self._failed("publish", error)
                await asyncio.sleep(next(pauses))
            else:
                if not self._missed_sellers:
                    self._restored("publish")

    async def _run_subscriber(self) -> None:
        pauses = _pauses()
        while True:
            try:
                async with self._subscriber.pubsub() as pubsub:
                    await self._subscribe(pubsub)
                    pauses = _pauses()
                    await self._receive_all(pubsub)
            except Exception as error:
                self._failed("subscribe", error)
                self._has_tried.set()
            await asyncio.sleep(next(pauses))

    async def _subscribe(self, pubsub: PubSub) -> None:
        async with bus_call(TIMEOUT_SECONDS):
            await pubsub.subscribe(*self._messages.channels)
            await ask_role(pubsub)
            # Answers come in order, so by then the subscriptions are confirmed.
            while not _tells_role(await receive(pubsub, timeout_seconds=TIMEOUT_SECONDS)):
                pass
        self._restored("subscribe")
        self._has_tried.set()
        # Also the first time: clients that connected earlier may have missed something.
        self._resyncs.ask(self.sellers(), ResyncReason.CONNECTION_RESTORED)

    async def _receive_all(self, pubsub: PubSub) -> None:
        """Receive messages.

        Raises TimeoutError when the server is silent, NotPrimary when it is not the primary.
        """
        now, asked, heard = asyncio.get_running_loop().time, float("-inf"), True
        while True:
            if now() >= asked + _SECONDS_BETWEEN_CHECKS:
                if not heard:
                    raise TimeoutError
                await ask_role(pubsub)
                asked, heard = now(), False
            rest = max(0.0, asked + _SECONDS_BETWEEN_CHECKS - now())
            message = await receive(pubsub, timeout_seconds=rest)
            if message is not None:
                heard = True
                self._receive(message)
                # Lets the transports send before the next message is read.
                await asyncio.sleep(0)

    def _receive(self, message: dict[str, Any]) -> None:
        if message["type"] != "message":
            return
        read = self._messages.read(message["channel"].decode(), message["data"])
        if isinstance(read, Push):
            self._metrics.messages_received.inc()
        match read:
            case MessageRefused() as refused:
                self._refusals.add(refused)
                self._ask_to_reload(refused.seller_handle, ResyncReason.CHANGE_UNCONFIRMED)
            case Push() as push if push.event == RESYNC:
                self._invalidate_windows(push)
                self._ask_to_reload(push.seller_handle, ResyncReason.CONNECTION_RESTORED)
            case Push() as push:
                with self._tracing.spans(self._process_step, [push]) as spans:
                    self.broadcast(spans.inside())

    def _invalidate_windows(self, resync_push: Push) -> None:
        """Have the next poll read the table, but at most once a second for each seller."""
        now, handle = self._clock(), resync_push.seller_handle
        invalidated_at = self._invalidated_at.get(handle, -_WINDOW_MILLISECONDS)
        if self.on_push is None or 0 <= now - invalidated_at < _WINDOW_MILLISECONDS:
            return
        if len(self._invalidated_at) >= _MOST_INVALIDATED:
            self._invalidated_at.clear()
        self._invalidated_at[handle] = now
        self.on_push(resync_push)

    def _ask_to_reload(self, seller_handle: str | None, reason: ResyncReason) -> None:
        """Ask the clients here that watch the seller to reload, if there are any."""
        if seller_handle is not None and self.is_watched(seller_handle):
            self._resyncs.ask([seller_handle], reason)

    def _failed(self, side: _Side, error: Exception) -> None:
        if not isinstance(error, BUS_ERRORS):
            log.error("bus_failed", exc_info=error)
        reason = reason_of(error)
        if self._failures.get(side) != reason:
            log.warning("bus_lost", side=side, reason=reason)
        if side not in self._failures:
            self._metrics.connections_lost.inc()
        self._failures[side] = reason
        self._metrics.degraded.set(1)

    def _restored(self, side: _Side) -> None:
        if self._failures.pop(side, None) is not None:
            log.info("bus_restored", side=side)
        self._metrics.degraded.set(len(self._failures) > 0)

    def _spawn(self, coroutine: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(coroutine, name=f"bus: {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _tells_role(message: dict[str, Any] | None) -> bool:
    return message is not None and message["type"] == "role"


def _pauses() -> Iterator[float]:
    return growing_pauses(first=_FIRST_PAUSE_SECONDS, longest=_LONGEST_PAUSE_SECONDS)
