"""Asks clients to reload sellers, at a limited rate even when the bus is flooded."""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.notification.rooms import Push, ResyncReason, resync
from assembly_service.runtime.clock import Clock

# Long enough for messages about the same sellers to end up in one round.
_GATHER_SECONDS = 0.25
# Longer than a window of recent changes is served: a client that reloads from another instance gets
# what was read after the change.
_DELAY_SECONDS = 1.0
_PAUSE_SECONDS = 4.0
_BETWEEN_SELLERS_SECONDS = 0.002


class Resyncs:
    """Sends `resync` in rounds, at most once a round for each seller.

    The first round begins about a second after the first request, later ones five seconds apart.
    """

    def __init__(self, *, broadcast: Callable[[Sequence[Push]], None], clock: Clock) -> None:
        self._broadcast = broadcast
        self._clock = clock
        self._waiting: dict[str, ResyncReason] = {}
        self._task: asyncio.Task[None] | None = None

    def ask(self, seller_handles: Iterable[str], reason: ResyncReason) -> None:
        """Ask everyone who watches the sellers to reload, in the next round."""
        for seller_handle in seller_handles:
            self._waiting.setdefault(seller_handle, reason)
        if self._waiting and self._task is None:
            self._task = asyncio.create_task(self._send_rounds(), name="bus: resync")

    async def close(self) -> None:
        """Stop sending."""
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
            # Taken out first: later requests need the full delay.
            sellers, self._waiting = self._waiting, {}
            await asyncio.sleep(_DELAY_SECONDS)
            for seller_handle, reason in sellers.items():
                timestamp = format_milliseconds(self._clock())
                self._broadcast([resync(seller_handle, reason, timestamp)])
                await asyncio.sleep(_BETWEEN_SELLERS_SECONDS)
            await asyncio.sleep(_PAUSE_SECONDS)
