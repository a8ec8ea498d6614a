"""Has pytest record a run of a command, if it is told which one with `--records`."""

from collections import Counter
from typing import Any

import pytest

from tests.promises.runs import Result, Run, record


def pytest_addoption(parser: pytest.Parser) -> None:
    """Only the commands of the Makefile say so: part of a command is not a run of it."""
    parser.addoption("--records", metavar="COMMAND", help="record the run as one of this command")


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Record the run, with the results of all test processes."""
    command = config.getoption("--records")
    if command is None or config.getoption("collectonly"):
        return
    record(
        Run(
            command=command,
            repeat=_repeat(command, config),
            results=_results(terminalreporter.stats),
        )
    )


def _repeat(command: str, config: pytest.Config) -> str:
    every = config.getoption("--every", default=1)
    sampled = "" if every == 1 else f" EVERY={every}"
    return f"{command}{sampled} SEED={config.getoption('randomly_seed')}"


def _results(stats: dict[str, list[Any]]) -> dict[str, Result]:
    passed = Counter(_file(each) for each in stats.get("passed", []) if each.when == "call")
    failed = Counter(_file(each) for each in [*stats.get("failed", []), *stats.get("error", [])])
    return {
        name: Result(passed=passed[name], failed=failed[name]) for name in sorted(passed | failed)
    }


def _file(report: Any) -> str:
    return str(report.nodeid).partition("::")[0]
