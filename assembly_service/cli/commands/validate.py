"""`assembly-service validate`: says which events the service would refuse, and why."""

from collections.abc import Iterable
from pathlib import Path

import click

from assembly_service.cli.event_files import STANDARD_INPUT, lines_of, read_text
from assembly_service.cli.json_lines import line_of, lines_by_location
from assembly_service.cli.verdicts import Verdict, judge
from assembly_service.cli.wording import counted
from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import NotJson
from assembly_service.runtime.terminal import one_line


@click.command()
@click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
)
@click.option("-q", "--quiet", is_flag=True, help="Only print what would be refused, and why.")
def validate(file: Path, quiet: bool) -> None:
    """Say what the service would do with the events in a file.

    A - reads standard input. Each line is an event, an SNS envelope, or {queue, body}. A file may
    also hold a single event over several lines. Nothing is sent, and no AWS is needed. Fails if an
    event would be refused.
    """
    events = _events(file)
    refused = 0
    for origin, text in events:
        verdict = judge(text)
        refused += not verdict.is_valid
        if verdict.is_valid and quiet:
            continue
        click.echo(one_line(f"{origin}: {verdict.sentence}"))
        for mistake in _mistakes(verdict, text):
            click.echo(one_line(f"  {mistake}"))
    if not events:
        raise click.ClickException(f"{file} has no events.")
    if refused:
        total = counted(len(events), "event")
        raise click.ClickException(f"{refused} of {total} would be refused.")
    if not quiet:
        click.echo(f"{counted(len(events), 'event is', 'events are')} valid.")


def _events(file: Path) -> list[tuple[str, str]]:
    """Return the events of a file, each after its origin."""
    text = read_text(file)
    source = "standard input" if file == STANDARD_INPUT else str(file)
    lines = lines_of(text, source)
    return [(source, text)] if len(lines) > 1 and _is_single(text) else lines


def _is_single(text: str) -> bool:
    """Whether a text of several lines is one event, or was meant to be."""
    return text.lstrip().split("\n")[0].strip() == "{" or _is_json(text)


def _mistakes(verdict: Verdict, text: str) -> Iterable[str]:
    """Return what is wrong, with the line of each broken field if the event has several lines."""
    if not verdict.broken or "\n" not in text:
        return verdict.mistakes
    lines = lines_by_location(text)
    return [f"line {line_of(each.location, lines)}: {each}" for each in verdict.broken]


def _is_json(text: str) -> bool:
    try:
        exact_json.loads(text)
    except NotJson:
        return False
    return True
