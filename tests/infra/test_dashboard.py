"""The dashboard is what its module makes, shows what exists, and keeps to Grafana's grid."""

import json
import re
from itertools import combinations
from typing import Any

from tests.infra.alert_rules import readable_series, recorded_series
from tests.infra.dashboard.document import FILE, text
from tests.infra.expressions import Read, missing, reads, shown_series

BOARD = json.loads(FILE.read_text(encoding="utf-8"))
PANELS = BOARD["panels"]
GRAPHS = [panel for panel in PANELS if panel["type"] != "row"]
TARGETS = [target for graph in GRAPHS for target in graph["targets"]]
OF_ALL_INSTANCES = recorded_series().keys() | {"ALERTS"}
PART_OF_A_HISTOGRAM = re.compile(r"_(bucket|count|sum|created)$")


def _expression(target: dict[str, Any]) -> str:
    """Its expression, as Grafana sends it."""
    return str(target["expr"]).replace("$__rate_interval", "5m")


def _reads() -> list[Read]:
    return [read for target in TARGETS for read in reads(_expression(target))]


def test_the_file_is_what_make_dashboard_writes() -> None:
    assert FILE.read_text(encoding="utf-8") == text()


def test_graphs_read_only_series_and_labels_that_exist() -> None:
    readable = readable_series()
    assert [wrong for each in TARGETS for wrong in missing(_expression(each), readable)] == []


def test_every_metric_of_the_service_has_a_graph() -> None:
    seen = {PART_OF_A_HISTOGRAM.sub("", read.series) for read in _reads()}
    shown = {name for name in shown_series() if name.startswith("assembly_")}
    metrics = {PART_OF_A_HISTOGRAM.sub("", name) for name in shown}
    assert {name for name in metrics - seen if f"{name}_total" not in seen} == set()


def test_graphs_are_of_the_chosen_instances() -> None:
    assert [each["name"] for each in BOARD["templating"]["list"]] == [
        "datasource",
        "job",
        "instance",
    ]
    for read in _reads():
        chosen = {matcher.name: matcher.value for matcher in read.matchers}
        if read.series not in OF_ALL_INSTANCES:
            assert (chosen.get("job"), chosen.get("instance")) == ("$job", "$instance")


def test_legends_name_labels_that_their_series_have() -> None:
    for target in TARGETS:
        named = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
        for read in reads(_expression(target)):
            kept = read.grouped_by if "by (" in target["expr"] else {"instance", "objective"}
            assert named <= kept


def test_a_graph_says_what_it_shows_in_which_unit_and_where_from() -> None:
    for graph in GRAPHS:
        assert graph["title"]
        assert graph["description"].endswith(".")
        assert graph["fieldConfig"]["defaults"]["unit"]
    assert {each["datasource"]["uid"] for each in (*GRAPHS, *TARGETS)} == {"${datasource}"}


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
