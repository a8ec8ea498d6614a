"""`python -m bench [ROW...]` measures rows of the table and reports which targets are met."""

import asyncio
import signal
import sys
from importlib import import_module
from pathlib import Path

import click
from rich.console import Console

from assembly_service.local_aws.local_engine import EngineNotStarted
from bench.errors import BenchFailed
from bench.figure import Figure
from bench.picture import PICTURE, draw
from bench.report import LATEST, QUICK, keep, read, skipped, table

ROWS = (
    "product",
    "aws_call",
    "loop_lag",
    "caption_first",
    "capacity",
    "fan_out",
    "connections",
    "memory",
    "arrivals",
    "stock_clients",
    "heartbeat",
    "listing",
    "first_loads",
    "returns",
    "pollers",
    "growth",
    "delivery",
    "draft",
    "registration",
    "abuse",
    "auto_save",
    "hot_seller",
)
ONLY_BY_NAME = frozenset({"hot_seller"})
"""Rows that take half an hour, so they run only when named."""


@click.command()
@click.argument("rows", nargs=-1, type=click.Choice(ROWS), metavar="[ROW]...")
@click.option("--quick", is_flag=True, help="Tiny counts: only shows that the benches work.")
@click.option(
    "--results",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where to write the figures, as lines of JSON.",
)
def main(rows: tuple[str, ...], quick: bool, results: Path | None) -> None:
    """Measure the named rows, or all but the longest, one after another."""
    if not Path("/proc/self/stat").exists():
        raise click.ClickException("The benches read CPU times from /proc: run them on Linux.")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console()
    measured: dict[str, list[Figure]] = {}
    failed = False
    for name in rows or [each for each in ROWS if each not in ONLY_BY_NAME]:
        try:
            with console.status(f"Measuring {name} ..."):
                measured[name] = asyncio.run(_measure(name, quick))
        except (BenchFailed, EngineNotStarted) as error:
            failed = True
            click.echo(f"{name} was not measured: {error}", err=True)
        else:
            console.print(f"Measured {name}.")
    path = results or (QUICK if quick else LATEST)
    keep(measured, path)
    console.print(table(measured))
    for sentence in skipped(measured):
        console.print(sentence)
    console.print(f"Details are in {path}.", soft_wrap=True)
    if path == LATEST and (drawn := draw(read(path))):
        PICTURE.write_text(drawn, encoding="utf-8")
        console.print(f"The picture is {PICTURE}.", soft_wrap=True)
    sys.exit(failed)


async def _measure(name: str, quick: bool) -> list[Figure]:
    figures: list[Figure] = await import_module(f"bench.rows.{name}").measure(quick)
    return figures


if __name__ == "__main__":
    main()
