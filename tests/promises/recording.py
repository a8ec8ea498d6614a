"""Has pytest record a run of a command, if it is told which one with `--records`."""

from collections import Counter
from typing import Any

import pytest

from tests.promises.runs import Result, Run, record

_ENDED = {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Only the commands of the Makefile say so: part of a command is not a run of it."""
    parser.addoption("--records", metavar="COMMAND", help="record the run as one of this command")


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: pytest.ExitCode, config: pytest.Config
) -> None:
    """Record a run that ended and left nothing out, with the results of all test processes."""
    command = config.getoption("--records")
    if command is None or exitstatus not in _ENDED or config.getoption("keyword"):
        return
    every = config.getoption("--every", default=1)
    record(
        Run(
            command=command,
            amounts="" if every == 1 else f"EVERY={every}",
            seed=config.getoption("randomly_seed"),
            results=_results(terminalreporter.stats),
        )
    )


def _results(stats: dict[str, list[Any]]) -> dict[str, Result]:
    passed = Counter(_file(each) for each in stats.get("passed", []) if each.when == "call")
    failed = _count(stats, "failed", "error", "xpassed")
    skipped = _count(stats, "skipped", "xfailed")
    return {
        name: Result(passed=passed[name], failed=failed[name], skipped=skipped[name])
        for name in sorted(passed | failed | skipped)
    }


def _count(stats: dict[str, list[Any]], *outcomes: str) -> Counter[str]:
    return Counter(_file(each) for outcome in outcomes for each in stats.get(outcome, []))


def _file(report: Any) -> str:
    return str(report.nodeid).partition("::")[0]
