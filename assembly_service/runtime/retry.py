"""How long to wait between attempts, and when to give up. Every pause is jittered."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from assembly_service.runtime.jitter import spread
from assembly_service.runtime.tasks import wait_for_event


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often to retry what fails for a transient reason. All times are seconds.

    Pauses grow from `first_pause` to `longest_pause` within `window`; then a message is handed
    back to its queue, hidden for `first_hand_back` and twice as long with every further receive,
    up to `longest_hand_back`.
    """

    first_pause: float = 0.05
    longest_pause: float = 5.0
    window: float = 60.0
    first_hand_back: float = 30.0
    longest_hand_back: float = 900.0

    def backoff(self) -> "Backoff":
        """Start the pauses of something that has just failed for the first time."""
        return Backoff(window=self.window, first=self.first_pause, longest=self.longest_pause)

    def hand_back_seconds(self, receive_count: int) -> int:
        """Return how long to hide a message that is handed back."""
        doubled = self.first_hand_back * 2 ** min(receive_count - 1, 20)
        longest = min(doubled * 1.2, self.longest_hand_back)
        return max(1, round(spread(longest * 5 / 6, longest)))


def growing_pauses(*, first: float, longest: float) -> Iterator[float]:
    """Yield seconds to wait between attempts, without end.

    The ceiling doubles from `first` to `longest`; a pause is between half of it and all of it.
    """
    while True:
        yield spread(first / 2, first)
        first = min(first * 2, longest)


class Backoff:
    """Growing pauses within a window of `window` seconds from now.

    `ends_at` is the end of the window, by the event loop's clock.
    """

    def __init__(self, *, window: float, first: float = 0.05, longest: float = 5.0) -> None:
        self.ends_at = _now() + window
        self._pauses = growing_pauses(first=first, longest=longest)

    def next_pause(self) -> float | None:
        """Return the seconds to wait before the next attempt; None: give up."""
        return None if _now() >= self.ends_at else next(self._pauses)

    async def pause(self, stop: asyncio.Event) -> bool:
        """Wait before the next attempt. False: give up, the window is over or the service stops."""
        if stop.is_set() or (seconds := self.next_pause()) is None:
            return False
        return not await wait_for_event(stop, seconds)


def _now() -> float:
    return asyncio.get_running_loop().time()
