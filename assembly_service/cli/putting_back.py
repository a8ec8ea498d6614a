"""What `dlq redrive` does with the dead-letter queues: says what it would, asks, and puts back."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import click

from assembly_service.aws.clients import Clients
from assembly_service.cli.dlq_queues import dead_letter_queues, read_letters
from assembly_service.cli.progress import add_task, progress_bar
from assembly_service.cli.repairs import Repairs
from assembly_service.cli.wording import counted
from assembly_service.operations.dead_letters import DeadLetterQueue
from assembly_service.operations.move_task import MoveFailed, move_all
from assembly_service.operations.redriving import Redrive, Redriven, Selection
from assembly_service.settings.service import Settings

MOST_READ = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class PuttingBack:
    """Puts selected dead letters back into their source queues, repaired if there are `repairs`.

    `kind` is that of the one queue to look at; None: both.
    """

    selection: Selection
    repairs: Repairs | None
    kind: str | None

    async def preview(self, settings: Settings, clients: Clients) -> None:
        """Print what would be put back, and each repair."""
        await self._preview(await dead_letter_queues(settings, clients, self.kind))

    async def question(self, settings: Settings, clients: Clients) -> str:
        """Return the question to confirm. Prints the repairs before."""
        queues = await dead_letter_queues(settings, clients, self.kind)
        if self.repairs is not None:
            await self._preview(queues)
        of = "of " if self.selection else ""
        places = [
            f"{queue.source_name} ({of}about {(await queue.size()).visible} dead letters)"
            for queue in queues
        ]
        return f"Put {self.selection} back into {' and '.join(places)}?"

    async def run(self, settings: Settings, clients: Clients) -> None:
        """Put back. Raises ClickException with a sentence for each thing that went wrong."""
        queues = await dead_letter_queues(settings, clients, self.kind)
        complaints: list[str] = []
        with self.repairs or nullcontext():
            for queue in queues:
                complaints += await self._empty(queue)
        if complaints:
            raise click.ClickException("\n".join(complaints))

    async def _preview(self, queues: Sequence[DeadLetterQueue]) -> None:
        for queue in queues:
            with progress_bar() as progress:
                found = await read_letters(queue, progress, most=MOST_READ)
            wanted = list(filter(self.selection, found.letters))
            repairs = self.repairs
            count = len(wanted) if repairs is None else sum(map(repairs.would_repair, wanted))
            at_least = "at least " if found.has_more else ""
            click.echo(
                f"Would put back {at_least}{counted(count, 'message')} to {queue.source_name}."
            )

    async def _empty(self, queue: DeadLetterQueue) -> list[str]:
        """Put back what one queue holds. Returns a sentence for each thing that went wrong."""
        size, hidden = await queue.size()
        if hidden:
            click.echo(
                f"Another reader of {queue.name} holds about {counted(hidden, 'dead letter')}, and "
                "what it holds cannot be put back: run this again in a few minutes.",
                err=True,
            )
        if not self.selection and self.repairs is None:
            try:
                if await _move_all(queue, size):
                    return []
            except MoveFailed as error:
                return [str(error)]
        return await self._send_each(queue, size)

    async def _send_each(self, queue: DeadLetterQueue, size: int) -> list[str]:
        with progress_bar() as progress:
            run = Redrive(
                queue=queue,
                most=_most(size),
                advance=add_task(progress, _doing(queue), total=size),
                wanted=self.selection,
                repair=self.repairs.repair if self.repairs else None,
                on_sent=self.repairs.log_sent if self.repairs else lambda _: None,
            )
            try:
                await run.run()
            finally:
                progress.stop()
                click.echo(_summary(run.result, queue))
        return run.result.complaints(queue.name)


async def _move_all(queue: DeadLetterQueue, size: int) -> bool:
    """Have SQS move the whole queue. Returns False if it does not. Raises MoveFailed."""
    with progress_bar() as progress:
        advance = add_task(progress, _doing(queue), total=size)
        moved = await move_all(queue, most=_most(size), advance=advance)
    if moved is None:
        return False
    click.echo(f"SQS has put back about {counted(moved, 'message')} to {queue.source_name}.")
    return True


def _most(size: int) -> int:
    # The size is an estimate. Twice as many cuts off nothing but an endless stream.
    return 2 * size + 100


def _doing(queue: DeadLetterQueue) -> str:
    return f"Putting back {queue.kind}"


def _summary(result: Redriven, queue: DeadLetterQueue) -> str:
    sentences = [f"Put back {counted(result.put_back, 'message')} to {queue.source_name}."]
    if result.others:
        sentences.append(f"Left {result.others} with another reason or id where they are.")
    if result.failed_again:
        sentences.append(f"{result.failed_again} failed again at once and stay.")
    if result.has_more:
        sentences.append("There are more: run it again.")
    return " ".join(sentences)
