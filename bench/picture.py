"""Draws `docs/performance.svg` from the stored figures of a bench.

`python -m bench.picture` draws it again without measuring.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from bench.drawing import Chart, bars, curves, picture
from bench.report import LATEST, read

PICTURE = Path(__file__).parents[1] / "docs" / "performance.svg"
_NEEDED = ("product", "growth", "fan_out")


def draw(lines: Iterable[Mapping[str, Any]]) -> str | None:
    """The text of the picture, or None while one of its figures is missing."""
    first: dict[str, Mapping[str, Any]] = {}
    for line in lines:
        if "growth" in line["details"] or line["module"] == "product":
            first.setdefault(line["module"], line)
    if not first.keys() >= set(_NEEDED):
        return None
    product, catalogue, crowd = (first[module] for module in _NEEDED)
    return picture(
        "What a product, a poll and a delivery cost",
        [_product(product), _catalogue(catalogue), _crowd(crowd)],
    )


def _product(line: Mapping[str, Any]) -> str:
    own = "this service"
    return bars(
        Chart(title="CPU a product", unit="milliseconds, both queues full, random order"),
        {own: line["measured"], **line["peers"]},
        own=own,
        target=line["target"],
    )


def _catalogue(line: Mapping[str, Any]) -> str:
    growth = line["details"]["growth"]
    return curves(
        Chart(title="CPU a read, by products of the seller", unit="milliseconds"),
        {
            name: {int(number): each["cpu_milliseconds"] for number, each in growth[key].items()}
            for key, name in (("since", "a poll with since"), ("listing", "20 products"))
        },
        along="products of the seller",
    )


def _crowd(line: Mapping[str, Any]) -> str:
    growth = line["details"]["growth"]
    return curves(
        Chart(title="CPU a delivery, by subscribers", unit="microseconds, an event of 3 KB"),
        {"a delivery": {int(number): value for number, value in growth.items()}},
        along="subscribers of the seller",
    )


def main() -> None:
    """Draw the picture from the latest figures."""
    text = draw(read(LATEST))
    if text is None:
        raise click.ClickException(
            f"The picture needs the rows {', '.join(_NEEDED)}: measure them with `make bench`."
        )
    PICTURE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    click.command()(main)()
