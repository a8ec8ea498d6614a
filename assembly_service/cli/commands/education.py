"""`assembly-service education`: repairs on education records."""

import asyncio

import click

from assembly_service.cli.dynamodb import open_dynamodb
from assembly_service.cli.environment import load
from assembly_service.cli.failures import told_in_a_sentence
from assembly_service.cli.progress import progress_bar
from assembly_service.cli.wording import counted
from assembly_service.drafts.education.recategorisation import Recategorisation, RunCounts
from assembly_service.drafts.education.reference import Reference
from assembly_service.drafts.engine.identifiers import operation_id
from assembly_service.runtime.clock import wall_clock
from assembly_service.settings.service import DraftTablesSettings

_ACTOR = "operator"


@click.group()
def education() -> None:
    """Work on the education records that were created."""


@education.command()
@click.option("--dry-run", is_flag=True, help="Only say which categories would move.")
def recategorize(dry_run: bool) -> None:
    """Move the categories on whose time has come: student, new graduate, graduate.

    Running instances do so once a day after 02:00 in Toronto. Running it again changes nothing
    more. The events are published by running instances.
    """
    settings = load(DraftTablesSettings)
    with told_in_a_sentence("move the categories on"):
        moved = asyncio.run(_recategorize(settings, dry_run=dry_run))
    click.echo(_summary(moved, dry_run=dry_run))


async def _recategorize(settings: DraftTablesSettings, *, dry_run: bool) -> RunCounts:
    table = settings.dynamodb_records_table
    async with open_dynamodb(settings) as dynamodb:
        work = Recategorisation(
            client=dynamodb,
            table=table,
            drafts_table=settings.dynamodb_drafts_table,
            reference=Reference(client=dynamodb, table=table, clock=wall_clock),
            clock=wall_clock,
            nudge=lambda _: None,
        )
        with progress_bar() as progress:
            task = progress.add_task("Looking at records", total=None)
            return await work.run(
                actor=_ACTOR,
                operation=operation_id("recategorize-education"),
                dry_run=dry_run,
                advance=lambda count: progress.advance(task, count),
            )


def _summary(moved: RunCounts, *, dry_run: bool) -> str:
    verb = "would move" if dry_run else "moved"
    checked = counted(moved.checked, "record")
    lines = [f"Checked {checked}: {moved.moved.total()} {verb}, {moved.unreadable} unreadable."]
    lines += [
        f"{before.name} to {after.name}: {number}"
        for (before, after), number in sorted(moved.moved.items())
    ]
    if moved.unreadable:
        lines.append("The warnings above name the records that were left alone, and why.")
    return "\n".join(lines)
