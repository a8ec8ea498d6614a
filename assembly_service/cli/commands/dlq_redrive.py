"""`assembly-service dlq redrive`: puts dead letters back into their source queue."""

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import click

from assembly_service.aws.clients import Clients
from assembly_service.cli.dlq_queues import (
    dead_letter_queues,
    find_letter,
    not_found,
    queue_option,
    read_letters,
)
from assembly_service.cli.progress import add_task, progress_bar
from assembly_service.cli.repairs import EditType, Repairs
from assembly_service.cli.session import run_with_clients
from assembly_service.cli.wording import counted
from assembly_service.operations.dead_letters import REASONS, DeadLetterQueue
from assembly_service.operations.move_task import MoveFailed, move_all
from assembly_service.operations.redriving import Redrive, Redriven, Selection
from assembly_service.operations.repairing import Edit
from assembly_service.settings.service import Settings

_MOST_READ = 10_000


@click.command()
@click.option("--reason", type=click.Choice(REASONS), help="Only messages with this reason.")
@queue_option
@click.option("--id", "message_id", help="Only the message with this id, as `dlq list` prints it.")
@click.option(
    "--set",
    "edits",
    type=EditType(),
    multiple=True,
    help="Repair the event first: a dotted path or a JSON pointer, and JSON or plain text.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be put back.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation; only a terminal is asked.")
def redrive(
    reason: str | None,
    kind: str | None,
    message_id: str | None,
    edits: tuple[Edit, ...],
    dry_run: bool,
    yes: bool,
) -> None:
    """Put dead letters back into their source queue.

    Each is sent with its original body and attributes before it is deleted: an interruption can
    send a message twice, but loses none. A run handles each message once; what fails again stays in
    the dead-letter queue. If no option selects messages, SQS moves the whole queue itself where it
    can.

    With --set the events are repaired on the way: only those that are then valid go back, and the
    old bodies are kept in a file that `send --raw` accepts. --set needs --id or --reason.
    """
    selection = Selection(reason, message_id)
    if edits and not selection:
        raise click.UsageError("--set changes messages: choose them with --id or --reason.")
    repairs = Repairs(edits, directory=Path.cwd()) if edits else None

    if message_id is not None and kind is None:
        kind = run_with_clients("find the message", partial(_queue_of, message_id))

    async def work(settings: Settings, clients: Clients) -> None:
        queues = await dead_letter_queues(settings, clients, kind)
        if dry_run:
            await _preview(queues, selection, repairs)
            return
        complaints: list[str] = []
        with repairs or nullcontext():
            for queue in queues:
                complaints += await _redrive(queue, selection, repairs)
        if complaints:
            raise click.ClickException("\n".join(complaints))

    async def question(settings: Settings, clients: Clients) -> str:
        queues = await dead_letter_queues(settings, clients, kind)
        if repairs is not None:
            await _preview(queues, selection, repairs)
        return await _question(queues, selection)

    if not yes and not dry_run and sys.stdin.isatty():
        # Not inside the event loop, which would swallow the first Ctrl-C.
        click.confirm(run_with_clients("count the messages", question), abort=True, err=True)
    run_with_clients("put the messages back", work)


async def _queue_of(message_id: str, settings: Settings, clients: Clients) -> str | None:
    """Name the queue that has the message; None if it may be in either, beyond what is read."""
    queues = await dead_letter_queues(settings, clients, None)
    letter, has_more = await find_letter(queues, message_id, most=_MOST_READ)
    if letter is not None:
        return letter.queue.value
    if has_more:
        return None
    raise not_found(message_id)


async def _question(queues: Sequence[DeadLetterQueue], selection: Selection) -> str:
    of = "of " if selection else ""
    places = [
        f"{queue.source_name} ({of}about {(await queue.size()).visible} dead letters)"
        for queue in queues
    ]
    return f"Put {selection} back into {' and '.join(places)}?"


async def _preview(
    queues: Sequence[DeadLetterQueue], selection: Selection, repairs: Repairs | None
) -> None:
    for queue in queues:
        with progress_bar() as progress:
            found = await read_letters(queue, progress, most=_MOST_READ)
        wanted = list(filter(selection, found.letters))
        count = len(wanted) if repairs is None else sum(map(repairs.would_repair, wanted))
        at_least = "at least " if found.has_more else ""
        click.echo(f"Would put back {at_least}{counted(count, 'message')} to {queue.source_name}.")


async def _redrive(
    queue: DeadLetterQueue, selection: Selection, repairs: Repairs | None
) -> list[str]:
    """Put back what one queue holds. Returns a sentence for each thing that went wrong."""
    size, hidden = await queue.size()
    if hidden:
        click.echo(
            f"Another reader of {queue.name} holds about {counted(hidden, 'dead letter')}, and "
            "what it holds cannot be put back: run this again in a few minutes.",
            err=True,
        )
    # The size is an estimate. Twice as many cuts off nothing but an endless stream.
    most = 2 * size + 100
    with progress_bar() as progress:
        advance = add_task(progress, f"Putting back {queue.kind}", total=size)
        moved = None
        if not selection and repairs is None:
            try:
                moved = await move_all(queue, most=most, advance=advance)
            except MoveFailed as error:
                return [str(error)]
        if moved is None:
            run = Redrive(
                queue=queue,
                most=most,
                advance=advance,
                wanted=selection,
                repair=repairs.repair if repairs else None,
                on_sent=repairs.log_sent if repairs else lambda _: None,
            )
            try:
                await run.run()
            finally:
                progress.stop()
                click.echo(_summary(run.result, queue))
            return run.result.complaints(queue.name)
    click.echo(f"SQS has put back about {counted(moved, 'message')} to {queue.source_name}.")
    return []


def _summary(result: Redriven, queue: DeadLetterQueue) -> str:
    sentences = [f"Put back {counted(result.put_back, 'message')} to {queue.source_name}."]
    if result.others:
        sentences.append(f"Left {result.others} with another reason or id where they are.")
    if result.failed_again:
        sentences.append(f"{result.failed_again} failed again at once and stay.")
    if result.has_more:
        sentences.append("There are more: run it again.")
    return " ".join(sentences)
