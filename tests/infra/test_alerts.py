"""The alerting rules read what the service shows, are tried, and lead to the runbook.

Whether they fire is promtool's to say: `make alerts`.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from assembly_service.pipeline.pollers import STALLED_SECONDS
from assembly_service.settings.drafts import ProductDraftSettings
from assembly_service.settings.service import Settings
from tests.cli.runs import ROOT
from tests.infra.alert_rules import (
    DIRECTORY,
    RULES,
    TESTS,
    alert,
    alerts,
    cases,
    readable_series,
    recorded_series,
    rules,
    tried,
)
from tests.infra.expressions import missing, reads, shown_series
from tests.infra.stacks import deployed

ALARMS = deployed().stacks["alarms"]
SHOWN = shown_series()
READABLE = readable_series()
SETTINGS = Settings.model_fields.keys() | ProductDraftSettings.model_fields.keys()
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / ".env.example",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "infra").glob("*.yaml")),
]

every_alert = pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])


@cache
def _sources() -> str:
    files = (ROOT / "assembly_service").rglob("*.py")
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def _summary(rule: dict[str, Any]) -> str:
    return str(rule["annotations"]["summary"])


@pytest.mark.parametrize(
    ("expression", "wrong"),
    [
        (
            'sum by (queue) (increase(assembly_evens_total{outcome="x"}[5m]))',
            "assembly_evens_total",
        ),
        ("absent(assembly_dead_leters)", "assembly_dead_leters"),
        ("sum by (que) (assembly_dead_letters)", "assembly_dead_letters has no label que"),
        (
            'rate(assembly_events_total{outcome="lost"}[1h:1m]) > 0',
            'assembly_events_total never has outcome="lost"',
        ),
    ],
)
def test_what_the_service_does_not_show_is_found_in_an_expression(
    expression: str, wrong: str
) -> None:
    assert missing(expression, SHOWN) == [wrong]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.get("alert") or rule["record"])
def test_a_rule_reads_only_series_and_labels_that_exist(rule: dict[str, Any]) -> None:
    assert missing(rule["expr"], READABLE) == []


def test_the_series_with_which_the_rules_are_tried_are_those_of_the_service() -> None:
    series = [each["series"] for case in cases() for each in case["input_series"]]
    any_value = {name: {label: set[str]() for label in READABLE[name]} for name in READABLE}
    assert [wrong for each in series for wrong in missing(each, any_value)] == []


def test_the_quiet_night_has_every_series_that_an_alert_reads() -> None:
    [night] = [case for case in cases() if "all night" in case["name"]]
    there = {read.series for each in night["input_series"] for read in reads(each["series"])}
    read = {read.series for rule in rules() for read in reads(rule["expr"])}
    assert read - there == recorded_series().keys()


@every_alert
def test_an_alert_is_tried_firing_and_quiet(rule: dict[str, Any]) -> None:
    firing = [bool(labels) for labels in tried(rule["alert"])]
    assert {*firing} == {True, False}


def test_every_file_of_rules_has_its_tests_beside_it() -> None:
    tested = {file.name.removesuffix(TESTS) for file in DIRECTORY.glob(f"*{TESTS}")}
    assert {file.name.removesuffix(RULES) for file in DIRECTORY.glob(f"*{RULES}")} <= tested


@every_alert
def test_a_summary_uses_only_labels_that_the_alert_fires_with(rule: dict[str, Any]) -> None:
    fired = [labels.keys() for times in tried(rule["alert"]) for labels in times]
    used = set(re.findall(r"\$labels\.(\w+)", _summary(rule)))
    assert used <= set.union(*map(set, fired))


@every_alert
def test_a_summary_names_only_log_lines_series_and_settings_that_exist(
    rule: dict[str, Any],
) -> None:
    for name in re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", _summary(rule)):
        assert name in SHOWN or f'"{name}"' in _sources(), name
    for name in re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", _summary(rule)):
        assert name.lower() in SETTINGS, name


@every_alert
def test_an_alert_says_how_urgent_it_is_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"] in ({"severity": "page"}, {"severity": "ticket"})
    assert rule["annotations"].keys() == {"summary", "runbook_url"}
    assert _summary(rule).endswith(".")


def test_alert_names_are_unique() -> None:
    names = [rule["alert"] for rule in alerts()]
    assert len(names) == len(set(names)) > 0


@every_alert
def test_an_alert_leads_to_its_section_of_the_runbook(rule: dict[str, Any]) -> None:
    name = rule["alert"]
    assert rule["annotations"]["runbook_url"] == f"docs/runbook.md#{name.lower()}"
    _, section = RUNBOOK.split(f"\n### {name}\n")
    section = section.partition("\n#")[0]
    assert [
        word for word in ("**Means:**", "**Look at:**", "**Type:**") if word not in section
    ] == []


@pytest.mark.parametrize("name", ALARMS.template["Resources"])
def test_an_alarm_of_cloudwatch_leads_to_a_section_and_is_as_urgent_as_it_says(name: str) -> None:
    alarm = ALARMS.resource(name)
    said, _, anchor = alarm["AlarmDescription"].partition(". docs/runbook.md#")
    assert said
    [rule] = [each for each in alerts() if each["alert"].lower() == anchor]
    [topic] = alarm["AlarmActions"]
    assert alarm["OKActions"] == [topic]
    urgency = topic.rpartition(":")[2]
    assert urgency == ("ticket" if name.startswith("Many") else rule["labels"]["severity"])


def test_the_runbook_has_no_section_of_an_alert_that_does_not_exist() -> None:
    sections = re.findall(r"^### ([A-Z][a-z]+(?:[A-Z][a-z]+)+)$", RUNBOOK, re.MULTILINE)
    assert {*sections} == {rule["alert"] for rule in alerts()}


def test_the_queries_of_the_runbook_read_what_exists() -> None:
    queries = re.findall(r"```promql\n(.*?)```", RUNBOOK, re.DOTALL)
    assert queries
    assert [wrong for query in queries for wrong in missing(query, READABLE)] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_names_only_series_that_the_service_exposes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = set(re.findall(r"\bassembly_[a-z_]+\b(?!\.py)", text))
    assert named - {"assembly_service"} <= SHOWN.keys()


def test_the_alert_and_the_service_agree_on_when_receiving_is_stalled() -> None:
    assert alert("ReceivesStalled")["expr"].endswith(f"> {STALLED_SECONDS}")
