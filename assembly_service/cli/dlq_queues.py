"""What the `dlq` commands share: the choice of queues, and reading them."""

from collections.abc import Callable, Iterable
from typing import Any

import click
from rich.progress import Progress

from assembly_service.aws.clients import Clients
from assembly_service.cli.progress import add_task, progress_bar
from assembly_service.domain.product import HalfKind
from assembly_service.operations.dead_letters import (
    DeadLetter,
    DeadLetterQueue,
    NoDeadLetterQueue,
    find_dead_letter_queue,
)
from assembly_service.operations.inspection import Inspection, inspect
from assembly_service.settings.service import Settings

Command = Callable[..., Any]

queue_option = click.option(
    "--queue",
    "kind",
    type=click.Choice([kind.value for kind in HalfKind]),
    help="Only the dead letters of this queue.  [default: both]",
)


def limit_option(verb: str, default: int) -> Callable[[Command], Command]:
    """The option that limits how many messages are read."""
    return click.option(
        "--limit",
        type=click.IntRange(1, 100_000),
        default=default,
        show_default=True,
        metavar="N",
        help=f"{verb} at most N messages of each queue.",
    )


async def dead_letter_queues(
    settings: Settings, clients: Clients, kind: str | None
) -> list[DeadLetterQueue]:
    """Find the dead-letter queue of this kind of halves, or of both."""
    try:
        return [
            await find_dead_letter_queue(clients.sqs, each, url)
            for each, url in settings.queue_urls.items()
            if kind in {None, each.value}
        ]
    except NoDeadLetterQueue as error:
        without = "" if kind else f" To do without it, use --queue {error.kind.other}."
        raise click.ClickException(f"{error}{without}") from None


async def read_letters(
    queue: DeadLetterQueue,
    progress: Progress,
    *,
    most: int,
    enough: Callable[[DeadLetter], bool] = lambda _: False,
) -> Inspection:
    """Read up to `most` messages, or until one is `enough`, and show how far it is."""
    total = (await queue.size()).visible
    advance = add_task(progress, f"Reading {queue.kind} dead letters", total=total)
    return await inspect(queue, most=most, advance=advance, enough=enough)


async def find_letter(
    queues: Iterable[DeadLetterQueue], message_id: str, *, most: int
) -> tuple[DeadLetter | None, bool]:
    """Find a dead letter by the id it has, or had before, among up to `most` of each queue.

    Also returns whether a queue has more than these.
    """

    def wanted(letter: DeadLetter) -> bool:
        return message_id in {letter.message_id, letter.original_message_id}

    has_more = False
    with progress_bar() as progress:
        for queue in queues:
            found = await read_letters(queue, progress, most=most, enough=wanted)
            for letter in filter(wanted, found.letters):
                return letter, has_more
            has_more = has_more or found.has_more
    return None, has_more


def not_found(message_id: str, among: str = "") -> click.ClickException:
    """Return the error for a message that is not there."""
    return click.ClickException(
        f"Message {message_id} was not found{among}. "
        "A message that another consumer has just received is hidden for a while."
    )
