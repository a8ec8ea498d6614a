"""Ends what tokens allow when they expire: one timer for all clients."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import islice

import structlog

from assembly_service.runtime.clock import Clock

_TICK_SECONDS = 1.0
_MOST_AT_ONCE = 200
"""Takes about 15 ms, so tokens that expire together do not block everyone else."""
_PAUSE_SECONDS = 0.01

log = structlog.get_logger()


def _nothing() -> None:
    pass


class _Expiry:
    """One scheduled end. Compared by identity: two may call the same function."""

    __slots__ = ("end",)

    def __init__(self, end: Callable[[], None]) -> None:
        self.end = end


class Expiries:
    """Calls what was added within about a second after its time, by the clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_second: dict[int, set[_Expiry]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, at: int | None, end: Callable[[], None]) -> Callable[[], None]:
        """Call `end` at a time, in milliseconds since 1970; None: never. Return what forgets it."""
        if at is None:
            return _nothing
        second, expiry = -(-at // 1000), _Expiry(end)
        self._by_second.setdefault(second, set()).add(expiry)
        if self._timer is None:
            self._wait(_TICK_SECONDS)
        return lambda: self._forget(second, expiry)

    def _forget(self, second: int, expiry: _Expiry) -> None:
        if (together := self._by_second.get(second)) is not None:
            together.discard(expiry)
            if not together:
                del self._by_second[second]

    def _wait(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._tick)

    def _tick(self) -> None:
        due = list(islice(self._taken_when_due(), _MOST_AT_ONCE))
        for expiry in due:
            self._end(expiry)
        self._timer = None
        if self._by_second:
            self._wait(_PAUSE_SECONDS if len(due) == _MOST_AT_ONCE else _TICK_SECONDS)

    def _taken_when_due(self) -> Iterator[_Expiry]:
        now = self._clock() // 1000
        # A second holds all whose tokens end in it, so there are few, and clocks may jump.
        for second in [each for each in self._by_second if each <= now]:
            while together := self._by_second.get(second):
                yield together.pop()
            self._by_second.pop(second, None)

    def _end(self, expiry: _Expiry) -> None:
        """End one. A failure must not keep the others from ending."""
        try:
            expiry.end()
        except Exception:
            log.exception("expiry_failed")
