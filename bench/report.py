"""Shows figures as a table and stores them as lines of JSON."""

import json
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.table import Table

from bench.figure import Figure

LATEST = Path(__file__).parents[1] / "docs" / "figures.jsonl"
"""The figures on which the documents rest."""
QUICK = Path(__file__).parent / "results" / "quick.jsonl"

Measured = Mapping[str, Sequence[Figure]]
"""The figures by the name of the module that measured them."""


def table(measured: Measured) -> Table:
    """Make a table with a line for each figure and those of its peers."""
    shown = Table(title="Lower is better")
    for column in ("row", "target", "figure", "peers", ""):
        shown.add_column(column, justify="left" if column in {"row", "peers", ""} else "right")
    for figure in (each for figures in measured.values() for each in figures):
        shown.add_row(
            figure.row,
            f"{_number(figure.target)} {figure.unit}",
            f"{_number(figure.measured)} {figure.unit}",
            ", ".join(f"{name} {_number(value)}" for name, value in figure.peers.items()),
            "[green]pass[/]" if figure.met else "[red]short[/]",
        )
    return shown


def skipped(measured: Measured) -> list[str]:
    """One sentence for each peer that was not measured."""
    figures = [each for figures in measured.values() for each in figures]
    return list({f"{name}: {why}": None for each in figures for name, why in each.skipped.items()})


def keep(measured: Measured, path: Path) -> None:
    """Write a line for every figure, replacing older lines of the same modules."""
    path.parent.mkdir(exist_ok=True)
    older = [line for line in read(path) if line["module"] not in measured]
    circumstances = _circumstances()
    newer = [
        {"module": module, **asdict(figure), "met": figure.met, **circumstances}
        for module, figures in measured.items()
        for figure in figures
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in _merged(older, newer)))


def read(path: Path) -> list[dict[str, object]]:
    """Read the stored lines."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


def _merged(
    older: Iterable[dict[str, object]], newer: Iterable[dict[str, object]]
) -> list[dict[str, object]]:
    return sorted([*older, *newer], key=lambda line: str(line["module"]))


def _circumstances() -> dict[str, object]:
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "commit": _commit(),
    }


def _commit() -> str | None:
    """The commit that is checked out, with `-dirty` if files differ from it."""
    command = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    try:
        done = subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def _number(value: float) -> str:
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"
