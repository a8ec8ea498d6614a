"""The last run of each command, as a file that the run itself writes.

A run has the results of each test file, or one of the command as a whole.
"""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNS = ROOT / ".local" / "runs"
"""A file for each command; `make promises` takes over what is newer than the document."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """How many tries of a test file, or of a command, passed and failed."""

    passed: int = 0
    failed: int = 0


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run of a command; its results by test file, or under the command's own name."""

    command: str
    repeat: str
    """What repeats the run, seed included."""
    results: Mapping[str, Result]
    commit: str = field(default_factory=lambda: _commit())
    ended_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    @classmethod
    def from_json(cls, text: str) -> "Run":
        """Read what `to_json` made."""
        stored = json.loads(text)
        results = {name: Result(**each) for name, each in stored.pop("results").items()}
        return cls(results=results, **stored)

    def to_json(self) -> str:
        """Return one line of JSON."""
        return json.dumps(asdict(self), sort_keys=True)


def record(run: Run, folder: Path = RUNS) -> None:
    """Keep a run in place of the last one of its command."""
    folder.mkdir(parents=True, exist_ok=True)
    name = run.command.removeprefix("make ").replace(" ", "-")
    (folder / f"{name}.json").write_text(run.to_json() + "\n", encoding="utf-8")


def record_outcome(command: str, *, is_good: bool, repeat: str) -> None:
    """Keep a run that is good or bad as a whole."""
    result = Result(passed=1) if is_good else Result(failed=1)
    record(Run(command=command, repeat=repeat, results={command: result}))


def recorded(folder: Path = RUNS) -> list[Run]:
    """Return the last run of each command here."""
    return [Run.from_json(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]


def _commit() -> str:
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude=*"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() or "unknown"
