"""The document of the promises is that of the code and of the runs it names."""

import re
import subprocess
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.promises import runs
from tests.promises.declared import CHECK, PIPELINE, Trial
from tests.promises.document import DOCUMENT, document, last_runs, newest, results, trials
from tests.promises.runs import ROOT, Result, Run, is_current, outcome, recorded

TRIALS = trials()
# What this very run tries needs no record.
RECORDED = [trial for trial in TRIALS if trial.command != CHECK]
_AS_SOMEBODY = ("-c", "user.name=Somebody", "-c", "user.email=somebody@shop.example")


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


@pytest.mark.parametrize("trial", RECORDED, ids=lambda trial: f"{trial.command} {trial.paths}")
def test_every_file_of_every_trial_ran_whole_on_a_commit_and_passed(trial: Trial) -> None:
    run = last_runs()[trial.command]
    assert not run.commit.endswith("-dirty")
    for part in [Trial(trial.command, [path]) for path in trial.paths] or [trial]:
        tried = results(part, run)
        assert sum(each.passed for each in tried) > 0, part
        assert not any(each.failed or each.skipped for each in tried), part


def test_the_page_claims_no_result_of_what_keeps_no_record() -> None:
    lines = [line for line in document(last_runs()).splitlines() if f"`{CHECK}`: " in line]
    assert lines
    assert all(line.startswith(f"  - part of `{CHECK}`: [") for line in lines)


@pytest.mark.parametrize("command", sorted({trial.command for trial in RECORDED}))
def test_every_command_records_its_runs(command: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = makefile.split(f"\n{command.removeprefix('make ')}:")[1].split("\n\n")[0]
    module = re.search(r"-m (tests\.[\w.]+)$", recipe, re.MULTILINE)
    if module is None:
        assert f'$(RECORDS) "{command}"' in recipe
        return
    path = ROOT / module[1].replace(".", "/")
    program = path / "__main__.py" if path.is_dir() else path.with_suffix(".py")
    assert "outcome(" in program.read_text(encoding="utf-8")


def run_of(passed: int, ended_at: str, *, amounts: str = "", failed: int = 0) -> Run:
    tried = TRIALS[0].paths[0]
    of_tried = Result(passed=passed, failed=failed)
    return Run(
        command=TRIALS[0].command,
        amounts=amounts,
        results={tried: of_tried, "tests/unnamed.py": Result(failed=1)},
        ended_at=ended_at,
    )


def passed(stored: Run, *here: Run) -> int:
    """How many passed, as the document says after these runs."""
    [run] = newest({stored.command: stored}, here).values()
    [result] = run.results.values()
    return result.passed


def test_a_later_run_takes_the_place_of_an_earlier_one_unless_it_passed_and_tried_less() -> None:
    first, second = run_of(1, "2026-01-01"), run_of(2, "2026-01-02")
    part, later_part = (run_of(3, f"2026-01-0{day}", amounts="EVERY=5") for day in (3, 4))
    assert passed(first, second) == 2
    assert passed(second, first) == 2
    assert passed(first, part) == 1
    assert passed(part, later_part) == 3
    assert passed(part, first) == 3
    assert passed(run_of(4, "2026-01-01", amounts="EVERY=5"), second) == 2
    failed_part = run_of(5, "2026-01-03", amounts="EVERY=9", failed=1)
    assert passed(first, failed_part) == 5
    assert passed(failed_part, first) == 5
    assert passed(first, later_part, failed_part) == passed(first, failed_part, later_part) == 3
    assert passed(failed_part, run_of(6, "2026-01-04")) == 6


def test_a_run_is_outdated_once_the_service_or_its_own_tests_have_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def git(*arguments: str) -> str:
        return subprocess.check_output(["git", *_AS_SOMEBODY, *arguments], cwd=tmp_path, text=True)

    def change(path: str) -> bool:
        (tmp_path / path).write_text("changed")
        git("commit", "--all", "--quiet", "--message", path)
        return is_current(run)

    (tmp_path / "assembly_service").mkdir()
    paths = ("README.md", "test_it.py", "assembly_service/it.py")
    for path in paths:
        (tmp_path / path).touch()
    git("init", "--quiet")
    git("add", *paths)
    git("commit", "--quiet", "--message", "First")
    monkeypatch.setattr(runs, "ROOT", tmp_path)
    run = Run(command="make x", results={"test_it.py": Result()})
    assert is_current(run)
    assert change("README.md")
    assert not change("test_it.py")
    run = Run(command="make x", results={"test_it.py": Result()})
    assert not change("assembly_service/it.py")
    assert not is_current(replace(run, commit="unknown"))


@pytest.mark.parametrize("ending", [SystemExit(1), RuntimeError()])
def test_a_run_that_breaks_off_has_failed(tmp_path: Path, ending: BaseException) -> None:
    with suppress(type(ending)), outcome("make x", folder=tmp_path):
        raise ending
    assert [run.results for run in recorded(tmp_path)] == [{"make x": Result(failed=1)}]


def test_a_run_that_holds_has_passed_and_an_interrupted_one_is_none(tmp_path: Path) -> None:
    with outcome("make x", amounts="RATE=2", seed=3, folder=tmp_path) as hold:
        hold()
    with suppress(KeyboardInterrupt), outcome("make y", folder=tmp_path):
        raise KeyboardInterrupt
    [run] = recorded(tmp_path)
    assert run.results == {"make x": Result(passed=1)}
    assert run.repeat == "make x RATE=2 SEED=3"
