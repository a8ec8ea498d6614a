"""How much the longest proofs try, and the figures they print at the end of the run."""

import logging
import random
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count
from typing import TypeVar

import pytest
import structlog

_FIGURE = "figure"
_MOST_PLAYS = 300

T = TypeVar("T")


def pytest_addoption(parser: pytest.Parser) -> None:
    """A quick run of the longest proofs tries a part of them, another one each time."""
    parser.addoption(
        "--every", type=int, default=1, help="try about every Nth in the longest proofs"
    )


@pytest.fixture
def every(pytestconfig: pytest.Config) -> int:
    """How much a run leaves out: it tries about every Nth, and all with 1."""
    return int(pytestconfig.getoption("--every"))


@pytest.fixture
def sampled(every: int) -> Callable[[Sequence[T]], Sequence[T]]:
    """Selects all points, or every Nth from a random one on; the run's seed repeats the choice."""
    start = random.randrange(every)
    return lambda found: found[start::every]


@pytest.fixture
def pauses(every: int) -> Callable[[], Iterator[int]]:
    """Counts the calls before a pause without end: all numbers, or every Nth from a random one."""
    return lambda: count(random.randrange(every), every)


@pytest.fixture
def most_plays(every: int) -> int | None:
    """How many orders of a scene are played, other ones each time; without a limit if all are."""
    return None if every == 1 else _MOST_PLAYS // every


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Add a line to the summary of the run."""
    return partial(record_property, _FIGURE)


@pytest.fixture(scope="module")
def silence() -> Iterator[None]:
    """Silence the logs of hundreds of lives: rendering them is slow."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


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
