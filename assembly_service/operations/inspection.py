"""Reads a dead-letter queue and leaves its messages where they are."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from assembly_service.aws.errors import AWS_ERRORS
from assembly_service.aws.message_limits import MESSAGES_PER_CALL
from assembly_service.operations.dead_letters import DeadLetter, DeadLetterQueue

_HIDDEN_SECONDS = 120


class HeldLetters:
    """Received dead letters, hidden from other consumers until the end of the block."""

    def __init__(self, queue: DeadLetterQueue, *, hidden_seconds: int) -> None:
        self._queue = queue
        self._hidden_seconds = hidden_seconds
        self._held: dict[str, DeadLetter] = {}
        self._seen: set[str] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        # Their visibility timeout ends anyway; do not hide the error that ended the block.
        with suppress(*AWS_ERRORS):
            await self._queue.release(list(self._held.values()))

    async def receive_new(self, most: int) -> list[DeadLetter]:
        """Receive up to `most` messages that this block has not seen yet.

        Returns nothing when the queue is empty, or once every held message has come back: their
        visibility timeouts have run out.
        """
        repeated = 0
        while repeated <= len(self._held):
            received = await self._queue.receive(most=most, hidden_seconds=self._hidden_seconds)
            letters = {letter.message_id: letter for letter in received}
            new = [letter for letter in letters.values() if letter.message_id not in self._seen]
            self._held |= letters
            self._seen |= letters.keys()
            if new or not received:
                return new
            repeated += len(received)
        return []

    def forget(self, letters: Iterable[DeadLetter]) -> None:
        """Stop holding these: they have been deleted."""
        for letter in letters:
            self._held.pop(letter.message_id, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """The messages that were read from a dead-letter queue."""

    letters: list[DeadLetter]
    has_more: bool


async def inspect(
    queue: DeadLetterQueue,
    *,
    most: int,
    advance: Callable[[int], None],
    enough: Callable[[DeadLetter], bool] = lambda _: False,
) -> Inspection:
    """Read up to `most` messages, or until one is `enough`, and make all of them visible again."""
    letters: list[DeadLetter] = []
    async with HeldLetters(queue, hidden_seconds=_HIDDEN_SECONDS) as held:
        while len(letters) < most:
            new = await held.receive_new(min(MESSAGES_PER_CALL, most - len(letters)))
            letters += new
            advance(len(new))
            if not new or any(map(enough, new)):
                return Inspection(letters=letters, has_more=False)
        return Inspection(letters=letters, has_more=bool(await held.receive_new(1)))
