"""The packets of one connection that wait for their turn."""

import asyncio
from collections import deque

_MOST_PACKETS = 256
_MOST_CHARACTERS = 256 * 1024


class Inbox:
    """A bounded queue, which `task` empties, one packet after another."""

    __slots__ = ("_characters", "_packets", "task")

    def __init__(self) -> None:
        self._packets: deque[str] = deque()
        self._characters = 0
        self.task: asyncio.Task[None] | None = None

    def put(self, text: str) -> bool:
        """Queue a packet. Returns whether the queue is still within its bounds."""
        self._packets.append(text)
        self._characters += len(text)
        return len(self._packets) <= _MOST_PACKETS and self._characters <= _MOST_CHARACTERS

    @property
    def pending(self) -> int:
        """The number of queued packets."""
        return len(self._packets)

    def take(self) -> str:
        """Take the oldest packet. Raises IndexError if there is none."""
        text = self._packets.popleft()
        self._characters -= len(text)
        return text
