"""`assembly-service dlq list`: counts the dead letters by reason, or lists them one by one."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click
from rich.progress import Progress

from assembly_service.aws.clients import Clients
from assembly_service.cli.dlq_queues import (
    dead_letter_queues,
    limit_option,
    queue_option,
    read_letters,
)
from assembly_service.cli.progress import progress_bar
from assembly_service.cli.session import run_with_clients
from assembly_service.cli.tables import print_table
from assembly_service.cli.wording import readable_time
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.operations.dead_letters import DeadLetter, DeadLetterQueue
from assembly_service.operations.inspection import Inspection
from assembly_service.operations.video_letters import letter_as_json, names_of
from assembly_service.runtime.terminal import one_line
from assembly_service.settings.service import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    queue: DeadLetterQueue
    inspection: Inspection
    hidden: int

    def by_reason(self) -> dict[str, list[DeadLetter]]:
        """Group the letters by reason, oldest first."""
        groups: defaultdict[str, list[DeadLetter]] = defaultdict(list)
        for letter in sorted(self.inspection.letters, key=lambda letter: letter.sent_at):
            groups[letter.reason].append(letter)
        return dict(sorted(groups.items()))


@click.command("list")
@queue_option
@limit_option("Read", 1000)
@click.option("--messages", is_flag=True, help="List each message, newest first.")
@click.option(
    "--json",
    "raw",
    is_flag=True,
    help="Print JSON with the ids of all messages; with --messages, a line with the body of each.",
)
def list_letters(kind: str | None, limit: int, messages: bool, raw: bool) -> None:
    """Count the dead letters by reason, or list each.

    The messages stay where they are and can be received again as soon as this is done. Times are
    UTC: when a message was quarantined or, if SQS moved it, sent.
    """

    async def work(settings: Settings, clients: Clients) -> list[_Found]:
        queues = await dead_letter_queues(settings, clients, kind)
        with progress_bar() as progress:
            return await asyncio.gather(*(_find(queue, limit, progress) for queue in queues))

    found = run_with_clients("read the dead-letter queues", work)
    if messages:
        _print_messages(found, raw=raw)
    elif raw:
        _print_json({"queues": [_as_json(each) for each in found]})
    else:
        for each in found:
            _print_reasons(each)
            _print_unread(each)


async def _find(queue: DeadLetterQueue, limit: int, progress: Progress) -> _Found:
    # Asked first: afterwards the messages read here would count as in flight.
    hidden = (await queue.size()).hidden
    inspection = await read_letters(queue, progress, most=limit)
    return _Found(queue=queue, inspection=inspection, hidden=hidden)


def _print_messages(found: Sequence[_Found], *, raw: bool) -> None:
    every = (letter for each in found for letter in each.inspection.letters)
    letters = sorted(every, key=lambda letter: letter.sent_at, reverse=True)
    if raw:
        for letter in letters:
            _print_json(letter_as_json(letter))
    elif letters:
        columns = ["Message id", "Queue", "Reason", "Seller", "Video", "Since"]
        rows = list(map(_message_row, letters))
        print_table(title="Dead letters", columns=columns, rows=rows, folded=False)
    else:
        click.echo("There are no dead letters.")
    for each in found:
        _print_unread(each, err=raw)


def _message_row(letter: DeadLetter) -> list[str]:
    seller, video = names_of(letter)
    since = readable_time(letter.sent_at)
    queue = letter.queue.value
    return [letter.message_id, queue, letter.reason, seller or "-", video or "-", since]


def _print_json(value: dict[str, Any]) -> None:
    click.echo(one_line(json.dumps(value, ensure_ascii=False)))


def _print_reasons(found: _Found) -> None:
    count = len(found.inspection.letters)
    title = f"{found.queue.kind}: {count} in {found.queue.name}"
    rows = [_row(reason, letters) for reason, letters in found.by_reason().items()]
    if rows:
        columns = ["Reason", "Messages", "Oldest", "Newest", "Id of the newest"]
        print_table(title=title, columns=columns, rows=rows)
    else:
        click.echo(f"{title}.")


def _print_unread(found: _Found, *, err: bool = False) -> None:
    count, name = len(found.inspection.letters), found.queue.name
    if found.inspection.has_more:
        click.echo(
            f"There are more in {name}: only {count} were read; raise --limit to see them.", err=err
        )
    if found.hidden:
        click.echo(
            f"About {found.hidden} more are hidden in {name}: another consumer has received them.",
            err=err,
        )


def _row(reason: str, letters: list[DeadLetter]) -> list[str]:
    oldest, newest = letters[0], letters[-1]
    times = readable_time(oldest.sent_at), readable_time(newest.sent_at)
    return [reason, str(len(letters)), *times, newest.message_id]


def _as_json(found: _Found) -> dict[str, Any]:
    return {
        "queue": found.queue.kind.value,
        "name": found.queue.name,
        "messages": len(found.inspection.letters),
        "more": found.inspection.has_more,
        "hidden": found.hidden,
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
