"""The dashboard as a file, which `python -m` of this module writes."""

from grafana_foundation_sdk.builders import common, dashboard, prometheus, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import (
    LegendDisplayMode,
    LegendPlacement,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    VariableOption,
    VariableRefresh,
)

from tests.cli.runs import ROOT
from tests.infra.dashboard import clients, messages
from tests.infra.dashboard.queries import Graph

FILE = ROOT / "infra" / "dashboard.json"
OURS = '{job=~"$job", instance=~"$instance"'
ROWS = {
    "Overview": messages.OVERVIEW,
    "Flow": messages.FLOW,
    "Failures": messages.FAILURES,
    "Clients and the bus": clients.CLIENTS,
    "HTTP": clients.HTTP,
    "Drafts and tokens": clients.DRAFTS,
    "AWS": messages.AWS,
    "Process": clients.PROCESS,
}
_PROMETHEUS = DataSourceRef(type_val="prometheus", uid="${datasource}")
_WIDTH = 8
_HEIGHT = 7


def text() -> str:
    """The file as it has to be."""
    builder = (
        dashboard.Dashboard("Assembly service")
        .uid("assembly-service")
        .description("Written by `make dashboard`: change tests/infra/dashboard.")
        .tags(["assembly-service"])
        .time("now-6h", "now")
        .refresh("1m")
        .readonly()
        .with_variable(dashboard.DatasourceVariable("datasource").type("prometheus"))
        .with_variable(_variable("job", "label_values(assembly_build_info, job)"))
        .with_variable(
            _variable("instance", 'label_values(assembly_build_info{job=~"$job"}, instance)')
        )
    )
    number = 0
    for title, graphs in ROWS.items():
        number += 1
        builder = builder.with_row(dashboard.Row(title).id(number))
        for graph in graphs:
            number += 1
            builder = builder.with_panel(_panel(graph).id(number))
    return JSONEncoder(sort_keys=True, indent=2).encode(builder.build()) + "\n"


def _variable(name: str, query: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name)
        .datasource(_PROMETHEUS)
        .query(query)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .multi(True)
        .include_all(True)
        .all_value(".+")
        .current(VariableOption(selected=True, text="All", value="$__all"))
    )


def _panel(graph: Graph) -> timeseries.Panel:
    panel = (
        timeseries.Panel()
        .title(graph.title)
        .description(graph.description)
        .unit(graph.unit)
        .min(0)
        .datasource(_PROMETHEUS)
        .span(_WIDTH)
        .height(_HEIGHT)
        .legend(
            common.VizLegendOptions()
            .show_legend(True)
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
        )
        .tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI))
    )
    for number, (legend, expression) in enumerate(graph.queries):
        panel = panel.with_target(
            prometheus.Dataquery()
            .datasource(_PROMETHEUS)
            .ref_id(chr(ord("A") + number))
            .expr(expression.replace("{ours", OURS))
            .legend_format(legend)
        )
    return panel


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
