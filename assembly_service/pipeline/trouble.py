"""Whether handlers are retrying in hand. Nothing new is received meanwhile."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from assembly_service.pipeline.waiting import Backoff


class Trouble:
    """Shared by handlers and pollers: receives during an outage would only burn receive counts."""

    def __init__(self) -> None:
        self._watches = 0
        self.over = asyncio.Event()
        self.over.set()

    @contextmanager
    def patience(self, backoff: Backoff) -> Iterator["Patience"]:
        """That of one handler; its trouble ends with the block at the latest."""
        patience = Patience(self, backoff)
        try:
            yield patience
        finally:
            patience.end()

    def add(self, watches: int) -> None:
        """Count handlers in trouble up or down."""
        self._watches += watches
        if self._watches:
            self.over.clear()
        else:
            self.over.set()


class Patience:
    """How long one handler goes on trying, and that it is in trouble meanwhile."""

    def __init__(self, trouble: Trouble, backoff: Backoff) -> None:
        self._trouble = trouble
        self._backoff = backoff
        self._in_trouble = False

    async def pause(self) -> bool:
        """Wait before another try; the handler is in trouble from now on. False means: give up."""
        if not self._in_trouble:
            self._in_trouble = True
            self._trouble.add(1)
        return await self._backoff.pause()

    def end(self) -> None:
        """The handler is done, or gave its messages back."""
        if self._in_trouble:
            self._in_trouble = False
            self._trouble.add(-1)
