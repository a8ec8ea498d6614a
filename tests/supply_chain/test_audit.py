"""The audit says what is vulnerable, when that was asked, and what has changed since."""

import json
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.supply_chain import audit
from tests.supply_chain.audit import (
    NPM_LOCKS,
    OLD_DAYS,
    PYTHON_LOCK,
    Audit,
    CannotAsk,
    ask,
    findings,
    locked_packages,
)

LOCKS = (PYTHON_LOCK, *NPM_LOCKS)
TODAY = date(2026, 11, 29)


def audited(lock: Path, *, left_out: int = 0, **changes: Any) -> Audit:
    """An audit of today that found nothing, but did not know the last packages."""
    packages = locked_packages(lock)
    known = packages[: len(packages) - left_out]
    return Audit(**{"on": TODAY.isoformat(), "by": "a tool", "packages": known} | changes)


def answers(monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any]) -> None:
    monkeypatch.setattr(audit, "_answer", lambda *_, **__: answer)


@pytest.mark.parametrize("lock", LOCKS, ids=str)
def test_a_vulnerability_is_named_until_its_package_changes_or_it_is_accepted(lock: Path) -> None:
    first = locked_packages(lock)[0]
    found = audited(lock, found={first: ["GHSA-1", "GHSA-2"], "gone 0.1": ["GHSA-3"]})
    assert findings(lock, found, {}, TODAY) == ([f"{lock}: {first} has GHSA-1, GHSA-2."], [])
    accepted = dict.fromkeys(["GHSA-1", "GHSA-2"], "it is never called")
    assert findings(lock, found, accepted, TODAY) == ([], [])


@pytest.mark.parametrize("lock", LOCKS, ids=str)
def test_an_audit_is_asked_for_if_it_is_old_or_packages_changed(
    lock: Path,
) -> None:
    for last, day, reason in (
        (audited(lock), TODAY + timedelta(OLD_DAYS + 1), "2026-11-29 is 31 days old"),
        (audited(lock, left_out=2), TODAY, "2 packages are new or changed since 2026-11-29"),
    ):
        wrong, [again] = findings(lock, last, {}, day)
        assert wrong == []
        assert reason in again


def test_what_pypi_knows_is_kept_and_what_it_does_not_know_is_not_taken_for_audited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second, *others = locked_packages(PYTHON_LOCK)
    asked = [each.split() for each in (first, *others)]
    known: list[dict[str, Any]] = [
        {"name": name, "version": number, "vulns": []} for name, number in asked
    ]
    known[0]["vulns"] = [{"id": "GHSA-1"}]
    answers(
        monkeypatch, {"dependencies": [*known, {"name": second.split()[0], "skip_reason": "?"}]}
    )
    made = ask(PYTHON_LOCK, TODAY)
    assert (made.on, made.found) == ("2026-11-29", {first: ["GHSA-1"]})
    assert {*locked_packages(PYTHON_LOCK)} - {*made.packages} == {second}


def test_what_npm_knows_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    [package] = [each for each in locked_packages(NPM_LOCKS[0]) if each.startswith("react-dom ")]
    via: list[Any] = [{"url": "https://github.com/advisories/GHSA-1"}, "react"]
    known = {
        "react-dom": {"via": via, "nodes": ["node_modules/react-dom"]},
        "react": {"via": ["x"], "nodes": ["node_modules/react"]},
    }
    answers(monkeypatch, {"vulnerabilities": known})
    made = ask(NPM_LOCKS[0], TODAY)
    assert (made.found, made.packages) == ({package: ["GHSA-1"]}, locked_packages(NPM_LOCKS[0]))


@pytest.mark.parametrize(
    ("lock", "answer"),
    [
        (PYTHON_LOCK, {"dependencies": [{"name": "redis", "skip_reason": "not found"}]}),
        (NPM_LOCKS[0], {"message": "405 Method Not Allowed", "statusCode": 405}),
    ],
    ids=str,
)
def test_a_registry_without_advisories_is_not_taken_for_one_that_found_nothing(
    monkeypatch: pytest.MonkeyPatch, lock: Path, answer: dict[str, Any]
) -> None:
    answers(monkeypatch, answer)
    with pytest.raises(CannotAsk):
        ask(lock, TODAY)


def test_answers_are_kept_and_what_could_not_be_asked_keeps_its_last_answer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before, now = audited(NPM_LOCKS[0], left_out=1), audited(PYTHON_LOCK)

    def answer(lock: Path, _: date) -> Audit:
        if lock == PYTHON_LOCK:
            return now
        raise CannotAsk("npm is not there.")

    record = tmp_path / "audit.json"
    record.write_text(json.dumps({"accepted": {}, "audits": {str(NPM_LOCKS[0]): asdict(before)}}))
    monkeypatch.setattr(audit, "RECORD", record)
    monkeypatch.setattr(audit, "ask", answer)
    done = CliRunner().invoke(audit.main, [])
    assert done.exit_code == 1
    assert f"{NPM_LOCKS[0]}: npm is not there." in done.output
    assert json.loads(record.read_text())["audits"] == {
        str(NPM_LOCKS[0]): asdict(before),
        str(PYTHON_LOCK): asdict(now),
    }


def test_of_several_versions_of_a_package_only_the_vulnerable_one_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lock = tmp_path / "package-lock.json"
    versions = {"node_modules/a": "1.0.0", "node_modules/b/node_modules/a": "2.0.0"}
    packages = {path: {"version": version} for path, version in versions.items()}
    lock.write_text(json.dumps({"packages": {"": {"name": "pages"}, **packages}}))
    vulnerable = {"via": [{"url": "https://x/GHSA-1"}], "nodes": ["node_modules/a"]}
    answers(monkeypatch, {"vulnerabilities": {"a": vulnerable}})
    assert ask(lock, TODAY).found == {"a 1.0.0": ["GHSA-1"]}


@pytest.mark.parametrize("is_audited", [True, False])
def test_offline_nobody_is_asked_and_what_was_never_audited_is_not_taken_for_sound(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_audited: bool
) -> None:
    record = tmp_path / "audit.json"
    audits = {str(lock): asdict(audited(lock)) for lock in LOCKS} if is_audited else {}
    record.write_text(json.dumps({"accepted": {}, "audits": audits}))
    monkeypatch.setattr(audit, "RECORD", record)
    monkeypatch.setattr(audit, "ask", lambda *_: pytest.fail("somebody was asked"))
    done = CliRunner().invoke(audit.main, ["--offline"])
    assert done.exit_code == (0 if is_audited else 1), done.output
    said = "nothing known of" if is_audited else "no audit of its"
    assert all(f"{lock}: {said}" in done.output for lock in LOCKS)
