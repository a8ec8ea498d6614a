"""`assembly-service dlq show`: prints one dead letter."""

import click

from assembly_service.aws.clients import Clients
from assembly_service.cli.dlq_queues import (
    dead_letter_queues,
    find_letter,
    limit_option,
    not_found,
    queue_option,
)
from assembly_service.cli.pretty_json import pretty
from assembly_service.cli.session import run_with_clients
from assembly_service.cli.wording import labelled
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.operations.dead_letters import DeadLetter
from assembly_service.runtime.terminal import one_line
from assembly_service.settings.service import Settings


@click.command()
@click.argument("message_id")
@queue_option
@limit_option("Search", 10_000)
def show(message_id: str, kind: str | None, limit: int) -> None:
    """Print a dead letter in full.

    MESSAGE_ID is its id in the dead-letter queue, as `dlq list` prints it, or the id it had before,
    as the logs name it. The message stays where it is.
    """

    async def work(settings: Settings, clients: Clients) -> DeadLetter:
        queues = await dead_letter_queues(settings, clients, kind)
        letter, has_more = await find_letter(queues, message_id, most=limit)
        if letter is None:
            among = f" among the first {limit} of a queue: raise --limit" if has_more else ""
            raise not_found(message_id, among)
        return letter

    click.echo(_text(run_with_clients("read the dead-letter queues", work)))


def _text(letter: DeadLetter) -> str:
    described = {
        "Message id": letter.message_id,
        "Reason": letter.reason,
        "Detail": letter.detail or "-",
        "Queue": letter.queue.value,
        "Source queue": letter.text("sourceQueue") or "-",
        "Original message id": letter.original_message_id,
        "Correlation id": letter.text("correlationId") or "-",
        "Sent": format_milliseconds(letter.sent_at),
    }
    others = {
        name: value.get("StringValue", "(binary)")
        for name, value in letter.own_attributes.items()
        if name != "correlationId"
    }
    return "\n".join([*map(one_line, labelled(described | others)), "", pretty(letter.body)])
