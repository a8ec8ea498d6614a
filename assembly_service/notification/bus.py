"""Pushes to and from other instances of the deployment through Redis or Valkey.

Publish and subscribe lose what is sent while a connection is down. Who lost something is told to
load again: when the publishing connection returns, through it, everyone who watches a seller of
which a push was lost; when the subscribing one returns, everyone on this instance. So is everyone
who watches a seller of whom something was heard that is not fit to be shown.
"""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import socketio
import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from assembly_service.domain.exact_json import Value
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.notification.bus_errors import BUS_ERRORS, reason_of
from assembly_service.notification.bus_messages import BusMessages
from assembly_service.notification.bus_refusals import MessageRefused, Refusals
from assembly_service.notification.bus_resyncs import Resyncs
from assembly_service.notification.rooms import RESYNC, Push, ResyncReason, Rooms, resync
from assembly_service.runtime.clock import Clock
from assembly_service.runtime.metrics import NotificationMetrics
from assembly_service.runtime.retry import growing_pauses
from assembly_service.settings.service import SettingsError

_PATIENCE_SECONDS = 1.0
_IDLE_SECONDS = 2.0
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 3.0
_RESYNCS_AT_ONCE = 100
# In milliseconds: no window of recent changes is served for longer.
_WINDOW = 1_000
_MOST_FORGOTTEN = 1_000

log = structlog.get_logger()

_Side = Literal["publish", "subscribe"]


