"""Errors of Redis or Valkey, and reasons that quote nothing of SOCKETIO_REDIS_URL."""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from redis.exceptions import (
    AuthenticationError,
    AuthenticationWrongNumberOfArgsError,
    NoPermissionError,
    RedisError,
)
from redis.exceptions import TimeoutError as RedisTimeoutError


class NotPrimary(RedisError):
    """The server is a replica."""


BUS_ERRORS = (RedisError, OSError, TimeoutError)
"""Everything that a call to Redis or Valkey raises within `bus_call`, but for bugs."""

_REASONS: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    (
        (AuthenticationError, AuthenticationWrongNumberOfArgsError),
        "the user or password in SOCKETIO_REDIS_URL is refused",
    ),
    ((NotPrimary,), "the server at SOCKETIO_REDIS_URL is a replica, not the primary"),
    ((NoPermissionError,), "the user in SOCKETIO_REDIS_URL may not use the channel"),
    ((socket.gaierror,), "the host in SOCKETIO_REDIS_URL is unknown"),
    ((ConnectionRefusedError,), "nothing listens at SOCKETIO_REDIS_URL"),
    ((ssl.SSLError,), "TLS fails"),
    ((RedisTimeoutError, TimeoutError), "it does not answer in time"),
)
# Refusals without a class of their own. Every connection begins with HELLO, then SELECT.
_REFUSALS = (
    (
        re.compile(r"unknown command .?hello\b|NOPROTO\b", re.IGNORECASE),
        "the server at SOCKETIO_REDIS_URL is older than Redis 6, or a proxy without HELLO",
    ),
    (
        re.compile(r"(invalid )?DB index\b|SELECT is not allowed\b", re.IGNORECASE),
        "the database number in SOCKETIO_REDIS_URL is refused",
    ),
    (
        re.compile(r"max number of clients\b", re.IGNORECASE),
        "the server at SOCKETIO_REDIS_URL accepts no more clients (maxclients)",
    ),
)


@asynccontextmanager
async def bus_call(timeout_seconds: float) -> AsyncIterator[None]:
    """Limit the duration of a call. Raises one of BUS_ERRORS when it fails or takes longer."""
    with closed_transports():
        async with asyncio.timeout(timeout_seconds):
            yield


@contextmanager
def closed_transports() -> Iterator[None]:
    """Raise one of BUS_ERRORS also when the connection has just been closed."""
    try:
        yield
    except RuntimeError as error:
        # That is how uvloop refuses to write to a transport that has just been closed.
        if not str(error).endswith("the handler is closed"):
            raise
        raise ConnectionResetError(str(error)) from error


def reason_of(error: BaseException) -> str:
    """Return a clause that says what is wrong. The error's own text may quote the password."""
    for each in (error, error.__context__):
        for kinds, reason in _REASONS:
            if isinstance(each, kinds):
                return reason
    for beginning, reason in _REFUSALS:
        if beginning.match(str(error)):
            return reason
    return f"the connection fails ({type(error).__name__})"
