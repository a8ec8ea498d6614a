"""Holds requests until a shop changes.

They look again when this instance announces or hears something of the seller, and otherwise when
a read finds a change: one a second and seller, however many wait.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import structlog

from assembly_service.aws.errors import AWS_ERRORS
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.runtime.clock import Clock
from assembly_service.storage.catalogue import Position

_WATCH_SECONDS = 1.0
_MOST_POSITIONS = 200
_PAUSE_SECONDS = 0.25
"""Between two looks: a busy seller changes all the time, and most changes concern other videos."""

log = structlog.get_logger()
Answer = TypeVar("Answer")


class ChangedPositions(Protocol):
    """Reads the positions of a seller's products with an `updated_at` later than `since`."""

    async def __call__(self, seller_handle: str, *, since: str, limit: int) -> Sequence[Position]:
        """Read up to `limit` positions with strong consistency, oldest change first."""
        ...


@dataclass(eq=False)
class _Waiter:
    """A held request. `video_id` is the only video that it is about, or None."""

    video_id: str | None
    woken: asyncio.Future[None]


class HeldRequests:
    """Holds the requests of this instance."""

    def __init__(
        self, *, changed_positions: ChangedPositions, clock: Clock, allowance_seconds: float
    ) -> None:
        self._changed_positions = changed_positions
        self._clock = clock
        self._allowance = round(allowance_seconds * 1000)
        self._waiters: dict[str, set[_Waiter]] = {}
        self._watches: dict[str, asyncio.Task[None]] = {}
        self._is_closed = False

    def wake(self, seller_handle: str, video_id: str | None = None) -> None:
        """Have requests look again that are about this video, or if it is None, about any."""
        for waiter in self._waiters.get(seller_handle, ()):
            is_meant = None in (video_id, waiter.video_id) or video_id == waiter.video_id
            if is_meant and not waiter.woken.done():
                waiter.woken.set_result(None)

    async def hold(
        self,
        seller_handle: str,
        *,
        video_id: str | None = None,
        seconds: float,
        gone: asyncio.Future[None],
        look: Callable[[], Awaitable[Answer]],
        is_news: Callable[[Answer], bool],
    ) -> Answer:
        """Return the first answer that is news, or the last one once `seconds` have passed.

        `look` has to read everything committed before it was called. The wait ends early when the
        service stops or the client is `gone`; if that happens during a look, the look is cancelled
        and CancelledError is raised. Raises what `look` raises.
        """
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + seconds
        waiter = _Waiter(video_id, loop.create_future())
        self._add(seller_handle, waiter)
        try:
            pause = 0.0
            while True:
                # Before the read, so that what changes meanwhile is looked at too.
                waiter.woken = loop.create_future()
                found = await _unless_gone(gone, look())
                if is_news(found):
                    return found
                await asyncio.wait({gone}, timeout=min(pause, ends_at - loop.time()))
                await asyncio.wait(
                    {waiter.woken, gone},
                    timeout=0 if self._is_closed else ends_at - loop.time(),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                is_over = self._is_closed or gone.done() or loop.time() >= ends_at
                if is_over or not waiter.woken.done():
                    return found
                pause = _PAUSE_SECONDS
        finally:
            self._remove(seller_handle, waiter)

    def close(self) -> None:
        """End the wait of all requests."""
        self._is_closed = True
        for seller_handle in self._waiters:
            self.wake(seller_handle)

    def _add(self, seller_handle: str, waiter: _Waiter) -> None:
        self._waiters.setdefault(seller_handle, set()).add(waiter)
        if seller_handle not in self._watches:
            self._watches[seller_handle] = asyncio.create_task(
                self._watch(seller_handle), name="watch-seller"
            )

    def _remove(self, seller_handle: str, waiter: _Waiter) -> None:
        self._waiters[seller_handle].remove(waiter)
        if not self._waiters[seller_handle]:
            del self._waiters[seller_handle]
            self._watches.pop(seller_handle).cancel()

    async def _watch(self, seller_handle: str) -> None:
        """Wake those who wait for what has changed, as long as anybody waits."""
        known: set[Position] = set()
        read_at = self._clock()
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            # What was committed before the last read is known, whatever clock has stamped it.
            start, read_at = min(read_at, self._clock()) - self._allowance, self._clock()
            try:
                positions = await self._changed_positions(
                    seller_handle, since=format_milliseconds(max(0, start)), limit=_MOST_POSITIONS
                )
            except AWS_ERRORS:
                # Counted as every failed call; those who wait ask again when their time is up.
                read_at = start + self._allowance
                continue
            if len(positions) == _MOST_POSITIONS:  # There may be more.
                self.wake(seller_handle)
            for position in positions:
                if position not in known:
                    self.wake(seller_handle, position.video_id)
            known = set(positions)


async def _unless_gone(gone: asyncio.Future[None], look: Awaitable[Answer]) -> Answer:
    looking = asyncio.ensure_future(look)
    ends: tuple[asyncio.Future[Any], ...] = looking, gone
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        looking.cancel()
    return await looking
