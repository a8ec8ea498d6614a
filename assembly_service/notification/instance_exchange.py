"""Tells the other instances of the deployment about this one, and hears of them, over the bus."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import NoPermissionError

from assembly_service.notification.bus_connection import (
    TIMEOUT_SECONDS,
    PrimaryPublisher,
    connect,
)
from assembly_service.notification.bus_envelope import bus_envelope
from assembly_service.notification.bus_errors import (
    BUS_ERRORS,
    bus_call,
    closed_transports,
    reason_of,
)
from assembly_service.notification.bus_refusals import MessageRefused, Refusals
from assembly_service.notification.instance_messages import InstanceHeard, InstanceMessages
from assembly_service.notification.instances import Instances, instance_describer
from assembly_service.runtime.clock import Clock
from assembly_service.runtime.jitter import spread
from assembly_service.runtime.metrics import BusMetrics
from assembly_service.runtime.tasks import cancelled
from assembly_service.settings.service import Settings

_SECONDS_BETWEEN_MESSAGES = 5.0
_SECONDS_OF_SILENCE = 12.0
_PAUSE_SECONDS = 2.0

log = structlog.get_logger()


class InstanceExchange:
    """Describes this instance every five seconds, and notes what others say of themselves.

    Nothing depends on it, so a lost bus only ends it until the bus is back.
    """

    def __init__(
        self, *, client: Redis, messages: InstanceMessages, instances: Instances, refusals: Refusals
    ) -> None:
        self._client = client
        self._publisher = PrimaryPublisher(client)
        self._messages = messages
        self._instances = instances
        self._refusals = refusals
        self._forbidden = False

    async def run(self) -> None:
        """Publish and listen until cancelled."""
        while True:
            try:
                async with self._client.pubsub(ignore_subscribe_messages=True) as pubsub:
                    await self._exchange(pubsub)
            except BUS_ERRORS as error:
                self._note(error)
            except Exception:
                log.exception("instance_exchange_failed")
            # Spread, so that not all instances come back at the same moment.
            await asyncio.sleep(spread(_PAUSE_SECONDS / 2, _PAUSE_SECONDS))

    async def _exchange(self, pubsub: PubSub) -> None:
        """Publish and listen on one connection, until it fails.

        Raises one of BUS_ERRORS, TimeoutError if nothing arrives any more.
        """
        async with bus_call(TIMEOUT_SECONDS):
            await pubsub.subscribe(self._messages.channel)
        now = asyncio.get_running_loop().time
        heard_at = tell_at = now()
        while True:
            if now() >= tell_at:
                tell_at = now() + _SECONDS_BETWEEN_MESSAGES
                own = self._messages.write(self._instances.own())
                await self._publisher.publish([(self._messages.channel, own)])
            with closed_transports():
                message = await pubsub.get_message(timeout=max(0.0, tell_at - now()))
            if message is not None:
                heard_at = now()
                self._hear(message["data"])
                # A flood of messages is not to keep others waiting.
                await asyncio.sleep(0)
            elif now() - heard_at > _SECONDS_OF_SILENCE:
                # This instance's own messages come back: so the connection is dead.
                raise TimeoutError

    def _hear(self, data: bytes) -> None:
        match self._messages.read(data):
            case MessageRefused() as refused:
                self._refusals.add(refused)
            case InstanceHeard(sender, instance):
                self._instances.hear(sender, instance)

    def _note(self, error: Exception) -> None:
        """Log that the channel is forbidden, once; of anything else `bus_lost` tells."""
        if isinstance(error, NoPermissionError) and not self._forbidden:
            self._forbidden = True
            log.warning(
                "instances_unknown", channel=self._messages.channel, reason=reason_of(error)
            )


@asynccontextmanager
async def open_instances(
    settings: Settings,
    *,
    connections: Callable[[], int],
    products_table_arn: str,
    clock: Clock,
    metrics: BusMetrics,
) -> AsyncIterator[Instances]:
    """Yield the instances of the deployment, kept up to date over the bus if there is one.

    `connections` counts the clients of this instance. Raises InvalidSettings if the address of the
    bus is invalid.
    """
    describe = instance_describer(settings, clock=clock, connections=connections)
    instances = Instances(describe, clock)
    if settings.socketio_redis_url is None:
        yield instances
        return
    client = connect(settings.socketio_redis_url)
    exchange = InstanceExchange(
        client=client,
        messages=InstanceMessages(
            envelope=bus_envelope(settings, products_table_arn, suffix=":instances"),
            clock=clock,
            clock_skew=round(settings.clock_skew_allowance * 1000),
        ),
        instances=instances,
        refusals=Refusals(metrics=metrics),
    )
    task = asyncio.create_task(exchange.run(), name="bus: instances")
    try:
        yield instances
    finally:
        await cancelled([task])
        await client.aclose()
