"""A token bucket: so many at once, and then so many a second."""

import time


class TokenBucket:
    """`size` tokens at most; `a_second` come back."""

    __slots__ = ("_a_second", "_at", "_size", "_tokens")

    def __init__(self, *, size: float, a_second: float) -> None:
        self._size = size
        self._a_second = a_second
        self._tokens = size
        self._at = time.monotonic()

    def seconds_until_next(self) -> float:
        """For how many seconds there is no token."""
        now = time.monotonic()
        self._tokens = min(self._size, self._tokens + (now - self._at) * self._a_second)
        self._at = now
        return max(0.0, (1 - self._tokens) / self._a_second)

    def take(self) -> None:
        """Take a token; if there is none, the next one is taken in advance."""
        self._tokens -= 1
