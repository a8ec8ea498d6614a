"""Runs `assembly-service` as a process, and returns its output and exit code."""

import os
import pty
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.harness.warm_processes import can_be_warm, run_warm

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
COMMAND = [sys.executable, "-m", "assembly_service"]
_TIMEOUT_SECONDS = 180


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def sentences(self) -> list[str]:
        """Its complaints, line by line."""
        return [line for line in self.err.splitlines() if line.strip()]


def bare_environment(**values: str) -> dict[str, str]:
    """An environment without anything of AWS or of the service, plus these values."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return kept | {
        "PYTHONPATH": str(ROOT),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        **values,
    }


def run(
    *arguments: str | Path, directory: Path, environment: Mapping[str, str] | None = None
) -> Outcome:
    """Run a command to its end in a directory, where it looks for `.local/env`."""
    environment = bare_environment() if environment is None else environment
    command = [*COMMAND, *map(str, arguments)]
    if can_be_warm(command, environment):
        code, out, err = run_warm(
            command, directory=directory, environment=environment, timeout=_TIMEOUT_SECONDS
        )
        return Outcome(code=code, out=out, err=err)
    return _run_cold(command, directory, environment)


def run_at_a_terminal(
    *arguments: str, answer: bytes, directory: Path, environment: Mapping[str, str]
) -> Outcome:
    """Run a command to its end at a terminal, where somebody answers its question."""
    person, terminal = pty.openpty()
    try:
        os.write(person, answer)
        return _run_cold([*COMMAND, *arguments], directory, environment, stdin=terminal)
    finally:
        os.close(terminal)
        os.close(person)


def _run_cold(
    command: Sequence[str],
    directory: Path,
    environment: Mapping[str, str],
    *,
    stdin: int | None = None,
) -> Outcome:
    done = subprocess.run(
        command,
        cwd=directory,
        env=environment,
        stdin=stdin,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )
    return Outcome(code=done.returncode, out=done.stdout, err=done.stderr)
