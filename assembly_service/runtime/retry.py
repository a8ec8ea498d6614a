"""How long to wait between tries, and when to give up. Every pause has jitter."""

import asyncio
from dataclasses import dataclass

from assembly_service.runtime.jitter import spread
from assembly_service.runtime.tasks import wait_for_event


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often what fails for a passing reason is tried again. All times are seconds.

    Pauses grow from `first_pause` to `longest_pause` for at most `window`; then a message goes
    back to its queue, hidden for `first_hand_back` and twice as long with every further receive,
    up to `longest_hand_back`.
    """

    first_pause: float = 0.05
    longest_pause: float = 5.0
    window: float = 60.0
    first_hand_back: float = 30.0
    longest_hand_back: float = 900.0

    def backoff(self) -> "Backoff":
        """The pauses of something that has just failed for the first time."""
        return Backoff(window=self.window, first=self.first_pause, longest=self.longest_pause)

    def hand_back_seconds(self, receive_count: int) -> int:
        """How long a message that is handed back stays hidden."""
        doubled = self.first_hand_back * 2 ** min(receive_count - 1, 20)
        return max(1, round(_jitter(min(doubled * 1.2, self.longest_hand_back), share=1 / 6)))


class Backoff:
    """Pauses that double, until `window` seconds have passed since it was made.

    `ends_at` is when that is, by the event loop's clock.
    """

    def __init__(self, *, window: float, first: float = 0.05, longest: float = 5.0) -> None:
        self.ends_at = _now() + window
        self._ceiling = first
        self._longest = longest

    def next_pause(self) -> float | None:
        """How many seconds to wait before the next try; None: give up."""
        if _now() >= self.ends_at:
            return None
        ceiling, self._ceiling = self._ceiling, min(self._ceiling * 2, self._longest)
        return _jitter(ceiling, share=1 / 2)

    async def pause(self, stop: asyncio.Event) -> bool:
        """Wait before the next try. False: give up, the time is over or the service stops."""
        if stop.is_set() or (seconds := self.next_pause()) is None:
            return False
        return not await wait_for_event(stop, seconds)


def _jitter(longest: float, *, share: float) -> float:
    """A random time, shorter than the longest by at most that share of it."""
    return spread(longest * (1 - share), longest)


def _now() -> float:
    return asyncio.get_running_loop().time()
