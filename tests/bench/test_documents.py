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
    uncached_page=0.005,
    page_bytes=8_000,
    stock_arrival=0.002,
)
LOAD = Load(products_a_day=86_400, peak=2, visitors=1e5, watchers=100, clients_an_instance=25e3)


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


def test_page_loads_are_shared_only_within_a_second_of_one_seller_in_one_instance() -> None:
    def reads(**load: float) -> float:
        lines = bill(Load(watchers=1_000, **load), COSTS, Prices())
        [line] = [each for each in lines if each.what == "reads of page loads"]
        return line.dollars / (14 * 0.125e-6 * 30 * 86_400)  # a second

    # 1,000 sellers x 20 instances are 20,000 windows: few loads find a fresh one.
    assert reads(visitors=1e6, loads_a_visitor=0.002) == pytest.approx(2_000 / 1.1)
    # However many ask, each window is read once a second.
    assert reads(visitors=1e6, loads_a_visitor=1e6) == pytest.approx(20_000, rel=0.01)


def test_what_breaks_first_is_named_with_its_figure() -> None:
    reached = {each.what: each.reached for each in bounds(LOAD, COSTS)}
    assert reached["one seller's partition, writes"].startswith("250 new products a second")
    assert reached["one process, deliveries"] == "100,000 deliveries a second"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_is_computed_from_the_figures_that_were_committed(path: Path) -> None:
    document = path.read_text(encoding="utf-8")
    assert computed(document, read(LATEST)) == document
