"""`assembly-service validate`: says which events the service would refuse, and why."""

from pathlib import Path

import click

from assembly_service.cli.event_files import STANDARD_INPUT, lines_of, read_text
from assembly_service.cli.verdicts import judge
from assembly_service.cli.wording import counted
from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import NotJson
from assembly_service.runtime.terminal import one_line


@click.command()
@click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
)
def validate(file: Path) -> None:
    """Say what the service would do with the events in a file.

    A - reads standard input. Each line is an event, an SNS envelope, or {queue, body}. A file may
    also hold a single event over several lines. Nothing is sent, and no AWS is needed. Fails if an
    event would be refused.
    """
    events = _events(file)
    refused = 0
    total = counted(len(events), "event")
    for origin, text in events:
        verdict = judge(text)
        refused += not verdict.is_valid
        click.echo(one_line(f"{origin}: {verdict.sentence}"))
        for mistake in verdict.mistakes:
            click.echo(one_line(f"  {mistake}"))
    if not events:
        raise click.ClickException(f"{file} has no events.")
    if refused:
        raise click.ClickException(f"{refused} of {total} would be refused.")
    click.echo(f"{counted(len(events), 'event is', 'events are')} valid.")


def _events(file: Path) -> list[tuple[str, str]]:
    """Return the events of a file, each after its origin."""
    text = read_text(file)
    source = "standard input" if file == STANDARD_INPUT else str(file)
    lines = lines_of(text, source)
    return [(source, text)] if len(lines) > 1 and _is_json(text) else lines


def _is_json(text: str) -> bool:
    try:
        exact_json.loads(text)
    except NotJson:
        return False
    return True
