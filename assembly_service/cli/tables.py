"""Prints tables."""

import sys

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assembly_service.runtime.terminal import one_line

_WIDTH_ELSEWHERE = 200
"""Wide enough that no cell is wrapped when the output goes to a file or another program."""


def print_table(
    *, title: str, columns: list[str], rows: list[list[str]], folded: bool = True
) -> None:
    """Print the rows, with control characters in their texts escaped.

    At a terminal that is too narrow for a row its cells are folded, unless they are not to be.
    """
    table = Table(
        *columns, title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD
    )
    for row in rows:
        table.add_row(*(Text(one_line(cell)) for cell in row))
    is_folded = folded and sys.stdout.isatty()
    Console(width=None if is_folded else _WIDTH_ELSEWHERE).print(table)
