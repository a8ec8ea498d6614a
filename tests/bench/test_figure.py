"""When a figure meets its targets."""

import pytest

from bench.figure import Figure


@pytest.mark.parametrize(
    ("measured", "peers", "met"),
    [
        (9, {"Node": 9.0}, True),
        (9, {"Node": 8.9}, False),
        (9.1, {"Node": 12.0}, False),
        (9, {}, True),
        (9, {"another": 1.0}, True),
    ],
)
def test_a_figure_is_short_above_its_target_or_above_the_peer_it_is_held_against(
    measured: float, peers: dict[str, float], met: bool
) -> None:
    figure = Figure(
        row="a row", measured=measured, unit="µs", target=9, not_above="Node", peers=peers
    )

    assert figure.met == met
