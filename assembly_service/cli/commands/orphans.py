"""`assembly-service orphans`: lists the halves that wait for their other half."""

import json
from collections import Counter

import click

from assembly_service.aws.clients import Clients
from assembly_service.cli.progress import add_task, progress_bar
from assembly_service.cli.session import run_with_clients
from assembly_service.cli.tables import print_table
from assembly_service.cli.wording import readable_time
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.operations.waiting_halves import WaitingHalf, WaitingState, waiting_halves
from assembly_service.pipeline.creation import assembly_tables
from assembly_service.runtime.clock import wall_clock
from assembly_service.runtime.terminal import one_line
from assembly_service.settings.service import Settings


@click.command()
@click.option(
    "--all", "everything", is_flag=True, help="Include halves that wait for less than a minute."
)
@click.option("--json", "raw", is_flag=True, help="Print each half as a line of JSON.")
def orphans(everything: bool, raw: bool) -> None:
    """List the halves that wait for their other half, longest first.

    The other half usually comes within seconds, so halves that wait for less than a minute are left
    out without --all. The last column says until when a half is sure to pair. After that it has
    expired, and clean-up names it as an orphan in log and metrics; it still pairs with a half that
    was sent in time. Clean-up also removes what is left over beside a finished product. Times are
    UTC.
    """

    async def work(settings: Settings, clients: Clients) -> list[WaitingHalf]:
        tables = assembly_tables(settings, clients.dynamodb)
        halves: list[WaitingHalf] = []
        with progress_bar() as progress:
            advance = add_task(progress, "Reading the staging table", total=None)
            async for page in waiting_halves(tables, clock=wall_clock):
                halves += page
                advance(len(page))
        return sorted(halves, key=lambda half: half.since)

    halves = run_with_clients("read the tables", work)
    listed = [half for half in halves if everything or half.overdue]
    if raw:
        for half in listed:
            click.echo(one_line(json.dumps(_as_json(half), ensure_ascii=False)))
        return
    if listed:
        _print(listed)
    click.echo(_summary(listed, unlisted=len(halves) - len(listed)))


def _print(halves: list[WaitingHalf]) -> None:
    print_table(
        title="Halves that wait",
        columns=["Seller", "Video", "Waits for", "State", "Since", "Until"],
        rows=[
            [
                half.key.seller_handle,
                half.key.video_id,
                half.missing.value,
                _state(half),
                readable_time(half.since),
                readable_time(half.until),
            ]
            for half in halves
        ],
    )


def _state(half: WaitingHalf) -> str:
    match half.state:
        case WaitingState.ORPHANED if half.named_at is not None:
            return f"orphan, named {readable_time(half.named_at)}"
        case WaitingState.EXPIRED:
            return "expired, not yet named"
        case WaitingState.LEFT_OVER:
            return "left over, the product is there"
        case state:
            return state.value


def _summary(halves: list[WaitingHalf], *, unlisted: int) -> str:
    waiting = Counter(
        half.missing.value for half in halves if half.state is not WaitingState.LEFT_OVER
    )
    parts = [f"{count} for their {missing}" for missing, count in sorted(waiting.items())]
    nothing = "No half waits for long." if unlisted else "No half waits."
    sentence = f"Waiting: {', '.join(parts)}." if parts else nothing
    if unlisted:
        sentence += f" {unlisted} more came within the last minute: --all lists them."
    return sentence


def _as_json(half: WaitingHalf) -> dict[str, str | None]:
    return {
        "seller_handle": half.key.seller_handle,
        "video_id": half.key.video_id,
        "missing": half.missing.value,
        "state": half.state.value,
        "since": format_milliseconds(half.since),
        "until": format_milliseconds(half.until),
        "named_at": None if half.named_at is None else format_milliseconds(half.named_at),
    }
