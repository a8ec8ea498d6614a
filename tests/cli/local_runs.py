"""Runs `assembly-service local` in a directory of its own."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.runs import COMMAND, bare_environment

PATIENCE_SECONDS = 120


@contextmanager
def running_local(directory: Path, port: int, **values: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run `local` in a directory. Yields once it has printed the next steps."""
    said = directory / "said.txt"
    with said.open("wb") as output:
        process = subprocess.Popen(
            [*COMMAND, "local"],
            cwd=directory,
            env=bare_environment(
                PORT=str(port), AWS_PROFILE="somebody-elses", TMPDIR=str(directory), **values
            ),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        until(lambda: "tail home256" in said.read_text() or process.poll() is not None)
        assert process.poll() is None, said.read_text()
        started = children_of(process.pid)
        yield process
        process.terminate()
        process.wait(timeout=PATIENCE_SECONDS)
        until(lambda: all(gone(child) for child in started))
    finally:
        process.kill()
        process.wait()


def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition that another process makes true."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def children_of(pid: int) -> list[int]:
    """The child processes of a process."""
    task = Path(f"/proc/{pid}/task/{pid}/children")
    if not task.exists():
        pytest.skip("needs a /proc that lists children")
    return [int(child) for child in task.read_text().split()]


def gone(pid: int) -> bool:
    """Whether a process has ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state == "Z"
