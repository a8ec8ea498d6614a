"""The last run of each command, as a file that the run itself writes.

A run has the results of each test file, or one of the command as a whole.
"""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNS = ROOT / ".local" / "runs"
"""A file for each command; `make promises` takes over what is newer than the document."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """How many tries of a test file, or of a command, ended in which way."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run of a command; its results by test file, or under the command's own name.

    `amounts` are what it was told to try less or more of than usual, as `EVERY=5`; empty for all.
    """

    command: str
    amounts: str = ""
    seed: int | None = None
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

    @property
    def failed(self) -> bool:
        """Whether a try failed."""
        return any(result.failed for result in self.results.values())

    @property
    def repeat(self) -> str:
        """The command that repeats it."""
        seed = "" if self.seed is None else f"SEED={self.seed}"
        return " ".join(part for part in (self.command, self.amounts, seed) if part)

    def replaces(self, other: "Run") -> bool:
        """Whether it is newer; only if it failed, what tried a part replaces what tried all."""
        tells_more = self.failed or not self.amounts or bool(other.amounts)
        return self.ended_at > other.ended_at and tells_more


def record(run: Run, folder: Path = RUNS) -> None:
    """Keep a run in place of the last one of its command with these amounts."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{run.command} {run.amounts}".strip().replace(" ", "-")
    (folder / f"{name}.json").write_text(run.to_json() + "\n", encoding="utf-8")


@contextmanager
def outcome(
    command: str, *, amounts: str = "", seed: int | None = None, folder: Path = RUNS
) -> Iterator[Callable[[], None]]:
    """Keep what happens inside as a failed run, unless what is yielded is called.

    Nothing is kept of a run that somebody interrupts.
    """
    result = Result(failed=1)

    def hold() -> None:
        nonlocal result
        result = Result(passed=1)

    interrupted = False
    try:
        yield hold
    except KeyboardInterrupt:
        interrupted = True
        raise
    finally:
        if not interrupted:
            run = Run(command=command, amounts=amounts, seed=seed, results={command: result})
            record(run, folder)


def amounts_of(environment: Mapping[str, str], *names: str) -> str:
    """Return the amounts that an environment sets, as a command line takes them."""
    return " ".join(f"{name}={environment[name]}" for name in names if environment.get(name))


def recorded(folder: Path = RUNS) -> list[Run]:
    """Return the last runs here."""
    return [Run.from_json(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]


def is_current(run: Run) -> bool:
    """Whether neither the service nor the test files of the run have changed since its commit."""
    return (
        _git("diff", "--quiet", run.commit, "--", "assembly_service", *run.results).returncode == 0
    )


def _commit() -> str:
    return _git("describe", "--always", "--dirty", "--exclude=*").stdout.strip() or "unknown"


def _git(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
