"""`assembly-service reference`: loads and shows accounts and membership years."""

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from assembly_service.cli.event_files import numbered_lines
from assembly_service.cli.progress import add_task, progress_bar
from assembly_service.cli.session import run_with_dynamodb
from assembly_service.cli.tables import print_table
from assembly_service.cli.wording import counted
from assembly_service.drafts.education.category import current_membership_end
from assembly_service.drafts.education.reference import rows_of
from assembly_service.drafts.education.reference_items import (
    ACCOUNTS,
    MEMBERSHIP_YEARS,
    Account,
    AnyItem,
    MembershipYearItem,
    UnreadableItem,
    from_row,
    read_lines,
)
from assembly_service.drafts.education.reference_loading import Difference, difference, write
from assembly_service.runtime.terminal import one_line
from assembly_service.settings.service import RecordsTableSettings

_File = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def reference() -> None:
    """Load and show the reference data of educations.

    It consists of accounts and membership years.
    """


@reference.command()
@click.argument("file", type=_File)
@click.option("--dry-run", is_flag=True, help="Only say what would be loaded.")
def load(file: Path, dry_run: bool) -> None:
    """Load the lines of FILE, each a JSON object, into the records table.

    \b
    {"kind": "account", "organization": ..., "accountId": UUID, "businessId": ...,
     "users": [the Owners who may link it]}
    {"kind": "membershipYear", "organization": ..., "id": ..., "year": 2027,
     "yearEnds": "2027-12-31", "status": "ACTIVE" or "INACTIVE"}

    If any line is wrong, nothing is loaded. Loading a file again changes nothing. Running instances
    see the changes within five minutes.
    """
    lines = read_lines(numbered_lines(file))
    if lines.mistakes:
        for mistake in lines.mistakes:
            click.echo(one_line(mistake), err=True)
        wrong = counted(len(lines.mistakes), "line is", "lines are")
        raise click.ClickException(f"{wrong} wrong: nothing was loaded.")
    work = partial(_load, items=lines.items, dry_run=dry_run)
    found = run_with_dynamodb(RecordsTableSettings, "load the reference data", work)
    done = "Would load" if dry_run else "Loaded"
    click.echo(
        f"{done} {len(found.rows)} of {counted(len(lines.items), 'item')}: {len(found.new)} new, "
        f"{len(found.changed)} changed, {found.same} unchanged."
    )


async def _load(
    settings: RecordsTableSettings, dynamodb: Any, *, items: Sequence[AnyItem], dry_run: bool
) -> Difference:
    table = settings.dynamodb_records_table
    found = await difference(dynamodb, table, items)
    if not dry_run:
        with progress_bar() as progress:
            advance = add_task(progress, "Loading", total=len(found.rows))
            await write(dynamodb, table, found.rows, advance)
    return found


@reference.command()
def show() -> None:
    """Print the accounts and membership years in the records table."""
    items = run_with_dynamodb(RecordsTableSettings, "read the reference data", _items)
    accounts = [item for item in items if isinstance(item, Account)]
    years = [item for item in items if isinstance(item, MembershipYearItem)]
    if not items:
        click.echo("There is no reference data: load some with `assembly-service reference load`.")
        return
    print_table(
        title="Accounts",
        columns=["organization", "account", "business id", "users"],
        rows=[
            [each.organization, each.account_id, each.business_id, ", ".join(each.users)]
            for each in accounts
        ],
    )
    print_table(
        title="Membership years",
        columns=["organization", "id", "year", "ends", "status"],
        rows=[
            [each.organization, each.id, str(each.year), str(each.year_ends), each.status]
            for each in years
        ],
    )
    for organization in dict.fromkeys(each.organization for each in years):
        click.echo(f"{one_line(organization)}: {_current(organization, years)}")


async def _items(settings: RecordsTableSettings, dynamodb: Any) -> list[AnyItem]:
    rows = [
        row
        for partition in (ACCOUNTS, MEMBERSHIP_YEARS)
        for row in await rows_of(dynamodb, settings.dynamodb_records_table, partition)
    ]
    items = []
    for row in rows:
        try:
            items.append(from_row(row))
        except UnreadableItem as error:
            click.echo(one_line(str(error)), err=True)
    return items


def _current(organization: str, years: Iterable[MembershipYearItem]) -> str:
    end = current_membership_end(each for each in years if each.organization == organization)
    return f"the membership year ends on {end}" if end else "no active membership year"
