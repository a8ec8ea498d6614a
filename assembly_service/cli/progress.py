"""The progress bar of all commands."""

import sys
from collections.abc import Callable
from functools import partial

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Advance = Callable[[int], None]


def progress_bar() -> Progress:
    """A bar on standard error while the block runs. Without a terminal there is none."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        # FORCE_COLOR would make rich take a file for a terminal.
        disable=not sys.stderr.isatty(),
    )


def add_task(progress: Progress, description: str, *, total: int | None) -> Advance:
    """Add a line to the bar. Returns what moves it forward."""
    return partial(progress.advance, progress.add_task(description, total=total))
