"""Puts dead letters back for a call, repaired if that was asked for, or says what would be done."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from assembly_service.aws.errors import AWS_ERRORS, code_of
from assembly_service.domain.exact_json import Value
from assembly_service.domain.product import HalfKind, ProductKey
from assembly_service.operations.dead_letters import DeadLetter, DeadLetterQueue
from assembly_service.operations.letter_reader import LetterReader
from assembly_service.operations.redriving import Redrive, Selection
from assembly_service.operations.repairing import CannotRepair, Edit, repaired


@dataclass(kw_only=True)
class RedriveResult:
    """What was done, or would be.

    `left` counts those that were read and stay; without `complete` there are more. `keys` and
    `previous_bodies` are of the repaired events that went back.
    """

    put_back: int = 0
    left: int = 0
    complete: bool = True
    refused: list[str] = field(default_factory=list)
    differences: list[Value] = field(default_factory=list)
    previous_bodies: list[Value] = field(default_factory=list)
    keys: list[ProductKey] = field(default_factory=list)

    def as_json(self) -> dict[str, Value]:
        """Return the result as data."""
        return {
            "putBack": self.put_back,
            "left": self.left,
            "complete": self.complete,
            "refused": list(self.refused),
            "differences": self.differences,
            "previousBodies": self.previous_bodies,
        }


class LetterRedrive:
    """One call that puts dead letters back. About as many of a queue as the reader reads."""

    def __init__(
        self, reader: LetterReader, selection: Selection, edits: Sequence[Edit], *, preview: bool
    ) -> None:
        self.result = RedriveResult()
        self._reader = reader
        self._selection = selection
        self._edits = edits
        self._preview = preview
        self._repairs: dict[str, tuple[ProductKey, Value]] = {}

    async def run(self, kind: HalfKind | None) -> None:
        """Handle this queue's dead letters, or those of both.

        Raises NoDeadLetterQueue and the client's errors, but none once anything was put back.
        """
        async with self._reader.lock:
            self._reader.forget()
            for queue in await self._reader.queues(kind):
                await (self._look(queue) if self._preview else self._put_back(queue))

    async def _look(self, queue: DeadLetterQueue) -> None:
        seen = await self._reader.read(queue)
        wanted = list(filter(self._selection, seen.letters))
        fit = sum(map(self._fits, wanted))
        self.result.put_back += fit
        self.result.left += len(seen.letters) - fit
        self.result.complete &= not seen.has_more

    def _fits(self, letter: DeadLetter) -> bool:
        try:
            self._repaired(letter)
        except CannotRepair as error:
            self.result.refused.append(error.about(letter.message_id))
            return False
        return True

    async def _put_back(self, queue: DeadLetterQueue) -> None:
        run = Redrive(
            queue=queue,
            most=self._reader.most,
            advance=lambda _: None,
            wanted=self._selection,
            repair=self._repaired if self._edits else None,
            on_sent=self._note_sent,
        )
        done = run.result
        try:
            await run.run()
        except AWS_ERRORS as error:
            if not (self.result.put_back or done.put_back):
                raise
            self.result.complete = False
            self.result.refused.append(
                f"{queue.name} stopped answering ({code_of(error)}): try again later."
            )
        self.result.put_back += done.put_back
        self.result.left += done.others + done.failed_again + len(done.refused)
        self.result.complete &= not done.has_more
        self.result.refused += done.complaints(queue.name)

    def _note_sent(self, letter: DeadLetter) -> None:
        if letter.message_id in self._repairs:
            key, previous = self._repairs[letter.message_id]
            self.result.keys.append(key)
            self.result.previous_bodies.append(previous)

    def _repaired(self, letter: DeadLetter) -> str:
        """Return the body as it goes back, and note what changes. Raises CannotRepair."""
        if not self._edits:
            return letter.body
        found = repaired(letter.body, self._edits, letter.queue)
        previous = {
            "queue": letter.queue.value,
            "body": letter.body,
            "messageId": letter.message_id,
        }
        self._repairs[letter.message_id] = (found.key, previous)
        self.result.differences += [
            {"messageId": letter.message_id, "path": where, "old": old, "new": new}
            for where, old, new in found.differences
        ]
        return found.body
