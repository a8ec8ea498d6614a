"""Pushes to and from other instances through Redis or Valkey.

Publish and subscribe lose what is sent while a connection is down. Who lost something is told to
load again: when the publishing connection returns, through it, everyone who watches a seller of
which a push was lost; when the subscribing one returns, everyone on this instance.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Literal

import socketio
import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from assembly_service.clock import Clock
from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value
from assembly_service.domain.instants import format_milliseconds
from assembly_service.monitoring.metrics import NotificationMetrics
from assembly_service.notification.bus_messages import read_push
from assembly_service.notification.packets import NAMESPACE
from assembly_service.notification.rooms import Push, ResyncReason, Rooms, resync
from assembly_service.settings import SettingsError

_PATIENCE_SECONDS = 1.0
_IDLE_SECONDS = 2.0
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 3.0
_RESYNCS_AT_ONCE = 100
# uvloop says RuntimeError when a connection was closed a moment ago.
_TROUBLE = (RedisError, OSError, TimeoutError, RuntimeError)

log = structlog.get_logger()

_Side = Literal["publish", "subscribe"]


class BusRooms(socketio.AsyncRedisManager, Rooms):  # type: ignore[misc]
    """Rooms whose pushes reach the clients of every instance on the same Redis or Valkey.

    Local clients are told first. A bus that is down delays a push by about a second, once, and
    makes nothing fail. With `publish_only` nothing is received.
    """

    def __init__(
        self, *, url: str, publish_only: bool, clock: Clock, metrics: NotificationMetrics
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
        self._clock = clock
        self._metrics = metrics
        self._lost: set[_Side] = set()
        self._missed: set[str] = set()
        self._subscribed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._publisher = self._client()
        self._subscriber = self._client()

    @property
    def degraded(self) -> bool:
        """Whether pushes to or from other instances are being lost."""
        return bool(self._lost)

    async def start(self) -> None:
        """Subscribe; goes on without after a moment if the bus cannot be reached."""
        if self.write_only:
            return
        self._spawn(self._thread(), "subscribe")
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._subscribed.wait()
        except TimeoutError as error:
            self._lose("subscribe", error)

    async def close(self) -> None:
        """Leave the bus."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
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
        except _TROUBLE as error:
            self._missed.update(push.seller_handle for push in pushes)
            if "publish" not in self._lost:
                self._lose("publish", error)
                self._spawn(self._restore_publisher(), "restore publisher")

    # The library's own way publishes one push at a time and tries each twice.
    emit = Rooms.emit

    async def _publish(self, data: dict[str, Value]) -> None:
        # What the library itself would publish concerns clients of other instances one by one.
        log.debug("bus_message_not_sent", method=data["method"])

    async def _publish_all(self, pushes: Sequence[Push]) -> None:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            async with self._publisher.pipeline(transaction=False) as pipeline:
                for push in pushes:
                    pipeline.publish(self.channel, exact_json.dumps(self._message(push)))
                await pipeline.execute()

    def _message(self, push: Push) -> dict[str, Value]:
        return {
            "method": "emit",
            "event": push.event,
            "data": [push.payload],
            "binary": False,
            "namespace": NAMESPACE,
            "room": push.seller_handle,
            "skip_sid": None,
            "callback": None,
            "host_id": self.host_id,
        }

    async def _restore_publisher(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while self._missed:
            # Taken out first: a push that is missed while this is under way puts it back.
            handles = [self._missed.pop() for _ in range(min(_RESYNCS_AT_ONCE, len(self._missed)))]
            try:
                await self._publish_all([self._resync(handle) for handle in handles])
            except _TROUBLE:
                self._missed.update(handles)
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        self._regain("publish")

    async def _thread(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                async with self._subscriber.pubsub() as pubsub:
                    await self._subscribe(pubsub)
                    pause = _FIRST_PAUSE_SECONDS
                    await self._follow(pubsub)
            except _TROUBLE as error:
                self._lose("subscribe", error)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    async def _subscribe(self, pubsub: PubSub) -> None:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await pubsub.subscribe(self.channel)
            while await pubsub.get_message(timeout=_PATIENCE_SECONDS) is None:
                pass
        self._subscribed.set()
        self._regain("subscribe")
        # Also the first time: a client that came before may have missed something by now.
        self.broadcast([self._resync(seller_handle) for seller_handle in self.sellers()])

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
        push = read_push(message["data"], own_host=self.host_id)
        if push is not None:
            self.broadcast([push])

    def _resync(self, seller_handle: str) -> Push:
        timestamp = format_milliseconds(self._clock())
        return resync(seller_handle, ResyncReason.CONNECTION_RESTORED, timestamp)

    def _lose(self, side: _Side, error: Exception) -> None:
        if side not in self._lost:
            # The text of the error may quote the password.
            log.warning("bus_lost", side=side, error=type(error).__name__)
        self._lost.add(side)
        self._metrics.bus_degraded.set(1)

    def _regain(self, side: _Side) -> None:
        if side in self._lost:
            log.info("bus_regained", side=side)
        self._lost.discard(side)
        self._metrics.bus_degraded.set(len(self._lost) > 0)

    def _spawn(self, coroutine: Any, name: str) -> None:
        task = asyncio.create_task(coroutine, name=f"bus: {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _client(self) -> Redis:
        try:
            self._redis_connect()
        except ValueError:
            raise SettingsError(
                ["SOCKETIO_REDIS_URL is wrong: it is no address of a Redis or Valkey server."]
            ) from None
        client: Redis = self.redis
        return client
