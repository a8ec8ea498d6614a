"""`assembly-service education`: repairs education records."""

from functools import partial
from typing import Any

import click

from assembly_service.cli.progress import add_task, progress_bar
from assembly_service.cli.session import run_with_dynamodb
from assembly_service.cli.wording import counted
from assembly_service.drafts.education.recategorisation import Recategorisation, RunCounts
from assembly_service.drafts.education.reference import Reference
from assembly_service.drafts.engine.identifiers import operation_id
from assembly_service.runtime.clock import wall_clock
from assembly_service.settings.service import DraftTablesSettings

_ACTOR = "operator"


@click.group()
def education() -> None:
    """Repair education records."""


@education.command()
@click.option("--dry-run", is_flag=True, help="Only say which categories would change.")
def recategorise(dry_run: bool) -> None:
    """Update the categories that are due to change.

    They go from student to new graduate to graduate. Running instances do this once a day after
    02:00 in Toronto, and publish the events. Running it twice changes nothing more.
    """
    work = partial(_recategorise, dry_run=dry_run)
    moved = run_with_dynamodb(DraftTablesSettings, "update the categories", work)
    click.echo(_summary(moved, dry_run=dry_run))


async def _recategorise(
    settings: DraftTablesSettings, dynamodb: Any, *, dry_run: bool
) -> RunCounts:
    table = settings.dynamodb_records_table
    work = Recategorisation(
        client=dynamodb,
        table=table,
        drafts_table=settings.dynamodb_drafts_table,
        reference=Reference(client=dynamodb, table=table, clock=wall_clock),
        clock=wall_clock,
        nudge=lambda _: None,
    )
    with progress_bar() as progress:
        return await work.run(
            actor=_ACTOR,
            operation=operation_id("recategorise-education"),
            dry_run=dry_run,
            advance=add_task(progress, "Checking records", total=None),
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
        lines.append("The warnings above say which records were left alone, and why.")
    return "\n".join(lines)
