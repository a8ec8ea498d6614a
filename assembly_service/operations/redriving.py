"""Puts dead letters back into their source queue, one by one."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from assembly_service.aws.errors import ErrorKind, code_of, kind_of
from assembly_service.aws.message_limits import MESSAGES_PER_CALL
from assembly_service.operations.dead_letters import DeadLetter, DeadLetterQueue
from assembly_service.operations.inspection import HeldLetters
from assembly_service.operations.repairing import CannotRepair

_HIDDEN_SECONDS = 300


@dataclass(kw_only=True)
class Redriven:
    """How many dead letters of one queue went which way.

    `others` were not wanted, `failed_again` came back during the run, and `undeleted` are
    among those put back. `refused` has a sentence for each message that SQS did not accept or that
    could not be repaired.
    """

    put_back: int = 0
    others: int = 0
    failed_again: int = 0
    undeleted: int = 0
    refused: list[str] = field(default_factory=list)
    has_more: bool = False

    def complaints(self, queue_name: str) -> list[str]:
        """Return a sentence for each thing that went wrong with this dead-letter queue."""
        if not self.undeleted:
            return list(self.refused)
        return [
            *self.refused,
            f"Of the messages put back, {self.undeleted} could not be deleted from {queue_name}. "
            "Putting them back a second time does no harm.",
        ]


@dataclass(frozen=True, slots=True)
class Selection:
    """Selects dead letters by reason and id; without either it selects all."""

    reason: str | None
    message_id: str | None

    def __bool__(self) -> bool:
        return bool(self.reason or self.message_id)

    def __call__(self, letter: DeadLetter) -> bool:
        ids = {None, letter.message_id, letter.original_message_id}
        return self.reason in {None, letter.reason} and self.message_id in ids

    def __str__(self) -> str:
        if self.message_id:
            return f"the message {self.message_id}"
        return f"the messages with reason {self.reason}" if self.reason else "all messages"


class Redrive:
    """One pass over a dead-letter queue. Each message is sent before it is deleted.

    A crash in between leaves it in both queues, never in none. A message that fails again and
    comes back during the run is recognised by its id and stays. Whatever was not put back is
    visible again at the end. `result` is correct at any time, even after an error.
    """

    def __init__(
        self,
        *,
        queue: DeadLetterQueue,
        most: int,
        advance: Callable[[int], None],
        wanted: Callable[[DeadLetter], bool] = lambda _: True,
        repair: Callable[[DeadLetter], str] | None = None,
        on_sent: Callable[[DeadLetter], None] = lambda _: None,
    ) -> None:
        """`repair` gives the body that goes back; it may raise CannotRepair.

        `on_sent` gets each letter that has gone back.
        """
        self.result = Redriven()
        self._queue = queue
        self._most = most
        self._advance = advance
        self._wanted = wanted
        self._repair = repair
        self._on_sent = on_sent
        self._sent_ids: set[str] = set()

    async def run(self) -> None:
        """Handle each message once, up to about `most`. Raises the client's errors."""
        handled = 0
        async with HeldLetters(self._queue, hidden_seconds=_HIDDEN_SECONDS) as held:
            while handled < self._most:
                letters = await held.receive_new(MESSAGES_PER_CALL)
                if not letters:
                    return
                fresh = [letter for letter in letters if not self._failed_again(letter)]
                self.result.failed_again += len(letters) - len(fresh)
                wanted = [letter for letter in fresh if self._wanted(letter)]
                await self._put_back(self._repaired(wanted), held)
                self.result.others += len(fresh) - len(wanted)
                handled += len(fresh)
                self._advance(len(fresh))
        self.result.has_more = True

    def _failed_again(self, letter: DeadLetter) -> bool:
        return bool({letter.message_id, letter.original_message_id} & self._sent_ids)

    def _repaired(self, letters: Sequence[DeadLetter]) -> list[DeadLetter]:
        """Return the letters as they go back, without those that cannot be repaired."""
        if self._repair is None:
            return list(letters)
        repaired: list[DeadLetter] = []
        for letter in letters:
            try:
                repaired.append(replace(letter, body=self._repair(letter)))
            except CannotRepair as error:
                self.result.refused.append(error.about(letter.message_id))
        return repaired

    async def _put_back(self, letters: Sequence[DeadLetter], held: HeldLetters) -> None:
        answers = await asyncio.gather(*map(self._queue.send_back, letters), return_exceptions=True)
        sent: list[DeadLetter] = []
        errors: list[BaseException] = []
        for letter, answer in zip(letters, answers, strict=True):
            if isinstance(answer, str):
                self._sent_ids.add(answer)
                self._on_sent(letter)
                sent.append(letter)
            elif kind_of(answer) is ErrorKind.MESSAGE_UNFIT:
                self.result.refused.append(
                    f"{self._queue.source_name} did not accept message {letter.message_id} "
                    f"({code_of(answer)})."
                )
            else:
                errors.append(answer)
        # Delete before raising an error, or what was sent would be sent again.
        self.result.put_back += len(sent)
        self.result.undeleted += len(sent)
        undeleted = await self._queue.delete(sent)
        deleted = [letter for letter in sent if letter not in undeleted]
        self.result.undeleted -= len(deleted)
        held.forget(deleted)
        if errors:
            raise errors[0]
