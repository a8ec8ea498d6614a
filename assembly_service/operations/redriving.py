"""Putting dead letters back into their source queue, one by one."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from assembly_service.aws.errors import ErrorKind, code_of, kind_of
from assembly_service.aws.queues import MESSAGES_PER_CALL
from assembly_service.operations.dead_letters import DeadLetter, DeadLetterQueue
from assembly_service.operations.inspection import Held

_HIDDEN_SECONDS = 300


@dataclass(kw_only=True)
class Redriven:
    """What became of the dead letters of one queue.

    `others` have another reason, `failed_again` came back during the run, `twice` were sent and
    could not be deleted. `refused` holds a sentence each. `more`: the run ended before the queue.
    """

    put_back: int = 0
    others: int = 0
    failed_again: int = 0
    twice: int = 0
    refused: list[str] = field(default_factory=list)
    more: bool = False


class Redrive:
    """One run over a dead-letter queue: each message is sent first and deleted only then.

    A crash in between leaves it in both queues, never in none. A message that fails again and
    returns during the run is known by its id and stays. Everything not put back is visible again
    at the end. `result` is right at any moment, also after an error.
    """

    def __init__(
        self,
        *,
        queue: DeadLetterQueue,
        reason: str | None,
        most: int,
        progressed: Callable[[int], None],
    ) -> None:
        self.result = Redriven()
        self._queue = queue
        self._reason = reason
        self._most = most
        self._progressed = progressed
        self._sent_ids: set[str] = set()

    async def run(self) -> None:
        """Handle every message once, about `most` at most. Raises the client's errors."""
        handled = 0
        async with Held(self._queue, hidden_seconds=_HIDDEN_SECONDS) as held:
            while handled < self._most:
                letters = await held.receive_new(MESSAGES_PER_CALL)
                if not letters:
                    return
                fresh = [letter for letter in letters if not self._failed_again(letter)]
                self.result.failed_again += len(letters) - len(fresh)
                await self._put_back([letter for letter in fresh if self._goes(letter)], held)
                self.result.others += sum(not self._goes(letter) for letter in fresh)
                handled += len(fresh)
                self._progressed(len(fresh))
        self.result.more = True

    def _goes(self, letter: DeadLetter) -> bool:
        return self._reason in {None, letter.reason}

    def _failed_again(self, letter: DeadLetter) -> bool:
        return bool({letter.message_id, letter.original_message_id} & self._sent_ids)

    async def _put_back(self, letters: Sequence[DeadLetter], held: Held) -> None:
        answers = await asyncio.gather(*map(self._queue.send_back, letters), return_exceptions=True)
        sent: list[DeadLetter] = []
        trouble: list[BaseException] = []
        for letter, answer in zip(letters, answers, strict=True):
            if isinstance(answer, str):
                self._sent_ids.add(answer)
                sent.append(letter)
            elif kind_of(answer) is ErrorKind.MESSAGE_UNFIT:
                self.result.refused.append(
                    f"Message {letter.message_id} was not taken by {self._queue.source_name} "
                    f"({code_of(answer)})."
                )
            else:
                trouble.append(answer)
        # Before any error is raised: what was sent would otherwise come twice.
        self.result.put_back += len(sent)
        self.result.twice += len(sent)
        undeleted = await self._queue.delete(sent)
        deleted = [letter for letter in sent if letter not in undeleted]
        self.result.twice -= len(deleted)
        held.forget(deleted)
        if trouble:
            raise trouble[0]
