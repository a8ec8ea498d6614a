"""`python -m bench [ROW...] [--quick]`: measures the rows and says which targets are met."""

import asyncio
import pkgutil
import signal
import sys
from importlib import import_module
from pathlib import Path

import click
from rich.console import Console

import bench.rows
from assembly_service.local_aws.engine import EngineError
from bench.errors import BenchError
from bench.figure import Figure
from bench.report import keep, skipped, table

ROWS = sorted(module.name for module in pkgutil.iter_modules(bench.rows.__path__))
_RESULTS = Path(__file__).parent / "results"


@click.command()
@click.argument("rows", nargs=-1, type=click.Choice(ROWS), metavar="[ROW]...")
@click.option("--quick", is_flag=True, help="Tiny counts: shows that the benches work, no more.")
def main(rows: tuple[str, ...], quick: bool) -> None:
    """Measure all rows of the table, or those named, one after the other."""
    if not Path("/proc/self/stat").exists():
        raise click.ClickException("The benches read CPU times from /proc: run them on Linux.")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console()
    measured: dict[str, list[Figure]] = {}
    failed = False
    for name in rows or ROWS:
        try:
            with console.status(f"Measuring {name} ..."):
                measured[name] = asyncio.run(_measure(name, quick))
        except (BenchError, EngineError) as error:
            failed = True
            click.echo(f"{name} was not measured: {error}", err=True)
        else:
            console.print(f"Measured {name}.")
    path = _RESULTS / ("quick.jsonl" if quick else "latest.jsonl")
    keep(measured, path)
    console.print(table(measured))
    for sentence in skipped(measured):
        console.print(sentence)
    console.print(f"Details are in {path}.", soft_wrap=True)
    sys.exit(failed)


async def _measure(name: str, quick: bool) -> list[Figure]:
    figures: list[Figure] = await import_module(f"bench.rows.{name}").measure(quick)
    return figures


if __name__ == "__main__":
    main()
