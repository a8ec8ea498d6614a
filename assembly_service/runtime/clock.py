"""The one place that reads the wall clock."""

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Returns the milliseconds since 1970."""


def wall_clock() -> int:
    """Return the milliseconds since 1970 by this machine's clock."""
    return time.time_ns() // 1_000_000
