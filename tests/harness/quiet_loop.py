"""An event loop that knows when every task waits, to step tasks by hand."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class Standstill(Exception):
    """Every task waits for something that will never happen."""


class _Selector(selectors.DefaultSelector):
    """The place where an event loop waits, and nothing is left to run."""

    def __init__(self) -> None:
        super().__init__()
        self.quiet: asyncio.Future[None] | None = None
        self.skipped_seconds = 0.0
        self.skips_waits = False

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout > 0:
            if self.quiet is not None:
                self.quiet.set_result(None)
                self.quiet, timeout = None, 0
            elif self.skips_waits:
                if timeout is None:
                    raise Standstill("Every task waits, and no time will wake any of them.")
                self.skipped_seconds += timeout
                timeout = 0
        return super().select(timeout)


class QuietLoop(asyncio.SelectorEventLoop):
    """With `skips_waits` sleeping takes no time, and nothing may wait for the outside world."""

    def __init__(self, *, skips_waits: bool) -> None:
        self._watching = _Selector()
        self._watching.skips_waits = skips_waits
        super().__init__(self._watching)

    def time(self) -> float:
        """The loop's clock in seconds; if waits are skipped, nothing else moves it."""
        watching = self._watching
        return watching.skipped_seconds if watching.skips_waits else super().time()

    async def quiet(self) -> None:
        """Wait until every other task waits. One at a time may ask."""
        self._watching.quiet = self.create_future()
        await self._watching.quiet


async def everyone_waits() -> None:
    """Wait until every other task of the running QuietLoop waits."""
    loop = asyncio.get_running_loop()
    if not isinstance(loop, QuietLoop):
        raise TypeError("only a QuietLoop knows when everyone waits")
    await loop.quiet()


def play(coroutine: Coroutine[Any, Any, Result], *, skips_waits: bool = True) -> Result:
    """Run to the end in a QuietLoop of its own."""
    with asyncio.Runner(loop_factory=lambda: QuietLoop(skips_waits=skips_waits)) as runner:
        return runner.run(coroutine)
