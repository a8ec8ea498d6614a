"""Asks the watchers of sellers to load again, at a rate that a flood on the bus does not raise."""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.notification.rooms import Push, ResyncReason, resync
from assembly_service.runtime.clock import Clock

# What belongs together arrives within moments: it goes into one round.
_GATHER_SECONDS = 0.25
# Longer than a window of recent changes is served: who loads again on another instance is shown
# what was read after the change.
_DELAY_SECONDS = 1.0
_PAUSE_SECONDS = 4.0
_BETWEEN_SELLERS_SECONDS = 0.002


class Resyncs:
    """Sends `resync` in rounds, each seller once a round at most.

    The first round begins about a second after it was asked for, the next ones five seconds apart.
    """

    def __init__(self, *, broadcast: Callable[[Sequence[Push]], None], clock: Clock) -> None:
        self._broadcast = broadcast
        self._clock = clock
        self._waiting: dict[str, ResyncReason] = {}
        self._task: asyncio.Task[None] | None = None

    def ask(self, seller_handles: Iterable[str], reason: ResyncReason) -> None:
        """Have those who watch the sellers load again."""
        for seller_handle in seller_handles:
            self._waiting.setdefault(seller_handle, reason)
        if self._waiting and self._task is None:
            self._task = asyncio.create_task(self._send_rounds(), name="bus: resync")

    async def close(self) -> None:
        """Send nothing more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _send_rounds(self) -> None:
        try:
            await self._rounds()
        finally:
            self._task = None

    async def _rounds(self) -> None:
        while self._waiting:
            await asyncio.sleep(_GATHER_SECONDS)
            # Taken out first: what is asked for from now on needs its own delay.
            sellers, self._waiting = self._waiting, {}
            await asyncio.sleep(_DELAY_SECONDS)
            for seller_handle, reason in sellers.items():
                timestamp = format_milliseconds(self._clock())
                self._broadcast([resync(seller_handle, reason, timestamp)])
                await asyncio.sleep(_BETWEEN_SELLERS_SECONDS)
            await asyncio.sleep(_PAUSE_SECONDS)
