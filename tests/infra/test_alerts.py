"""The alerting rules read existing series and name existing things."""

import re
from pathlib import Path
from typing import Any

import pytest

from assembly_service.pipeline.pollers import STALLED_SECONDS
from assembly_service.settings.drafts import ProductDraftSettings
from assembly_service.settings.service import Settings
from tests.infra.alert_rules import (
    functions,
    grouping,
    matchers,
    metric_names,
    rule,
    rules,
    shown_series,
)

ROOT = Path(__file__).parents[2]
SHOWN = shown_series()
SETTINGS = Settings.model_fields.keys() | ProductDraftSettings.model_fields.keys()
KNOWN_FUNCTIONS = {"absent", "histogram_quantile", "increase", "max", "rate", "sum"}
AGGREGATIONS = {"max", "sum"}
SCRAPE_LABELS = {"instance", "job"}
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / ".env.example",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "infra").glob("*.yaml")),
]

every_rule = pytest.mark.parametrize("alert", rules(), ids=lambda alert: alert["alert"])


def _summary(alert: dict[str, Any]) -> str:
    return str(alert["annotations"]["summary"])


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ('sum by (queue) (increase(asembly_events_total{outcome="x"}[5m])) > 0', "asembly_events"),
        ("absent(assembly_dead_leters) or assembly_up == 1e3", "assembly_dead_leters assembly_up"),
    ],
)
def test_a_misspelt_series_is_read_from_an_expression(expression: str, names: str) -> None:
    found = {name.removesuffix("_total") for name in metric_names(expression)}
    assert found == set(names.split())
    assert not found & SHOWN.keys()


@every_rule
def test_an_alert_reads_only_series_that_the_service_exposes(alert: dict[str, Any]) -> None:
    names = metric_names(alert["expr"])
    assert names
    assert names <= SHOWN.keys()
    assert functions(alert["expr"]) <= KNOWN_FUNCTIONS


@every_rule
def test_an_alert_matches_and_aggregates_by_labels_that_its_series_have(
    alert: dict[str, Any],
) -> None:
    for name in metric_names(alert["expr"]):
        labels = SHOWN[name]
        assert grouping(alert["expr"]) <= labels.keys()
        for label, operator, value in matchers(alert["expr"]):
            assert label in labels
            assert operator != "=" or value in labels[label]


@every_rule
def test_a_summary_uses_only_labels_that_the_alert_keeps(alert: dict[str, Any]) -> None:
    kept = grouping(alert["expr"])
    if not functions(alert["expr"]) & AGGREGATIONS:
        kept |= SCRAPE_LABELS.union(*(SHOWN[name] for name in metric_names(alert["expr"])))
    assert set(re.findall(r"\$labels\.(\w+)", _summary(alert))) <= kept


@every_rule
def test_a_summary_names_only_log_lines_series_and_settings_that_exist(
    alert: dict[str, Any],
) -> None:
    sources = (ROOT / "assembly_service").rglob("*.py")
    code = "".join(path.read_text(encoding="utf-8") for path in sources)
    for name in re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", _summary(alert)):
        assert name in SHOWN or f'"{name}"' in code, name
    for name in re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", _summary(alert)):
        assert name.lower() in SETTINGS, name


@every_rule
def test_a_rule_has_the_form_that_prometheus_reads(alert: dict[str, Any]) -> None:
    assert alert.keys() - {"for"} == {"alert", "expr", "labels", "annotations"}
    assert re.fullmatch(r"\d+[smhd]", alert.get("for", "0s"))
    assert alert["labels"] in ({"severity": "page"}, {"severity": "ticket"})
    assert alert["annotations"].keys() == {"summary"}
    assert _summary(alert).endswith(".")
    for left, right in ("()", "{}", "[]"):
        assert alert["expr"].count(left) == alert["expr"].count(right)


def test_alert_names_are_unique() -> None:
    names = [alert["alert"] for alert in rules()]
    assert len(names) == len(set(names)) > 0


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_names_only_series_that_the_service_exposes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = set(re.findall(r"\bassembly_[a-z_]+\b(?!\.py)", text))
    assert named - {"assembly_service"} <= SHOWN.keys()


def test_the_alert_and_the_service_agree_on_when_receiving_is_stalled() -> None:
    assert rule("ReceivesStalled")["expr"].endswith(f"> {STALLED_SECONDS}")
