"""Warns of lines that can never become a product."""

from collections.abc import Sequence

import click

from assembly_service.cli.event_files import EventLine
from assembly_service.domain.intake import Rejected, half_of, read_body
from assembly_service.runtime.terminal import one_line


def warn_of_unfit(messages: Sequence[EventLine]) -> None:
    """Print a warning if any of a file's lines can only end as dead letters."""
    unfit = [(message, error) for message in messages if (error := _mistake(message))]
    if not unfit:
        return
    first, error = unfit[0]
    click.echo(
        f"{len(unfit)} of {len(messages)} {first.kind} lines can only end as dead letters, the "
        f"first of them {first.origin}: {one_line(error.detail.rstrip('.'))}.",
        err=True,
    )


def _mistake(message: EventLine) -> Rejected | None:
    try:
        half_of(read_body(message.body).event, message.kind)
    except Rejected as error:
        return error
    return None
