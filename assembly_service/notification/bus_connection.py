"""Connections to Redis or Valkey."""

import socketio
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from assembly_service.settings.service import SettingsError

TIMEOUT_SECONDS = 1.0
"""The longest that a call may take."""


def connect(url: str) -> Redis:
    """A client for any address that python-socketio understands, Sentinel's too.

    Nothing is sent yet. Raises SettingsError if the client library cannot use the address.
    """
    library = socketio.AsyncRedisManager(
        # The same protocol under another name, and one client library for both.
        url=url.replace("valkey", "redis", 1) if url.startswith("valkey") else url,
        redis_options={
            "socket_timeout": TIMEOUT_SECONDS,
            "socket_connect_timeout": TIMEOUT_SECONDS,
            "retry": Retry(NoBackoff(), 0),
            "protocol": 2,
        },
    )
    try:
        library._redis_connect()
    except ValueError:
        raise unusable_address() from None
    client: Redis = library.redis
    return client


def unusable_address() -> SettingsError:
    """Return the error of an address that the client library cannot use."""
    return SettingsError(
        ["SOCKETIO_REDIS_URL is wrong: it is not the address of a Redis or Valkey server."]
    )
