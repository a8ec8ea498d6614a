"""The dashboard is what its module makes, shows what exists, and keeps to Grafana's grid."""

import json
import re
from itertools import combinations
from typing import Any

import pytest

from tests.infra.alert_rules import readable_series, recorded_series
from tests.infra.dashboard.document import FILE, text
from tests.infra.expressions import missing, reads, shown_series

BOARD = json.loads(FILE.read_text(encoding="utf-8"))
PANELS = BOARD["panels"]
GRAPHS = [panel for panel in PANELS if panel["type"] != "row"]
READABLE = readable_series()
OF_ALL_INSTANCES = recorded_series().keys() | {"ALERTS"}
PARTS_OF_HISTOGRAMS = re.compile(r"_(bucket|count|sum|created)$")

every_graph = pytest.mark.parametrize("graph", GRAPHS, ids=lambda graph: graph["title"])


def _expressions(graph: dict[str, Any]) -> list[str]:
    """Its expressions, as Grafana sends them."""
    return [target["expr"].replace("$__rate_interval", "5m") for target in graph["targets"]]


def test_the_file_is_what_make_dashboard_writes() -> None:
    assert FILE.read_text(encoding="utf-8") == text()


@every_graph
def test_a_graph_reads_only_series_and_labels_that_exist(graph: dict[str, Any]) -> None:
    assert [wrong for each in _expressions(graph) for wrong in missing(each, READABLE)] == []


@every_graph
def test_a_graph_is_of_the_chosen_instances(graph: dict[str, Any]) -> None:
    for read in (read for each in _expressions(graph) for read in reads(each)):
        chosen = {matcher.name: matcher.value for matcher in read.matchers}
        if read.series not in OF_ALL_INSTANCES:
            assert (chosen.get("job"), chosen.get("instance")) == ("$job", "$instance")


@every_graph
def test_a_legend_names_labels_that_its_series_have(graph: dict[str, Any]) -> None:
    for target, expression in zip(graph["targets"], _expressions(graph), strict=True):
        named = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
        for read in reads(expression):
            kept = read.grouped_by if "by (" in expression else {"instance", "objective"}
            assert named <= kept


@every_graph
def test_a_graph_says_what_it_shows_in_which_unit_and_where_from(graph: dict[str, Any]) -> None:
    assert graph["title"]
    assert graph["description"].endswith(".")
    assert graph["fieldConfig"]["defaults"]["unit"]
    sources = {
        graph["datasource"]["uid"],
        *(each["datasource"]["uid"] for each in graph["targets"]),
    }
    assert sources == {"${datasource}"}
    assert [each["name"] for each in BOARD["templating"]["list"]] == [
        "datasource",
        "job",
        "instance",
    ]


def test_ids_and_titles_are_unique() -> None:
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    assert len({panel["title"] for panel in PANELS}) == len(PANELS)


def test_panels_fit_into_the_grid_and_do_not_overlap() -> None:
    places = [panel["gridPos"] for panel in PANELS]
    assert all(at["x"] >= 0 and at["x"] + at["w"] <= 24 for at in places)
    for a, b in combinations(places, 2):
        beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        above = a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
        assert beside or above


def test_every_metric_of_the_service_is_on_the_dashboard() -> None:
    on_it = {
        read.series for graph in GRAPHS for each in _expressions(graph) for read in reads(each)
    }
    shown = {name for name in shown_series() if name.startswith("assembly_")}
    histograms = {PARTS_OF_HISTOGRAMS.sub("", name) for name in on_it if name.endswith("_bucket")}
    missed = {PARTS_OF_HISTOGRAMS.sub("", name) for name in shown - on_it} - histograms
    assert {name for name in missed if f"{name}_total" not in on_it and name not in on_it} == set()
