"""`make audit`: asks PyPI and npm for known vulnerabilities of what is locked.

The answers are kept in `infra/audit.json`, with their date. Offline the locks are compared with
them: what was found then, and what has changed since.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from tests.cli.runs import ROOT
from tests.supply_chain.boms import NPM

RECORD = ROOT / "infra" / "audit.json"
PYTHON_LOCK = Path("requirements.lock")
NPM_LOCKS = (Path("frontend/package-lock.json"), Path("clients/typescript/package-lock.json"))
OLD_DAYS = 30
_HOW = "Run `make audit` where PyPI and npm can be asked."


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What was found for a lock, and when. Each package is its name and version, as in `a 1.0`.

    `found` has the known vulnerabilities of the packages that have some, by their ids.
    """

    on: str
    by: str
    packages: list[str]
    found: dict[str, list[str]] = field(default_factory=dict)


class CannotAsk(Exception):
    """The registry did not say what it knows; the text is why."""


def locked_packages(lock: Path) -> list[str]:
    """Return the packages of a lock file below the root of the project, each with its version."""
    if lock == PYTHON_LOCK:
        text = (ROOT / lock).read_text(encoding="utf-8")
        return [
            f"{name} {number}" for name, number in re.findall(r"^([a-z][^=]*)==(\S+)", text, re.M)
        ]
    return sorted({*_npm_packages(lock).values()})


def _npm_packages(lock: Path) -> dict[str, str]:
    """Return the packages of a lock file of npm, by where each is installed."""
    packages = json.loads((ROOT / lock).read_text(encoding="utf-8"))["packages"]
    return {
        path: f"{each.get('name') or path.rpartition('node_modules/')[2]} {each['version']}"
        for path, each in packages.items()
        if path and "version" in each
    }


def ask(lock: Path, today: date) -> Audit:
    """Ask the registry of a lock's packages. Raises CannotAsk."""
    return _ask_pypi(today) if lock == PYTHON_LOCK else _ask_npm(lock, today)


def findings(
    lock: Path, audit: Audit | None, accepted: Mapping[str, str], today: date
) -> tuple[list[str], list[str]]:
    """Compare a lock with its last audit: return what is wrong, and why to audit again.

    Without an audit nobody knows whether something is wrong, so that is wrong as well.
    """
    packages = locked_packages(lock)
    if audit is None:
        return [f"{lock}: no audit of its {len(packages)} packages has been made. {_HOW}"], []
    wrong = [
        f"{lock}: {package} has {', '.join(open_ids)}."
        for package, ids in audit.found.items()
        if package in packages and (open_ids := [each for each in ids if each not in accepted])
    ]
    again = []
    if changed := {*packages} - {*audit.packages}:
        again.append(f"{lock}: {len(changed)} packages are new or changed since {audit.on}.")
    if (days := (today - date.fromisoformat(audit.on)).days) > OLD_DAYS:
        again.append(f"{lock}: the audit of {audit.on} is {days} days old.")
    return wrong, again


@click.command()
@click.option("--offline", is_flag=True, help="Ask nobody; only compare with the last audit.")
def main(offline: bool) -> None:
    """Audit all locks. Fails for what is vulnerable, and for what has not been audited.

    Online it also fails for what could not be asked.
    """
    today, record = datetime.now(UTC).date(), json.loads(RECORD.read_text(encoding="utf-8"))
    answered = True
    if not offline:
        answered = _ask_all(record["audits"], today)
        RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    sys.exit(_report(record, today) or not answered)


def _ask_all(audits: dict[str, Any], today: date) -> bool:
    """Replace the audits by those of today; return whether all could be asked for."""
    answered = True
    for lock in (PYTHON_LOCK, *NPM_LOCKS):
        try:
            audits[str(lock)] = asdict(ask(lock, today))
        except CannotAsk as error:
            answered = False
            click.echo(f"{lock}: {error}", err=True)
    return answered


def _report(record: Mapping[str, Any], today: date) -> bool:
    """Print what the record says of every lock; return whether something is wrong."""
    is_wrong = False
    for lock in (PYTHON_LOCK, *NPM_LOCKS):
        last = record["audits"].get(str(lock))
        audit = None if last is None else Audit(**last)
        wrong, again = findings(lock, audit, record["accepted"], today)
        if audit is not None and not wrong:
            click.echo(f"{lock}: nothing known of {len(audit.packages)} packages on {audit.on}.")
        for sentence in wrong:
            click.echo(sentence, err=True)
        for sentence in again:
            click.echo(f"{sentence} {_HOW}")
        is_wrong = is_wrong or bool(wrong)
    return is_wrong


def _ask_pypi(today: date) -> Audit:
    lock = str(ROOT / PYTHON_LOCK)
    options = ("--requirement", lock, "--require-hashes", "--disable-pip", "--format", "json")
    answer = _answer("-m", "pip_audit", *options, "--progress-spinner", "off", cwd=ROOT)
    asked = [each for each in answer["dependencies"] if "vulns" in each]
    if not asked:
        raise CannotAsk("the package index knows of no advisories.")
    found = {
        f"{each['name']} {each['version']}": [v["id"] for v in each["vulns"]] for each in asked
    }
    skipped = {each["name"] for each in answer["dependencies"]} - {each["name"] for each in asked}
    # What other systems or Pythons need is locked, but not asked for here.
    packages = [each for each in locked_packages(PYTHON_LOCK) if each.split()[0] not in skipped]
    return _audit(f"pip-audit {version('pip-audit')}", packages, found, today)


def _ask_npm(lock: Path, today: date) -> Audit:
    answer = _answer(*NPM, "audit", "--package-lock-only", "--json", cwd=(ROOT / lock).parent)
    if "vulnerabilities" not in answer:
        raise CannotAsk(f"npm says: {answer.get('message', 'nothing')}.")
    locked = _npm_packages(lock)
    found: dict[str, list[str]] = {}
    for each in answer["vulnerabilities"].values():
        ids = [via["url"].rpartition("/")[2] for via in each["via"] if isinstance(via, dict)]
        found |= {locked[path]: ids for path in each["nodes"]}
    return _audit("npm audit", locked.values(), found, today)


def _audit(by: str, packages: Iterable[str], found: Mapping[str, list[str]], today: date) -> Audit:
    return Audit(
        on=today.isoformat(),
        by=by,
        packages=sorted({*packages}),
        found={name: ids for name, ids in sorted(found.items()) if ids},
    )


def _answer(*command: str, cwd: Path) -> dict[str, Any]:
    """Run a tool, which fails if it finds something, and return its JSON. Raises CannotAsk."""
    done = subprocess.run(
        [sys.executable, *command], cwd=cwd, capture_output=True, text=True, check=False
    )
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        said = done.stderr.strip().splitlines() or ["nothing"]
        raise CannotAsk(f"the tool said: {said[-1]}") from None
    return answer


if __name__ == "__main__":
    main()
