"""The log lines of events: a draft's one after the other, each until it is written."""

import asyncio
from collections.abc import Callable, Set
from typing import NamedTuple

from assembly_service.drafts.engine.events import StoredEvent

WriteLine = Callable[[StoredEvent], asyncio.Future[bool]]
"""Hands over an event's line at once; what it returns says, once that is known, whether the line
was written. If not it was dropped, and may be handed over again."""

_WRITE_SECONDS = 0.1


class _Line(NamedTuple):
    event_id: str
    written: asyncio.Future[bool]


class EventLines:
    """Has one line of a draft on its way at a time, so that a draft's lines come in order.

    Nobody waits for a reader that is behind: its lines are asked about later.
    """

    def __init__(self, write: WriteLine) -> None:
        self._write = write
        self._lines: dict[str, _Line] = {}
        self._late: asyncio.Future[bool] | None = None

    @property
    def drafts(self) -> Set[str]:
        """Those of which a line is missing."""
        return self._lines.keys()

    def settled(self, *, dropped: bool) -> list[str]:
        """The drafts whose line was written meanwhile or, if `dropped`, was dropped."""
        return [
            reference
            for reference, line in self._lines.items()
            if line.written.done() and (dropped or line.written.result())
        ]

    async def is_written(self, event: StoredEvent) -> bool:
        """Write its line, unless that is on its way or written; False if it is not there yet."""
        line = self._lines.get(event.reference)
        if line is None or line.event_id != event.event_id or _is_dropped(line):
            line = _Line(event.event_id, self._write(event))
            self._lines[event.reference] = line
        if not line.written.done() and (self._late is None or self._late.done()):
            await asyncio.wait({line.written}, timeout=_WRITE_SECONDS)
            self._late = line.written
        return line.written.done() and line.written.result()

    def forget(self, reference: str) -> None:
        """No line of this draft is missing."""
        self._lines.pop(reference, None)


def _is_dropped(line: _Line) -> bool:
    return line.written.done() and not line.written.result()
