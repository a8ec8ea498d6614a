"""Writes the tables of the documents that rest on the stored figures.

`python -m bench.documents` writes what stands between the marks in those files.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import click

from bench.bill import Bound, Costs, Line, Load, Prices, bill, bounds
from bench.report import LATEST, read

_DOCS = Path(__file__).parents[1] / "docs"
DOCUMENTS = _DOCS / "performance.md", _DOCS / "scaling.md"
_MARKED = re.compile(r"(<!-- (\w+): computed by make figures -->\n).*?(<!-- end -->)", re.DOTALL)


def costs(figures: Sequence[Mapping[str, Any]]) -> Costs:
    """Read the costs from stored figures. Raises KeyError if one has not been measured."""

    def measured(row: str) -> float:
        value: float = _figure(figures, row)["measured"]
        return value

    beats = _figure(figures, "ping cycle")["details"]["assembly-service"]["microseconds"]
    return Costs(
        product=measured("a product, both queues full") / 1e3,
        calls=measured("AWS calls a product, caption 10 s before"),
        write_units=measured("DynamoDB write units"),
        read_units=measured("DynamoDB read units"),
        heartbeat=median(beats) / 1e6,
        arrival=measured("connect over WebSocket, then subscribe") / 1e3,
        connection_bytes=measured("memory a connection") * 1024,
        delivery=measured("delivery of a 3 KB event to one of 500 subscribers, compression") / 1e6,
        delivery_bytes=measured("a delivery of a 3 KB event, compression offered"),
        page_load=measured("list of 20, new connections") / 1e3,
        uncached_page=measured("listing 20 products, nothing cached") / 1e3,
        page_bytes=_figure(figures, "list of 20, new connections")["details"]["bytes"],
        stock_arrival=measured("a stock client connects") / 1e3,
    )


def _figure(figures: Sequence[Mapping[str, Any]], row: str) -> Mapping[str, Any]:
    for figure in figures:
        if row in str(figure["row"]):
            return figure
    raise KeyError(row)


def _rows(*cells: Sequence[str]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in cells)


def _bill_table(lines: Sequence[Line]) -> str:
    total = sum(line.dollars for line in lines)
    return _rows(
        ("What", "One costs", "In all", "Dollars a month", "Grows with"),
        ("---",) * 5,
        *(
            (line.what, line.each, line.amount, f"{line.dollars:,.0f}", line.grows_with)
            for line in lines
        ),
        ("**all**", "", "", f"**{total:,.0f}**", ""),
    )


def _bounds_table(lines: Sequence[Bound]) -> str:
    return _rows(
        ("What", "Has", "Is reached at"),
        ("---",) * 3,
        *((line.what, line.limit, line.reached) for line in lines),
    )


def _figures_table(figures: Sequence[Mapping[str, Any]]) -> str:
    return _rows(
        ("What", "Target", "Measured", "Peers"),
        ("---",) * 4,
        *(
            (
                str(each["row"]),
                f"{_number(each['target'])} {each['unit']}",
                _number(each["measured"]) if each["met"] else f"**{_number(each['measured'])}**",
                ", ".join(f"{name} {_number(value)}" for name, value in each["peers"].items()),
            )
            for each in figures
        ),
    )


def _number(value: float) -> str:
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"


def computed(document: str, figures: Sequence[Mapping[str, Any]]) -> str:
    """Return a document with its tables computed anew. Raises KeyError."""
    load, each = Load(), costs(figures)
    tables = {
        "figures": _figures_table(figures),
        "bill": _bill_table(bill(load, each, Prices())),
        "bounds": _bounds_table(bounds(load, each)),
    }
    return _MARKED.sub(lambda mark: f"{mark[1]}{tables[mark[2]]}{mark[3]}", document)


@click.command()
def main() -> None:
    """Write the tables anew."""
    for path in DOCUMENTS:
        try:
            document = computed(path.read_text(encoding="utf-8"), read(LATEST))
        except KeyError as missing:
            raise click.ClickException(
                f"This has not been measured yet: {missing}. Run `make bench` first."
            ) from None
        path.write_text(document, encoding="utf-8")
        click.echo(f"The tables in {path} are computed.")


if __name__ == "__main__":
    main()
