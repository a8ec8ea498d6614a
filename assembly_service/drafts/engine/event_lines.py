"""The log lines of events: one at a time for each draft, until it is written."""

import asyncio
from collections.abc import Callable, Set
from typing import NamedTuple

from assembly_service.drafts.engine.events import StoredEvent

WriteLine = Callable[[StoredEvent], asyncio.Future[bool]]
"""Logs an event without waiting; the future says whether the line was written. If not it was
dropped, and may be logged again."""

_WRITE_SECONDS = 0.1


class _Line(NamedTuple):
    event_id: str
    written: asyncio.Future[bool]


class EventLines:
    """Logs one event of a draft at a time, so that a draft's lines are in order.

    Does not wait for a slow reader of the log: whether its lines were written is checked later.
    """

    def __init__(self, write: WriteLine) -> None:
        self._write = write
        self._lines: dict[str, _Line] = {}
        self._late: asyncio.Future[bool] | None = None

    @property
    def drafts(self) -> Set[str]:
        """Return the drafts with a line that is not written yet."""
        return self._lines.keys()

    def settled(self, *, dropped: bool) -> list[str]:
        """Return the drafts whose line was written meanwhile or, if `dropped`, was dropped."""
        return [
            reference
            for reference, line in self._lines.items()
            if line.written.done() and (dropped or line.written.result())
        ]

    async def is_written(self, event: StoredEvent) -> bool:
        """Log the event unless that was done; whether its line is written."""
        line = self._lines.get(event.reference)
        if line is None or line.event_id != event.event_id or _is_dropped(line):
            line = _Line(event.event_id, self._write(event))
            self._lines[event.reference] = line
        if not line.written.done() and (self._late is None or self._late.done()):
            await asyncio.wait({line.written}, timeout=_WRITE_SECONDS)
            self._late = line.written
        return line.written.done() and line.written.result()

    def forget(self, reference: str) -> None:
        """Forget the line of this draft."""
        self._lines.pop(reference, None)


def _is_dropped(line: _Line) -> bool:
    return line.written.done() and not line.written.result()
