"""Parses the alerting rules and their expressions."""

import re
from pathlib import Path
from typing import Any

import yaml
from prometheus_client.metrics import MetricWrapperBase

from assembly_service.access.key_set import KeySetMetrics
from assembly_service.drafts.engine.metrics import DraftMetrics
from assembly_service.drafts.product.rules import COMMIT_STEP, SYSTEM
from assembly_service.runtime.metrics import Metrics

RULES_FILE = Path(__file__).parents[2] / "infra" / "alerts.yaml"

_GROUPING = re.compile(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")
_LABEL_MATCHERS = re.compile(r"\{[^}]*\}")
_MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
_RANGE = re.compile(r"\[[^]]*\]")
_NAME = re.compile(r"[a-zA-Z_:][\w:]*")
_OPERATORS = {"and", "or", "unless", "bool", "offset"}


def rules() -> list[dict[str, Any]]:
    """Every rule of every group."""
    groups = yaml.safe_load(RULES_FILE.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def rule(name: str) -> dict[str, Any]:
    """The rule of an alert."""
    [found] = [each for each in rules() if each["alert"] == name]
    return found


def metric_names(expression: str) -> set[str]:
    """Return the series that an expression reads: names that are neither functions nor labels."""
    return {name for name, called in _names(expression) if not called} - _OPERATORS


def functions(expression: str) -> set[str]:
    """Return the functions and aggregations of an expression."""
    return {name for name, called in _names(expression) if called}


def matchers(expression: str) -> list[tuple[str, str, str]]:
    """Return label, operator and value of each matcher."""
    return _MATCHER.findall(expression)


def grouping(expression: str) -> set[str]:
    """Return the labels that an expression aggregates by."""
    return {name for group in _GROUPING.findall(expression) for name in _NAME.findall(group)}


def shown_series() -> dict[str, dict[str, set[str]]]:
    """Return the possible series at `/metrics`, with labels and their initial values."""
    metrics = Metrics()
    shown: dict[str, dict[str, set[str]]] = {}
    KeySetMetrics(metrics.registry)
    DraftMetrics(metrics.registry).add_system(SYSTEM, commit_step=COMMIT_STEP)
    for instrument in metrics.registry._collector_to_names:
        if isinstance(instrument, MetricWrapperBase) and instrument._labelnames:
            instrument.labels(*("" for _ in instrument._labelnames))
    for sample in (sample for family in metrics.registry.collect() for sample in family.samples):
        labels = shown.setdefault(sample.name, {})
        for name, value in sample.labels.items():
            labels.setdefault(name, set()).add(value)
    return shown


def _names(expression: str) -> list[tuple[str, bool]]:
    """Return names outside of labels and ranges, and whether arguments follow."""
    bare = _RANGE.sub("", _LABEL_MATCHERS.sub("", _GROUPING.sub("", expression)))
    return [
        (found[0], bare[found.end() :].lstrip().startswith("("))
        for found in re.finditer(rf"(?<![\w.]){_NAME.pattern}", bare)
    ]
