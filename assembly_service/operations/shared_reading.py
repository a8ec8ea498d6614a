"""Shares one reading among all who ask at about the same time."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar, cast

Result = TypeVar("Result")


class SharedReading(Generic[Result]):
    """Reads at most once in `seconds`; whoever asks meanwhile gets what was read last."""

    def __init__(self, read: Callable[[], Awaitable[Result]], *, seconds: float) -> None:
        self._read = read
        self._seconds = seconds
        self._lock = asyncio.Lock()
        self._read_at = -math.inf
        self._result: Result | None = None

    async def get(self) -> Result:
        """Return the shared result. Raises what the reading raises, which is not shared."""
        async with self._lock:
            if time.monotonic() - self._read_at >= self._seconds:
                self._result = await self._read()
                self._read_at = time.monotonic()
            return cast("Result", self._result)
