"""Connections to Redis or Valkey, each of which knows whether it leads to the primary.

Pub/sub reaches all subscribers only from the primary. After a failover a connection may stay with
the demoted server, which accepts everything and passes nothing on.
"""

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Any

import socketio
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.maint_notifications import MaintNotificationsConfig

from assembly_service.notification.bus_errors import NotPrimary, bus_call, closed_transports
from assembly_service.settings.service import InvalidSettings

TIMEOUT_SECONDS = 1.0
"""The longest that a call may take."""

# Of all commands that tell the role, the one that no access control list can forbid.
_WHO_ARE_YOU = "HELLO"


def connect(url: str) -> Redis:
    """Return a client for any address that python-socketio understands, Sentinel's too.

    Nothing is sent yet. Raises InvalidSettings if the client library cannot use the address.
    """
    library = socketio.AsyncRedisManager(
        # The same protocol under another name, and one client library for both.
        url=url.replace("valkey", "redis", 1) if url.startswith("valkey") else url,
        redis_options={
            "socket_timeout": TIMEOUT_SECONDS,
            "socket_connect_timeout": TIMEOUT_SECONDS,
            "retry": Retry(NoBackoff(), 0),
            # Of these, only the newer one lets a subscriber ask for the role.
            "protocol": 3,
            "maint_notifications_config": MaintNotificationsConfig(enabled=False),
        },
    )
    try:
        library._redis_connect()
    except ValueError:
        raise unusable_address() from None
    client: Redis = library.redis
    return client


def unusable_address() -> InvalidSettings:
    """Return the error of an address that the client library cannot use."""
    return InvalidSettings(
        ["SOCKETIO_REDIS_URL is wrong: it is not the address of a Redis or Valkey server."]
    )


class PrimaryPublisher:
    """Publishes, and notices with every call whether the connection leads to the primary."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._is_wait_allowed = True

    async def publish(self, messages: Iterable[tuple[str, bytes]]) -> None:
        """Publish messages, each on its channel; none, to see whether that is possible.

        They may be published twice. Raises one of BUS_ERRORS, NotPrimary if they reached the
        subscribers of a replica only. The next call then looks for the primary anew.
        """
        sent = list(messages)
        async with bus_call(TIMEOUT_SECONDS):
            # A primary answers this with a number, at a fraction of what HELLO costs here.
            if self._is_wait_allowed and not _is_error(await self._send(sent, "WAIT", 0, 0)):
                return
            # By a replica, or for good: the user may not use it, or it was renamed. The text does
            # not say which, and another connection may lead to another server: so once more, with
            # the question on the connection of the messages.
            self._is_wait_allowed = False
            role = await self._send(sent, _WHO_ARE_YOU)
            if _is_error(role):
                raise role
            try:
                _demand_primary(role)
            except NotPrimary:
                self._is_wait_allowed = True
                await self._client.connection_pool.disconnect()
                raise

    async def aclose(self) -> None:
        """Disconnect."""
        await self._client.aclose()

    async def _send(self, messages: Sequence[tuple[str, bytes]], *question: str | int) -> Any:
        """Publish messages, and return the answer to a question to the same server."""
        async with self._client.pipeline(transaction=False) as pipeline:
            for channel, message in messages:
                pipeline.publish(channel, message)
            pipeline.execute_command(*question)
            *published, answer = await pipeline.execute(raise_on_error=False)
        for refused in filter(_is_error, published):
            raise refused
        return answer


async def ask_role(pubsub: PubSub) -> None:
    """Ask the server of a subscription for its role, which `receive` then hears."""
    async with bus_call(TIMEOUT_SECONDS):
        await pubsub.execute_command(_WHO_ARE_YOU)


async def receive(pubsub: PubSub, *, timeout_seconds: float) -> dict[str, Any] | None:
    """Return the next message; None if none comes in time. An answer to `ask_role` is of type role.

    Raises one of BUS_ERRORS, NotPrimary if the server is a replica.
    """
    with closed_transports():
        received = await pubsub.parse_response(block=False, timeout=timeout_seconds)
        if not isinstance(received, dict):
            handled: Awaitable[dict[str, Any] | None] = pubsub.handle_message(received)  # type: ignore[no-untyped-call]
            return await handled
    _demand_primary(received)
    return {"type": "role"}


def _is_error(answer: object) -> bool:
    return isinstance(answer, Exception)


def _demand_primary(answer: Mapping[bytes, Any]) -> None:
    """Raise NotPrimary if an answer is a replica's."""
    # A server of another kind, such as a proxy, may not tell.
    if answer.get(b"role") == b"replica":
        raise NotPrimary
