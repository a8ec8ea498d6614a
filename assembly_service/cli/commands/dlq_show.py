"""`assembly-service dlq show`: one dead letter in full."""

import click

from assembly_service.aws.clients import Clients
from assembly_service.cli.dlq_queues import dead_letter_queues, queue_option
from assembly_service.cli.pretty_json import pretty
from assembly_service.cli.progress import progress_bar
from assembly_service.cli.session import connected
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.operations.dead_letters import DeadLetter, DeadLetterQueue
from assembly_service.operations.inspection import inspect
from assembly_service.runtime.terminal import one_line
from assembly_service.settings.service import Settings


@click.command()
@click.argument("message_id")
@queue_option
@click.option(
    "--limit",
    type=click.IntRange(1, 100_000),
    default=10_000,
    show_default=True,
    metavar="N",
    help="Search at most so many messages of each queue.",
)
def show(message_id: str, kind: str | None, limit: int) -> None:
    """Print a dead letter in full.

    MESSAGE_ID is its id in the dead-letter queue, as `dlq list` prints it, or the one that it had
    before, as the logs name it. The message stays where it is.
    """

    async def work(settings: Settings, clients: Clients) -> DeadLetter:
        more = False
        for queue in await dead_letter_queues(settings, clients, kind):
            letter, unread = await _search(queue, message_id, limit)
            if letter is not None:
                return letter
            more = more or unread
        raise click.ClickException(
            f"Message {message_id} was not found"
            + (f" among the first {limit} of a queue: raise --limit." if more else ".")
            + " A message that somebody has just received is hidden for a while."
        )

    click.echo(_text(connected("look into the dead-letter queues", work)))


async def _search(
    queue: DeadLetterQueue, message_id: str, limit: int
) -> tuple[DeadLetter | None, bool]:
    def wanted(letter: DeadLetter) -> bool:
        return message_id in {letter.message_id, letter.original_message_id}

    size = await queue.size()
    with progress_bar() as progress:
        task = progress.add_task(f"Searching {queue.kind} dead letters", total=size.visible)
        seen = await inspect(
            queue,
            most=limit,
            advance=lambda count: progress.advance(task, count),
            enough=wanted,
        )
    return next(filter(wanted, seen.letters), None), seen.has_more


def _text(letter: DeadLetter) -> str:
    described = {
        "Message id": letter.message_id,
        "Reason": letter.reason,
        "Detail": letter.detail,
        "Queue": letter.queue.value,
        "Source queue": letter.text("sourceQueue"),
        "Original message id": letter.original_message_id,
        "Correlation id": letter.text("correlationId"),
        "Receive count": str(letter.receive_count),
        "Sent": format_milliseconds(letter.sent_at),
    }
    others = {
        name: value.get("StringValue", "(binary)")
        for name, value in letter.own_attributes.items()
        if name != "correlationId"
    }
    width = max(map(len, [*described, *others])) + 2
    lines = [f"{name + ':':<{width}}{value or '-'}" for name, value in described.items()]
    attributes = [f"{name + ':':<{width}}{value}" for name, value in others.items()]
    return "\n".join([*map(one_line, [*lines, *attributes]), "", pretty(letter.body)])
