"""`reference load` and `reference show`: whole files or nothing, and the same file again."""

import json
from pathlib import Path

from tests.cli.runs import SAMPLES, Outcome, run

SAMPLE = SAMPLES / "reference.jsonl"


def reference(directory: Path, environment: dict[str, str], *arguments: str | Path) -> Outcome:
    return run("reference", *arguments, directory=directory, environment=environment)


def test_a_file_is_loaded_once_and_shown_and_loading_it_again_changes_nothing(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    empty = reference(tmp_path, environment, "show")
    assert empty.out.startswith("There is no reference data: load some with")
    tried = reference(tmp_path, environment, "load", "--dry-run", SAMPLE)
    assert tried.out == "Would load 12 of 12 items: 12 new, 0 changed, 0 unchanged.\n"
    loaded = reference(tmp_path, environment, "load", SAMPLE)
    assert (loaded.code, loaded.out) == (
        0,
        "Loaded 12 of 12 items: 12 new, 0 changed, 0 unchanged.\n",
    )
    again = reference(tmp_path, environment, "load", SAMPLE)
    assert again.out == "Loaded 0 of 12 items: 0 new, 0 changed, 12 unchanged.\n"
    shown = reference(tmp_path, environment, "show")
    assert "osot-0000123" in shown.out
    assert "the membership year ends on 2027-12-31" in shown.out


def test_a_bad_line_is_named_and_nothing_is_loaded(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    good = SAMPLE.read_text().splitlines()[0]
    file = tmp_path / "bad.jsonl"
    file.write_text("\n".join([good, "{", "", json.dumps({"kind": "account"})]))
    outcome = reference(tmp_path, environment, "load", file)
    assert (outcome.code, outcome.out) == (1, "")
    bad_json, bad_account, summary = outcome.sentences
    assert bad_json.startswith(f"{file}, line 2: it is not JSON")
    assert bad_account.startswith(f"{file}, line 4: organization is missing.")
    assert summary == "Error: 2 lines are wrong: nothing was loaded."
    assert reference(tmp_path, environment, "show").out.startswith("There is no reference data")
