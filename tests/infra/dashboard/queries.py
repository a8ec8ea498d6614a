"""Graphs and their queries.

`{ours}` in an expression stands for the instances that are chosen at the top of the dashboard,
`[$__rate_interval]` for a range that fits the zoom. Legends name labels in double braces.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Query(NamedTuple):
    """An expression, and how the legend calls each of its series."""

    legend: str
    expression: str


@dataclass(frozen=True)
class Graph:
    """A graph of some queries, whose values have one unit."""

    title: str
    description: str
    unit: str
    queries: list[Query]


def graph(title: str, unit: str, description: str, *queries: Query) -> Graph:
    """Return a graph; `unit` is one of `grafana_foundation_sdk.models.units`."""
    return Graph(title, description, unit, [*queries])


def rate(counter: str, *labels: str, called: str = "", where: str = "{ours}") -> Query:
    """Return how much a counter grows a second, for each value of the labels."""
    return total(f"rate({counter}{where}[$__rate_interval])", *labels, called=called)


def total(expression: str, *labels: str, called: str = "", how: str = "sum") -> Query:
    """Return an aggregate for each value of the labels."""
    by = f" by ({', '.join(labels)}) " if labels else ""
    return Query(_legend(labels, called), f"{how}{by}({expression})")


def quantile(share: float, histogram: str, *labels: str) -> Query:
    """Return what a share of the observations does not exceed, for each value of the labels."""
    by_bucket = rate(f"{histogram}_bucket", "le", *labels).expression
    return Query(_legend(labels, f"{share:.4g}"), f"histogram_quantile({share}, {by_bucket})")


def each(expression: str, called: str = "") -> Query:
    """Return the value of each instance."""
    return Query(_legend(["instance"], called), expression)


def busiest(query: Query) -> Query:
    """Return the ten largest series."""
    return Query(query.legend, f"topk(10, {query.expression})")


def _legend(labels: Iterable[str], called: str) -> str:
    return " ".join([*(f"{{{{{label}}}}}" for label in labels), called]).rstrip()
