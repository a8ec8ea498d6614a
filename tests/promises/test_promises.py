"""The document of the promises is that of the code and of the runs it names."""

import re
from pathlib import Path

import pytest

from tests.promises.declared import PIPELINE, SECTIONS, Promise
from tests.promises.document import DOCUMENT, document, last_runs, newest, results, trials
from tests.promises.runs import ROOT, Result, Run, record, recorded

TRIALS = trials()
PROMISES = [promise for promises in SECTIONS.values() for promise in promises]


def test_every_promise_of_the_readme_is_declared_word_for_word() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.split("## What it promises\n")[1].split("\n## ")[0]
    promised = re.findall(r"^- (.*?)[;.]$", section, re.MULTILINE | re.DOTALL)
    promised += re.findall(r"This holds .*?\.", section, re.DOTALL)
    words = [" ".join(each.split()) for each in promised]
    assert len(words) == 5
    assert words == [promise.sentence for promise in PIPELINE[: len(words)]]


def test_the_page_is_what_its_runs_say() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(last_runs())


@pytest.mark.parametrize("path", sorted({path for trial in TRIALS for path in trial.paths}))
def test_every_named_test_exists(path: str) -> None:
    found = ROOT / path
    files = sorted(found.rglob("test_*.py")) if found.is_dir() else [found]
    assert any(re.search(r"def test_", each.read_text(encoding="utf-8")) for each in files)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.sentence)
def test_every_promise_was_tried_and_held(promise: Promise) -> None:
    runs = last_runs()
    tried = [
        result
        for trial in promise.trials
        if trial.command in runs
        for result in results(trial, runs[trial.command])
    ]
    assert sum(each.passed for each in tried) > 0
    assert not any(each.failed for each in tried)


@pytest.mark.parametrize("command", sorted({trial.command for trial in TRIALS}))
def test_every_command_records_its_runs(command: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = makefile.split(f"\n{command.removeprefix('make ')}:")[1].split("\n\n")[0]
    module = re.search(r"-m (tests\.[\w.]+)$", recipe, re.MULTILINE)
    if module is None:
        assert f'$(RECORDS) "{command}"' in recipe
        return
    path = ROOT / module[1].replace(".", "/")
    program = path / "__main__.py" if path.is_dir() else path.with_suffix(".py")
    assert "record_outcome(" in program.read_text(encoding="utf-8")


def test_a_later_run_takes_the_place_of_an_earlier_one_and_keeps_what_is_named(
    tmp_path: Path,
) -> None:
    tried = TRIALS[0].paths[0]
    runs = [
        Run(
            command=TRIALS[0].command,
            repeat="",
            results={tried: Result(passed=passed), "tests/unnamed.py": Result(failed=1)},
            ended_at=ended_at,
        )
        for passed, ended_at in ((1, "2026-01-01"), (2, "2026-01-02"))
    ]
    record(runs[1], tmp_path)
    kept = newest({runs[0].command: runs[0]}, recorded(tmp_path))[runs[0].command]
    assert kept.results == {tried: Result(passed=2)}
    assert newest({runs[1].command: runs[1]}, runs[:1])[runs[1].command].ended_at == "2026-01-02"
