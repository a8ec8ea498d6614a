"""What PromQL expressions read, and what of it the service shows."""

from collections.abc import Iterator
from typing import NamedTuple

import promql_parser
from prometheus_client.metrics import MetricWrapperBase

from assembly_service.access.key_set import KeySetMetrics
from assembly_service.access.token_metrics import TokenMetrics
from assembly_service.drafts.engine.metrics import DraftMetrics
from assembly_service.drafts.product.rules import COMMIT_STEP, SYSTEM
from assembly_service.runtime.metrics import Metrics

Labels = dict[str, set[str]]
"""The labels of a series, each with the values that are known in advance."""

SCRAPED: Labels = {"instance": set(), "job": set()}
"""What Prometheus adds to every series."""


class Read(NamedTuple):
    """A series that an expression reads, how it is chosen, and by which labels it is grouped."""

    series: str
    matchers: list[promql_parser.Matcher]
    grouped_by: frozenset[str]


def reads(expression: str) -> list[Read]:
    """Every series that an expression reads. Raises ValueError if it is no PromQL."""
    return list(_reads(promql_parser.parse(expression), frozenset()))


def _reads(node: object, grouped: frozenset[str]) -> Iterator[Read]:
    match node:
        case promql_parser.VectorSelector():
            yield Read(node.name or "", node.matchers.matchers, grouped)
        case promql_parser.MatrixSelector():
            yield from _reads(node.vector_selector, grouped)
        case promql_parser.AggregateExpr():
            labels = node.modifier.labels if node.modifier else ()
            yield from _reads(node.expr, grouped.union(labels))
        case promql_parser.BinaryExpr():
            yield from _reads(node.lhs, grouped)
            yield from _reads(node.rhs, grouped)
        case promql_parser.Call():
            for argument in node.args:
                yield from _reads(argument, grouped)
        case promql_parser.ParenExpr() | promql_parser.SubqueryExpr() | promql_parser.UnaryExpr():
            yield from _reads(node.expr, grouped)


def shown_series() -> dict[str, Labels]:
    """Return the series that an instance can show at `/metrics`."""
    metrics = Metrics()
    shown: dict[str, Labels] = {}
    KeySetMetrics(metrics.registry)
    TokenMetrics(metrics.registry)
    DraftMetrics(metrics.registry).add_system(SYSTEM, commit_step=COMMIT_STEP)
    for instrument in metrics.registry._collector_to_names:
        if isinstance(instrument, MetricWrapperBase) and instrument._labelnames:
            instrument.labels(*("" for _ in instrument._labelnames))
    for sample in (sample for family in metrics.registry.collect() for sample in family.samples):
        labels = shown.setdefault(sample.name, {})
        for name, value in sample.labels.items():
            labels.setdefault(name, set()).update({value} - {""})
    return shown


def missing(expression: str, shown: dict[str, Labels]) -> list[str]:
    """Return what an expression reads, in words, that is not shown."""
    found = []
    for series, matchers, grouped_by in reads(expression):
        if series not in shown:
            found.append(series)
            continue
        known = shown[series] | SCRAPED
        labels = {matcher.name for matcher in matchers} | grouped_by
        found += [f"{series} has no label {label}" for label in labels - known.keys()]
        for matcher in matchers:
            values = known.get(matcher.name)
            if matcher.op == promql_parser.MatchOp.Equal and values and matcher.value not in values:
                found.append(f"{series} never has {matcher}")
    return found
