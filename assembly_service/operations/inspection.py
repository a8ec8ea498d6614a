"""Looking into a dead-letter queue, and leaving it as it was."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from assembly_service.aws.errors import AWS_ERRORS
from assembly_service.aws.queues import MESSAGES_PER_CALL
from assembly_service.operations.dead_letters import DeadLetter, DeadLetterQueue

_HIDDEN_SECONDS = 120


class Held:
    """Dead letters in hand, hidden from everyone else until the end of the block."""

    def __init__(self, queue: DeadLetterQueue, *, hidden_seconds: int) -> None:
        self._queue = queue
        self._hidden_seconds = hidden_seconds
        self._in_hand: dict[str, DeadLetter] = {}
        self._known: set[str] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        # They show again by themselves; whatever ended the block is the news.
        with suppress(*AWS_ERRORS):
            await self._queue.show_again(list(self._in_hand.values()))

    async def receive_new(self, most: int) -> list[DeadLetter]:
        """Up to `most` messages that this block did not have before.

        None when the queue gives no more, or has gone once round all that are in hand: what is
        hidden shows again after a while.
        """
        again = 0
        while again <= len(self._in_hand):
            received = await self._queue.receive(most=most, hidden_seconds=self._hidden_seconds)
            letters = {letter.message_id: letter for letter in received}
            new = [letter for letter in letters.values() if letter.message_id not in self._known]
            self._in_hand |= letters
            self._known |= letters.keys()
            if new or not received:
                return new
            again += len(received)
        return []

    def forget(self, letters: Iterable[DeadLetter]) -> None:
        """These do not exist any more."""
        for letter in letters:
            self._in_hand.pop(letter.message_id, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was read of a dead-letter queue. `more`: it holds more than was asked for."""

    letters: tuple[DeadLetter, ...]
    more: bool

    def of_reason(self, reason: str | None) -> list[DeadLetter]:
        """The letters set aside for that reason; None means all."""
        return [letter for letter in self.letters if reason in {None, letter.reason}]


async def look(
    queue: DeadLetterQueue,
    *,
    most: int,
    progressed: Callable[[int], None],
    enough: Callable[[DeadLetter], bool] = lambda _: False,
) -> Look:
    """Read up to `most` messages, or until one is enough; then all of them are visible again."""
    letters: list[DeadLetter] = []
    async with Held(queue, hidden_seconds=_HIDDEN_SECONDS) as held:
        while len(letters) < most:
            new = await held.receive_new(min(MESSAGES_PER_CALL, most - len(letters)))
            letters += new
            progressed(len(new))
            if not new or any(map(enough, new)):
                return Look(letters=tuple(letters), more=False)
        return Look(letters=tuple(letters), more=bool(await held.receive_new(1)))
