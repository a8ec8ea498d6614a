"""How much the longest proofs try, and the figures they print at the end of the run."""

import random
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import pytest

_FIGURE = "figure"

T = TypeVar("T")


def pytest_addoption(parser: pytest.Parser) -> None:
    """A quick run of the longest proofs tries some of their points, different ones each time."""
    parser.addoption("--every", type=int, default=1, help="try only every Nth point of a crash")


@pytest.fixture
def sampled(pytestconfig: pytest.Config) -> Callable[[Sequence[T]], Sequence[T]]:
    """Selects all points, or every Nth from a random one on; the run's seed repeats the choice."""
    every = int(pytestconfig.getoption("--every"))
    start = random.randrange(every)
    return lambda found: found[start::every]


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Add a line to the summary of the run."""
    return partial(record_property, _FIGURE)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures of all test processes."""
    reports = [
        each
        for outcome in ("passed", "failed")
        for each in terminalreporter.stats.get(outcome, [])
        if each.when == "call"
    ]
    lines = [line for each in reports for name, line in each.user_properties if name == _FIGURE]
    if lines:
        terminalreporter.section("figures")
    for line in lines:
        terminalreporter.line(str(line))