class BusRooms(socketio.AsyncRedisManager, Rooms):  # type: ignore[misc]
    """Rooms whose pushes reach the clients of every instance of the deployment.

    Local clients are told first. A bus that is down delays a push by about a second, once, and
    makes nothing fail. With `publish_only` nothing is received.
    """

    def __init__(
        self,
        *,
        url: str,
        publish_only: bool,
        messages: BusMessages,
        clock: Clock,
        metrics: NotificationMetrics,
    ) -> None:
        super().__init__(
            # The same protocol under another name, and one client library for both.
            url=url.replace("valkey", "redis", 1) if url.startswith("valkey") else url,
            write_only=publish_only,
            redis_options={
                "socket_timeout": _PATIENCE_SECONDS,
                "socket_connect_timeout": _PATIENCE_SECONDS,
                "retry": Retry(NoBackoff(), 0),
                "protocol": 2,
            },
        )
        self._messages = messages
        self._clock = clock
        self._metrics = metrics
        self._refusals = Refusals(metrics=metrics)
        self._resyncs = Resyncs(broadcast=self.broadcast, clock=clock)
        self._lost: dict[_Side, str] = {}
        self._missed: set[str] = set()
        self._forgotten: dict[str, int] = {}
        self._subscribed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._publisher = self._client()
        self._subscriber = self._client()

    @property
    def trouble(self) -> str | None:
        """Why pushes to or from other instances are being lost; None while they are not."""
        return next(iter(self._lost.values()), None)

    async def start(self) -> None:
        """Connect; goes on without after a moment if the bus cannot be reached.

        Raises SettingsError if its address is of no use to the client library.
        """
        log.info("bus_starting", channels=self._messages.channels)
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._publisher.ping()
        except BUS_ERRORS as error:
            self._lose_publisher(error)
        except (TypeError, ValueError):
            raise _no_address() from None
        if self.write_only:
            return
        self._spawn(self._thread(), "subscribe")
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._subscribed.wait()
        except TimeoutError as error:
            # What it is that failed has been told, if anything has.
            if "subscribe" not in self._lost:
                self._lose("subscribe", error)

    async def close(self) -> None:
        """Leave the bus."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._resyncs.close()
        await self._publisher.aclose()
        await self._subscriber.aclose()

    async def push(self, pushes: Sequence[Push]) -> None:
        """Push to everyone, wherever they are connected. Waits for no client."""
        self.broadcast(pushes)
        if "publish" in self._lost:
            self._missed.update(push.seller_handle for push in pushes)
            return
        try:
            await self._publish_all(pushes)
        except BUS_ERRORS as error:
            self._missed.update(push.seller_handle for push in pushes)
            self._lose_publisher(error)

    # The library's own way publishes one push at a time and tries each twice.
    emit = Rooms.emit

    async def _publish(self, data: dict[str, Value]) -> None:
        # What the library itself would publish concerns clients of other instances one by one.
        log.debug("bus_message_not_sent", method=data["method"])

    async def _publish_all(self, pushes: Sequence[Push]) -> None:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            async with self._publisher.pipeline(transaction=False) as pipeline:
                for push in pushes:
                    for channel, message in self._messages.write(push).items():
                        pipeline.publish(channel, message)
                await pipeline.execute()

    def _lose_publisher(self, error: BaseException) -> None:
        if "publish" not in self._lost:
            self._spawn(self._restore_publisher(), "restore publisher")
        self._lose("publish", error)

    async def _restore_publisher(self) -> None:
        pauses = _pauses()
        while "publish" in self._lost:
            # Taken out first: a push that is missed while this is under way puts it back.
            handles = [self._missed.pop() for _ in range(min(_RESYNCS_AT_ONCE, len(self._missed)))]
            timestamp = format_milliseconds(self._clock())
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await self._publisher.ping()
                await self._publish_all(
                    [resync(each, ResyncReason.CONNECTION_RESTORED, timestamp) for each in handles]
                )
            except BUS_ERRORS as error:
                self._missed.update(handles)
                self._lose("publish", error)
                await asyncio.sleep(next(pauses))
            else:
                if not self._missed:
                    self._regain("publish")

    async def _thread(self) -> None:
        pauses = _pauses()
        while True:
            try:
                async with self._subscriber.pubsub() as pubsub:
                    await self._subscribe(pubsub)
                    pauses = _pauses()
                    await self._follow(pubsub)
            except BUS_ERRORS as error:
                self._lose("subscribe", error)
            except Exception as error:
                log.exception("bus_failed")
                self._lose("subscribe", error)
            await asyncio.sleep(next(pauses))

    async def _subscribe(self, pubsub: PubSub) -> None:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await pubsub.subscribe(*self._messages.channels)
            for _ in self._messages.channels:
                while await pubsub.get_message(timeout=_PATIENCE_SECONDS) is None:
                    pass
        self._subscribed.set()
        self._regain("subscribe")
        # Also the first time: a client that came before may have missed something by now.
        self._resyncs.ask(self.sellers(), ResyncReason.CONNECTION_RESTORED)

    async def _follow(self, pubsub: PubSub) -> None:
        """Take what arrives; raises TimeoutError when the other end is silent even if asked."""
        asked = False
        while True:
            message = await pubsub.get_message(timeout=_IDLE_SECONDS)
            if message is not None:
                asked = False
                self._receive(message)
                # What was just written leaves before the next message is taken.
                await asyncio.sleep(0)
            elif asked:
                raise TimeoutError
            else:
                await pubsub.ping()
                asked = True

    def _receive(self, message: dict[str, Any]) -> None:
        if message["type"] != "message":
            return
        match self._messages.read(message["channel"].decode(), message["data"]):
            case MessageRefused() as refused:
                self._refusals.add(refused)
                self._ask(refused.seller_handle, ResyncReason.CHANGE_UNCONFIRMED)
            case Push() as push if push.event == RESYNC:
                self._forget_windows(push)
                self._ask(push.seller_handle, ResyncReason.CONNECTION_RESTORED)
            case Push() as push:
                self.broadcast([push])

    def _forget_windows(self, asked: Push) -> None:
        """Have the next answer about the seller read, at most once a second and seller."""
        now, handle = self._clock(), asked.seller_handle
        if self.hear is None or 0 <= now - self._forgotten.get(handle, -_WINDOW) < _WINDOW:
            return
        if len(self._forgotten) >= _MOST_FORGOTTEN:
            self._forgotten.clear()
        self._forgotten[handle] = now
        self.hear(asked)

    def _ask(self, seller_handle: str | None, reason: ResyncReason) -> None:
        """Have those who watch the seller load again, if anybody here does."""
        if seller_handle is not None and self.is_watched(seller_handle):
            self._resyncs.ask([seller_handle], reason)

    def _lose(self, side: _Side, error: BaseException) -> None:
        reason = reason_of(error)
        if self._lost.get(side) != reason:
            log.warning("bus_lost", side=side, reason=reason)
        self._lost[side] = reason
        self._metrics.bus_degraded.set(1)

    def _regain(self, side: _Side) -> None:
        if self._lost.pop(side, None) is not None:
            log.info("bus_regained", side=side)
        self._metrics.bus_degraded.set(len(self._lost) > 0)

    def _spawn(self, coroutine: Any, name: str) -> None:
        task = asyncio.create_task(coroutine, name=f"bus: {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _client(self) -> Redis:
        try:
            self._redis_connect()
        except ValueError:
            raise _no_address() from None
        client: Redis = self.redis
        return client


def _no_address() -> SettingsError:
    return SettingsError(
        ["SOCKETIO_REDIS_URL is wrong: it is no address of a Redis or Valkey server."]
    )


def _pauses() -> Iterator[float]:
    return growing_pauses(first=_FIRST_PAUSE_SECONDS, longest=_LONGEST_PAUSE_SECONDS)
