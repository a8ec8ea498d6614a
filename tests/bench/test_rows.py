"""Every row of the bench can be measured with tiny counts; speed does not matter here."""

import json
import math
import pkgutil
import subprocess
import sys
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path

import pytest

import bench.rows
from assembly_service.local_aws.local_engine import Engine
from bench import local_aws
from bench.__main__ import ROWS
from bench.report import keep

_ROOT = Path(__file__).parents[2]
_SECONDS = 180


def test_every_row_module_is_listed() -> None:
    modules = {module.name for module in pkgutil.iter_modules(bench.rows.__path__)}

    assert set(ROWS) == modules


@pytest.mark.parametrize("row", ROWS)
async def test_the_row_can_be_measured(
    row: str, engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    results = tmp_path / "results.jsonl"
    module = import_module(f"bench.rows.{row}")

    if hasattr(module, "local_aws"):
        # Here and on the tests' local AWS, because both take longer to start than most rows.
        monkeypatch.setattr(local_aws, "running_engine", lambda: nullcontext(engine))
        keep({row: await module.measure(quick=True)}, results)
    else:
        run_the_command(row, results)

    figures = [json.loads(line) for line in results.read_text().splitlines()]
    assert figures
    for figure in figures:
        assert figure["module"] == row
        assert math.isfinite(figure["measured"])
        assert figure["measured"] >= 0
        assert figure["unit"]


def run_the_command(row: str, results: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", row, "--quick", "--results", results],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )

    assert done.returncode == 0, done.stderr
