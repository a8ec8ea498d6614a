"""Keeps the latest warnings and errors of this process's log in memory."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import structlog

from assembly_service.runtime.clock import wall_clock

_MOST_LINES = 200
_LONGEST_TEXT = 500
_LEVELS = frozenset({"warning", "error", "critical"})


class RecentLine(NamedTuple):
    """A line of the log: when, in milliseconds since 1970, the event, its texts and numbers."""

    at: int
    event: str
    values: Mapping[str, str | int | float]


_lines: deque[RecentLine] = deque(maxlen=_MOST_LINES)


def keep_line(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Keep a warning or an error, and pass every event on; a processor of structlog.

    Tracebacks and structures are left out, so that the lines stay small.
    """
    if event.get("level") in _LEVELS:
        values = {
            name: value[:_LONGEST_TEXT] if isinstance(value, str) else value
            for name, value in event.items()
            if isinstance(value, str | int | float) and not name.startswith("_")
        }
        _lines.append(RecentLine(wall_clock(), str(event.get("event"))[:_LONGEST_TEXT], values))
    return event


def recent_lines() -> Sequence[RecentLine]:
    """Return the lines that were kept, newest first."""
    return tuple(reversed(_lines))
