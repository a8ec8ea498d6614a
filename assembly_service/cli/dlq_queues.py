"""Which dead-letter queues a command is about."""

import click

from assembly_service.aws.clients import Clients
from assembly_service.domain.intake import RejectionReason
from assembly_service.domain.product import HalfKind
from assembly_service.operations.dead_letters import (
    RECEIVE_COUNT_EXCEEDED,
    DeadLetterQueue,
    NoDeadLetterQueue,
    find_dead_letter_queue,
)
from assembly_service.settings.service import Settings

REASONS = [*(reason.value for reason in RejectionReason), RECEIVE_COUNT_EXCEEDED]

queue_option = click.option(
    "--queue",
    "kind",
    type=click.Choice([kind.value for kind in HalfKind]),
    help="Only the dead letters of this queue.  [default: both]",
)


async def dead_letter_queues(
    settings: Settings, clients: Clients, kind: str | None
) -> list[DeadLetterQueue]:
    """The dead-letter queue of that kind of halves, or of both."""
    urls = {
        HalfKind.CAPTION: settings.sqs_caption_analysis_queue_url,
        HalfKind.THUMBNAIL: settings.sqs_thumbnail_generation_queue_url,
    }
    try:
        return [
            await find_dead_letter_queue(clients.sqs, each, url)
            for each, url in urls.items()
            if kind in {None, each.value}
        ]
    except NoDeadLetterQueue as error:
        raise click.ClickException(str(error)) from None
