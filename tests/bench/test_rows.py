"""Every row of the bench can be measured with tiny counts; speed does not matter here."""

import asyncio
import json
import math
import pkgutil
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path

import pytest

import bench.rows
from assembly_service.local_aws.local_engine import Engine
from bench import local_aws
from bench.__main__ import ROWS
from bench.report import keep
from tests.harness.warm_processes import start_warm

_ROOT = Path(__file__).parents[2]
_SECONDS = 180


def test_every_row_module_is_listed() -> None:
    modules = {module.name for module in pkgutil.iter_modules(bench.rows.__path__)}

    assert set(ROWS) == modules


@pytest.fixture
def _file_limit() -> Iterator[None]:
    """Rows raise the limit of open files of the process that they are measured in."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.usefixtures("_file_limit")
@pytest.mark.parametrize("row", ROWS)
async def test_the_row_can_be_measured(
    row: str, engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Both take longer to start than most rows: the tests' local AWS is there, and Python is warm.
    monkeypatch.setattr(local_aws, "running_engine", lambda: nullcontext(engine))
    monkeypatch.setattr(asyncio, "create_subprocess_exec", start_warm)

    keep({row: await import_module(f"bench.rows.{row}").measure(quick=True)}, tmp_path / "results")

    check_figures(row, tmp_path / "results")


def test_the_command_measures_the_rows_that_it_is_given(tmp_path: Path) -> None:
    row = "stock_clients"
    done = subprocess.run(
        [sys.executable, "-m", "bench", row, "--quick", "--results", tmp_path / "results"],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    check_figures(row, tmp_path / "results")


def check_figures(row: str, results: Path) -> None:
    figures = [json.loads(line) for line in results.read_text().splitlines()]
    assert figures
    for figure in figures:
        assert figure["module"] == row
        assert math.isfinite(figure["measured"])
        assert figure["measured"] >= 0
        assert figure["unit"]
