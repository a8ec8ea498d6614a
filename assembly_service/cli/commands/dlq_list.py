"""`assembly-service dlq list`: what lies in the dead-letter queues, by reason."""

import asyncio
import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import click
from rich.progress import Progress

from assembly_service.aws.clients import Clients
from assembly_service.cli.dlq_queues import dead_letter_queues, queue_option
from assembly_service.cli.progress import progress_bar
from assembly_service.cli.session import connected
from assembly_service.cli.tables import print_table
from assembly_service.cli.times import readable
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.operations.dead_letters import DeadLetter, DeadLetterQueue
from assembly_service.operations.inspection import Inspection, inspect
from assembly_service.runtime.terminal import one_line
from assembly_service.settings.service import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    queue: DeadLetterQueue
    inspection: Inspection
    in_flight: int

    def by_reason(self) -> dict[str, list[DeadLetter]]:
        """The letters of each reason, oldest first."""
        groups: defaultdict[str, list[DeadLetter]] = defaultdict(list)
        for letter in sorted(self.inspection.letters, key=lambda letter: letter.sent_at):
            groups[letter.reason].append(letter)
        return dict(sorted(groups.items()))


@click.command("list")
@queue_option
@click.option(
    "--limit",
    type=click.IntRange(1, 100_000),
    default=1000,
    show_default=True,
    metavar="N",
    help="Read at most so many messages of each queue.",
)
@click.option("--json", "raw", is_flag=True, help="Print JSON, with the ids of all messages.")
def list_letters(kind: str | None, limit: int, raw: bool) -> None:
    """Count the dead letters by reason.

    Looking moves nothing: the messages can be received by everyone again as soon as it is done.
    It does raise their receive counts, which do not matter there. Times are UTC.
    """

    async def work(settings: Settings, clients: Clients) -> list[_Found]:
        queues = await dead_letter_queues(settings, clients, kind)
        with progress_bar() as progress:
            return await asyncio.gather(*(_find(queue, limit, progress) for queue in queues))

    found = connected("look into the dead-letter queues", work)
    if raw:
        whole = {"queues": [_as_json(each) for each in found]}
        click.echo(one_line(json.dumps(whole, ensure_ascii=False)))
        return
    for each in found:
        _print(each)


async def _find(queue: DeadLetterQueue, limit: int, progress: Progress) -> _Found:
    size = await queue.size()
    task = progress.add_task(f"Reading {queue.kind} dead letters", total=size.visible)
    seen = await inspect(queue, most=limit, advance=lambda count: progress.advance(task, count))
    return _Found(queue=queue, inspection=seen, in_flight=size.in_flight)


def _print(found: _Found) -> None:
    count = len(found.inspection.letters)
    title = f"{found.queue.kind}: {count} in {found.queue.name}"
    rows = [_row(reason, letters) for reason, letters in found.by_reason().items()]
    if rows:
        columns = ["Reason", "Messages", "Oldest", "Newest", "Id of the newest"]
        print_table(title=title, columns=columns, rows=rows)
    else:
        click.echo(f"{title}.")
    if found.inspection.has_more:
        click.echo(f"There are more: only {count} were read; raise --limit to see them.")
    if found.in_flight:
        click.echo(
            f"About {found.in_flight} more are hidden, because somebody has received them just now."
        )


def _row(reason: str, letters: list[DeadLetter]) -> list[str]:
    oldest, newest = letters[0], letters[-1]
    times = readable(oldest.sent_at), readable(newest.sent_at)
    return [reason, str(len(letters)), *times, newest.message_id]


def _as_json(found: _Found) -> dict[str, Any]:
    return {
        "queue": found.queue.kind.value,
        "name": found.queue.name,
        "messages": len(found.inspection.letters),
        "more": found.inspection.has_more,
        "hidden": found.in_flight,
        "reasons": {
            reason: {
                "messages": len(letters),
                "oldest": format_milliseconds(letters[0].sent_at),
                "newest": format_milliseconds(letters[-1].sent_at),
                "message_ids": [letter.message_id for letter in letters],
            }
            for reason, letters in found.by_reason().items()
        },
    }
