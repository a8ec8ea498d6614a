"""Heartbeats for all connections: one timer instead of a task for each of them."""

import asyncio
from collections.abc import Callable
from typing import Protocol

import structlog

PING_INTERVAL_SECONDS = 25.0
PING_TIMEOUT_SECONDS = 20.0
"""How long a client may take to answer a ping, and a new one to join the namespace."""
_TICK_SECONDS = 0.05
_LEAST_PAUSE_SECONDS = 0.005
# Of the wheel: a second.
_SPREAD = 25

log = structlog.get_logger()


class Beating(Protocol):
    """A connection with heartbeats."""

    slot: int

    def ping(self) -> None:
        """Ask the client for a sign of life."""
        ...

    def check(self) -> None:
        """End the connection unless the client has given one since the last ping."""
        ...


class Heartbeats:
    """A wheel of connections that turns once in `PING_INTERVAL_SECONDS`.

    Each tick pings the connections of one slot, and checks those of the slot whose timeout is over.
    A new connection is checked first, then pinged. When the event loop lags, the wheel turns more
    slowly: it goes on by one slot only after the loop had the time to read answers.
    """

    def __init__(self) -> None:
        self.interval_seconds = PING_INTERVAL_SECONDS
        self.timeout_seconds = PING_TIMEOUT_SECONDS
        count = round(self.interval_seconds / _TICK_SECONDS)
        self._slots: list[set[Beating]] = [set() for _ in range(count)]
        self._near = max(1, count // _SPREAD)
        self._timeout = round(self.timeout_seconds / _TICK_SECONDS)
        self._now = 0
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._count = 0

    def add(self, connection: Beating) -> None:
        """Begin the heartbeats of a connection."""
        # Those who come at once are checked and pinged within a second, not at once.
        near = ((self._now - back) % len(self._slots) for back in range(self._near))
        connection.slot = min(near, key=lambda slot: len(self._slots[slot]))
        self._slots[connection.slot].add(connection)
        self._count += 1
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._due = loop.time() + _TICK_SECONDS
            self._timer = loop.call_at(self._due, self._tick)

    def remove(self, connection: Beating) -> None:
        """End the heartbeats of a connection."""
        self._slots[connection.slot].remove(connection)
        self._count -= 1

    def _tick(self) -> None:
        if not self._count:
            self._timer = None
            return
        loop = asyncio.get_running_loop()
        self._due = max(self._due + _TICK_SECONDS, loop.time() + _LEAST_PAUSE_SECONDS)
        self._timer = loop.call_at(self._due, self._tick)
        self._now = (self._now + 1) % len(self._slots)
        for connection in tuple(self._slots[self._now - self._timeout]):
            self._try(connection.check)
        for connection in tuple(self._slots[self._now]):
            self._try(connection.ping)

    def _try(self, act: Callable[[], None]) -> None:
        """Act for one connection. A failure must not keep the others from being served."""
        try:
            act()
        except Exception:
            log.exception("heartbeat_failed")
