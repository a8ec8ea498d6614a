"""The bill for a large load follows from the figures of the benches."""

from pathlib import Path

import pytest

from bench.bill import Costs, Load, Prices, bill, bounds
from bench.documents import DOCUMENTS, computed
from bench.report import LATEST, read

COSTS = Costs(
    product=0.001,
    calls=0.75,
    write_units=6,
    read_units=6,
    heartbeat=50e-6,
    arrival=0.001,
    connection_bytes=10_000,
    delivery=10e-6,
    delivery_bytes=1_000,
    page_load=0.001,
)
LOAD = Load(products_a_day=86_400, peak=2, visitors=100_000, watchers=100, instances=4)


def amounts() -> dict[str, str]:
    return {line.what: line.amount for line in bill(LOAD, COSTS, Prices())}


def test_cores_memory_and_traffic_follow_from_the_cost_of_one() -> None:
    found = amounts()
    assert found["CPU of heartbeats"] == "0.2 cores at the peak"  # 100,000 / 25 s x 50 µs
    assert found["memory of connections"] == "1.0 GB"
    assert found["traffic of deliveries"] == "0 TB a month"  # 1/s x 100 x 1 KB: 259 GB
    assert found["writes"] == "16 million units a month"


def test_traffic_is_priced_in_tiers() -> None:
    prices = Prices()
    assert prices.gigabytes(1_000) == pytest.approx(90)
    assert prices.gigabytes(60_000) == pytest.approx(900 + 40_000 * 0.085 + 10_000 * 0.07)


def test_reads_of_shared_pages_stop_growing_with_their_visitors() -> None:
    crowd = Load(visitors=1e6, watchers=1_000, loads_a_visitor=1)
    [reads] = [each for each in bill(crowd, COSTS, Prices()) if each.what == "reads of page loads"]
    assert reads.amount == "33,696 million units a month"  # 1,000 sellers x 13 units a second


def test_what_gives_way_first_is_named_with_its_figure() -> None:
    reached = {each.what: each.reached for each in bounds(LOAD, COSTS)}
    assert reached["one seller's partition, writes"].startswith("333 new products a second")
    assert reached["one process, deliveries"] == "100,000 deliveries a second"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_is_computed_from_the_figures_that_were_committed(path: Path) -> None:
    document = path.read_text(encoding="utf-8")
    assert computed(document, read(LATEST)) == document
