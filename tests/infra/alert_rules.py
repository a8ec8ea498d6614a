"""The alerting rules, and the tests beside them that promtool runs."""

from functools import cache
from typing import Any

import yaml

from tests.cli.runs import ROOT
from tests.infra.expressions import SCRAPED, Labels, reads, shown_series

DIRECTORY = ROOT / "infra" / "alerts"
RULES = ".rules.yaml"
TESTS = ".test.yaml"


def rules() -> list[dict[str, Any]]:
    """Every rule of every file, those that record included."""
    return [rule for file in _read(RULES) for group in file["groups"] for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    """Every rule that alerts."""
    return [rule for rule in rules() if "alert" in rule]


def alert(name: str) -> dict[str, Any]:
    """The rule of an alert."""
    [found] = [each for each in alerts() if each["alert"] == name]
    return found


def recorded_series() -> dict[str, Labels]:
    """Return the series that the rules record."""
    names = [rule["record"] for rule in rules() if "record" in rule]
    return {name: {"objective": set()} | SCRAPED for name in names}


def readable_series() -> dict[str, Labels]:
    """Return the series that an expression may read: shown, recorded, or of Prometheus itself."""
    own: Labels = {"alertname": set(), "alertstate": set(), "severity": set()}
    return shown_series() | recorded_series() | {"up": {}, "ALERTS": own}


def cases() -> list[dict[str, Any]]:
    """Every case of every file of tests."""
    return [case for file in _read(TESTS) for case in file["tests"]]


def tried(name: str) -> list[list[dict[str, str]]]:
    """Return the labels of the alert as it fires, for each time that a case asks for it alone."""
    question = f'ALERTS{{alertname="{name}", alertstate="firing"}}'
    return [
        [_labels(sample["labels"]) for sample in asked["exp_samples"]]
        for case in cases()
        for asked in case["promql_expr_test"]
        if asked["expr"] == question
    ]


def _labels(series: str) -> dict[str, str]:
    """Return the labels of a series as it is written in PromQL."""
    [read] = reads(series)
    return {matcher.name: matcher.value for matcher in read.matchers}


@cache
def _read(ending: str) -> list[dict[str, Any]]:
    files = sorted(DIRECTORY.glob(f"*{ending}"))
    return [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]
