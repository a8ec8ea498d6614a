"""`assembly-service dlq redrive`: puts dead letters back into their source queue."""

import sys
from collections.abc import Sequence

import click

from assembly_service.aws.clients import Clients
from assembly_service.cli.dlq_queues import REASONS, dead_letter_queues, queue_option
from assembly_service.cli.progress import progress_bar
from assembly_service.cli.session import connected
from assembly_service.cli.wording import counted
from assembly_service.operations.dead_letters import DeadLetterQueue
from assembly_service.operations.inspection import inspect
from assembly_service.operations.move_task import MoveFailed, move_all
from assembly_service.operations.redriving import Redrive, Redriven
from assembly_service.settings.service import Settings

_MOST_IN_A_DRY_RUN = 10_000


@click.command()
@click.option("--reason", type=click.Choice(REASONS), help="Only messages with this reason.")
@queue_option
@click.option("--dry-run", is_flag=True, help="Count what would be put back, and leave it there.")
@click.option("--yes", is_flag=True, help="Do not ask. Without a terminal nobody is asked.")
def redrive(reason: str | None, kind: str | None, dry_run: bool, yes: bool) -> None:
    """Put dead letters back into their source queue.

    Each is sent with the body and the attributes that its worker gave it, and only then deleted:
    if this is interrupted a message may come twice, but none is lost. Each is handled once in a
    run; what fails again stays in the dead-letter queue. Where SQS can move a whole queue by
    itself and no --reason is given, it is asked to.
    """

    async def work(settings: Settings, clients: Clients) -> None:
        queues = await dead_letter_queues(settings, clients, kind)
        if dry_run:
            for queue in queues:
                await _count(queue, reason)
            return
        complaints: list[str] = []
        for queue in queues:
            complaints += await _redrive(queue, reason, (await queue.size()).visible)
        if complaints:
            raise click.ClickException("\n".join(complaints))

    async def question(settings: Settings, clients: Clients) -> str:
        return await _question(await dead_letter_queues(settings, clients, kind), reason)

    if not yes and not dry_run and sys.stdin.isatty():
        # Not asked within the event loop, which would keep the first Ctrl-C to itself.
        click.confirm(connected("count the messages", question), abort=True, err=True)
    connected("put the messages back", work)


async def _question(queues: Sequence[DeadLetterQueue], reason: str | None) -> str:
    which = f"the messages with reason {reason}" if reason else "all messages"
    of = "of " if reason else ""
    places = [
        f"{queue.source_name} ({of}about {(await queue.size()).visible} dead letters)"
        for queue in queues
    ]
    return f"Put {which} back into {' and '.join(places)}?"


async def _count(queue: DeadLetterQueue, reason: str | None) -> None:
    with progress_bar() as progress:
        task = progress.add_task(f"Reading {queue.kind}", total=(await queue.size()).visible)
        seen = await inspect(
            queue,
            most=_MOST_IN_A_DRY_RUN,
            advance=lambda count: progress.advance(task, count),
        )
    count = len(seen.of_reason(reason))
    at_least = "at least " if seen.has_more else ""
    click.echo(f"Would put back {at_least}{counted(count, 'message')} to {queue.source_name}.")


async def _redrive(queue: DeadLetterQueue, reason: str | None, size: int) -> list[str]:
    """Returns sentences about what did not go well."""
    # The size is only about right. Twice of it cuts off nothing but an endless stream.
    most = 2 * size + 100
    with progress_bar() as progress:
        task = progress.add_task(f"Putting back {queue.kind}", total=size)

        def advance(count: int) -> None:
            progress.advance(task, count)

        try:
            moved = await move_all(queue, most=most, advance=advance) if not reason else None
        except MoveFailed as error:
            return [str(error)]
        run = Redrive(queue=queue, reason=reason, most=most, advance=advance)
        try:
            if moved is None:
                await run.run()
        finally:
            progress.stop()
            click.echo(_summary(run.result, queue, moved))
    return _complaints(run.result, queue)


def _summary(result: Redriven, queue: DeadLetterQueue, moved: int | None) -> str:
    if moved is not None:
        return f"SQS has put back about {counted(moved, 'message')} to {queue.source_name}."
    sentences = [f"Put back {counted(result.put_back, 'message')} to {queue.source_name}."]
    if result.other_reason:
        sentences.append(f"Left {result.other_reason} with another reason where they are.")
    if result.failed_again:
        sentences.append(f"{result.failed_again} failed again at once and stay.")
    if result.has_more:
        sentences.append("There are more: run it again.")
    return " ".join(sentences)


def _complaints(result: Redriven, queue: DeadLetterQueue) -> list[str]:
    if not result.undeleted:
        return result.refused
    return [
        *result.refused,
        f"{counted(result.undeleted, 'message was', 'messages were')} put back but could not be "
        f"deleted from {queue.name}. Putting them back a second time does no harm.",
    ]
