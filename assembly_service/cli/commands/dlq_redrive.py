"""`assembly-service dlq redrive`: puts dead letters back into their source queue."""

import sys
from functools import partial
from pathlib import Path

import click

from assembly_service.aws.clients import Clients
from assembly_service.cli.dlq_queues import (
    dead_letter_queues,
    find_letter,
    not_found,
    queue_option,
)
from assembly_service.cli.putting_back import MOST_READ, PuttingBack
from assembly_service.cli.repairs import EditType, Repairs
from assembly_service.cli.session import run_with_clients
from assembly_service.operations.dead_letters import REASONS
from assembly_service.operations.redriving import Selection
from assembly_service.operations.repairing import Edit
from assembly_service.settings.service import Settings


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
    if message_id is not None and kind is None:
        kind = run_with_clients("find the message", partial(_queue_of, message_id))
    repairs = Repairs(edits, directory=Path.cwd()) if edits else None
    putting_back = PuttingBack(selection=selection, repairs=repairs, kind=kind)
    if dry_run:
        run_with_clients("read the dead-letter queues", putting_back.preview)
        return
    if not yes and sys.stdin.isatty():
        # Not inside the event loop, which would swallow the first Ctrl-C.
        question = run_with_clients("count the messages", putting_back.question)
        click.confirm(question, abort=True, err=True)
    run_with_clients("put the messages back", putting_back.run)


async def _queue_of(message_id: str, settings: Settings, clients: Clients) -> str | None:
    """Name the queue that has the message; None if it may be in either, beyond what is read."""
    queues = await dead_letter_queues(settings, clients, None)
    letter, has_more = await find_letter(queues, message_id, most=MOST_READ)
    if letter is not None:
        return letter.queue.value
    if has_more:
        return None
    raise not_found(message_id)
