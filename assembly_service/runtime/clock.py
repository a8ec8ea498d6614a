"""The clock that stamps and expires what the service stores. It is passed in, so tests can set it.

What other systems date reads the machine's time itself: AWS signatures, tickets, spans, files.
"""

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Returns the milliseconds since 1970."""


def wall_clock() -> int:
    """Return the milliseconds since 1970 by this machine's clock."""
    return time.time_ns() // 1_000_000
