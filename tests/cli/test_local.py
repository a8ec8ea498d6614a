"""`local`: a service to try out, and nothing left of it when it ends."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from assembly_service.cli.surroundings import LOCAL_FILE
from tests.cli.runs import COMMAND, SAMPLES, bare_environment, run
from tests.support.valkey import free_port

PATIENCE_SECONDS = 45


@contextmanager
def running_local(directory: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """`local` in a directory, from the moment it has said what to type next."""
    said = directory / "said.txt"
    with said.open("wb") as output:
        process = subprocess.Popen(
            [*COMMAND, "local"],
            cwd=directory,
            env=bare_environment(PORT=str(port), AWS_PROFILE="somebody-elses"),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _until(lambda: "tail home256" in said.read_text() or process.poll() is not None)
        assert process.poll() is None, said.read_text()
        children = _children(process.pid)
        yield process
        process.terminate()
        process.wait(timeout=PATIENCE_SECONDS)
        _until(lambda: all(_gone(child) for child in children))
    finally:
        process.kill()
        process.wait()


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _children(pid: int) -> list[int]:
    task = Path(f"/proc/{pid}/task/{pid}/children")
    if not task.exists():
        pytest.skip("needs a /proc that lists children")
    return [int(child) for child in task.read_text().split()]


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state == "Z"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_everything_it_started(
    tmp_path: Path, number: signal.Signals
) -> None:
    with running_local(tmp_path, free_port()) as process:
        children = _children(process.pid)
        assert len(children) == 2
        assert (tmp_path / LOCAL_FILE).exists()
        process.send_signal(number)
        assert process.wait(timeout=PATIENCE_SECONDS) == 0
    assert all(_gone(child) for child in children)
    assert not (tmp_path / LOCAL_FILE).exists()


def test_killing_it_leaves_no_process_behind(tmp_path: Path) -> None:
    with running_local(tmp_path, free_port()) as process:
        children = _children(process.pid)
        process.kill()
        _until(lambda: all(_gone(child) for child in children))


def test_what_is_sent_is_assembled_and_tail_shows_it(tmp_path: Path) -> None:
    port = free_port()
    with running_local(tmp_path, port), _tail(tmp_path, "home256") as tail:
        files: list[str | Path] = [
            "--captions",
            SAMPLES / "captions.jsonl",
            "--thumbnails",
            SAMPLES / "thumbnails.jsonl",
        ]
        outcome = run("send", *files, "--shuffle", directory=tmp_path)
        assert outcome.code == 0, outcome.err
        assert tail.stdout is not None
        assert "home256/" in tail.stdout.readline()
        tail.send_signal(signal.SIGINT)
        assert tail.wait(timeout=PATIENCE_SECONDS) == 0


@contextmanager
def _tail(directory: Path, seller: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*COMMAND, "tail", seller],
        cwd=directory,
        env=bare_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        assert process.stderr.readline() == f"Subscribed to {seller}.\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_port_in_use_is_told_before_anything_starts(tmp_path: Path) -> None:
    port = free_port()
    with running_local(tmp_path, port):
        written = (tmp_path / LOCAL_FILE).read_text()
        outcome = run("local", directory=tmp_path, environment=bare_environment(PORT=str(port)))
        assert outcome.code == 1
        [sentence] = outcome.sentences
        assert sentence.startswith(f"Error: Port {port} on 127.0.0.1 cannot be used")
        assert (tmp_path / LOCAL_FILE).read_text() == written
