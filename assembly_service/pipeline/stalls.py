"""Says in the log when a poller stalls, and when it is well again."""

import asyncio
import time
from collections.abc import Sequence

import structlog

from assembly_service.pipeline.poller import STALLED_SECONDS, Poller

log = structlog.get_logger()

_LOOK_SECONDS = 1


class StallWatch:
    """Watches pollers from outside, because one that stalls says nothing itself."""

    def __init__(self, *, pollers: Sequence[Poller]) -> None:
        self._pollers = pollers
        self._stalled: set[Poller] = set()

    async def run(self) -> None:
        """Look every second, until cancelled. A stall is told once, and once its end."""
        began = time.monotonic()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            for poller in self._pollers:
                # One that was never answered has waited since the beginning.
                seconds = min(poller.seconds_since_last_receive, time.monotonic() - began)
                self._judge(poller, seconds)

    def _judge(self, poller: Poller, seconds: float) -> None:
        if seconds <= STALLED_SECONDS:
            if poller in self._stalled:
                log.info("poller_recovered", queue=poller.queue.name)
            self._stalled.discard(poller)
        elif poller not in self._stalled:
            log.error(
                "poller_stalled",
                queue=poller.queue.name,
                seconds_since_last_receive=round(seconds),
            )
            self._stalled.add(poller)
