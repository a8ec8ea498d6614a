"""A token bucket: limits a rate, and allows bursts."""

import time


class TokenBucket:
    """Holds at most `size` tokens, and gains `per_second`."""

    __slots__ = ("_per_second", "_size", "_tokens", "_updated_at")

    def __init__(self, *, size: float, per_second: float) -> None:
        self._size = size
        self._per_second = per_second
        self._tokens = size
        self._updated_at = time.monotonic()

    def seconds_until_next(self) -> float:
        """Return the seconds until there is a token, 0 if there is one."""
        now = time.monotonic()
        gained = (now - self._updated_at) * self._per_second
        self._tokens = min(self._size, self._tokens + gained)
        self._updated_at = now
        return max(0.0, (1 - self._tokens) / self._per_second)

    def take(self) -> None:
        """Take a token, even if there is none yet: the next caller then waits for longer."""
        self._tokens -= 1
