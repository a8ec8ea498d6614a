"""Why Redis or Valkey cannot be used, in words that hold nothing of what was set."""

import socket
import ssl

from redis.exceptions import (
    AuthenticationError,
    AuthenticationWrongNumberOfArgsError,
    NoPermissionError,
    RedisError,
)
from redis.exceptions import TimeoutError as RedisTimeoutError

# uvloop says RuntimeError when a connection was closed a moment ago.
BUS_ERRORS = (RedisError, OSError, TimeoutError, RuntimeError)
"""Everything that a call to Redis or Valkey may raise."""

_REASONS: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    (
        (AuthenticationError, AuthenticationWrongNumberOfArgsError),
        "the user or password in SOCKETIO_REDIS_URL is refused",
    ),
    ((NoPermissionError,), "the user in SOCKETIO_REDIS_URL may not use the channel"),
    ((socket.gaierror,), "the host in SOCKETIO_REDIS_URL is not known"),
    ((ConnectionRefusedError,), "nothing listens at SOCKETIO_REDIS_URL"),
    ((ssl.SSLError,), "TLS fails"),
    ((RedisTimeoutError, TimeoutError), "it does not answer in time"),
)


def reason_of(error: BaseException) -> str:
    """A clause that says what is wrong. The text of the error may quote the password."""
    for each in (error, error.__context__):
        for kinds, reason in _REASONS:
            if isinstance(each, kinds):
                return reason
    return f"the connection fails ({type(error).__name__})"
