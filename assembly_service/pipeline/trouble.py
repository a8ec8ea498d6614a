"""Whether handlers are retrying in hand. Nothing new is received meanwhile."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Trouble:
    """Shared by handlers and pollers: receives during an outage would only burn receive counts."""

    def __init__(self) -> None:
        self._watches = 0
        self.over = asyncio.Event()
        self.over.set()

    @contextmanager
    def watch(self) -> Iterator["TroubleWatch"]:
        """A handler's own view; its trouble ends with the block at the latest."""
        watch = TroubleWatch(self)
        try:
            yield watch
        finally:
            watch.end()

    def add(self, watches: int) -> None:
        """Count handlers in trouble up or down."""
        self._watches += watches
        if self._watches:
            self.over.clear()
        else:
            self.over.set()


class TroubleWatch:
    """Says once that its handler is in trouble, however often it is told."""

    def __init__(self, trouble: Trouble) -> None:
        self._trouble = trouble
        self._begun = False

    def begin(self) -> None:
        """The handler is in trouble."""
        if not self._begun:
            self._begun = True
            self._trouble.add(1)

    def end(self) -> None:
        """The handler is out of trouble or gave its messages back."""
        if self._begun:
            self._begun = False
            self._trouble.add(-1)
