"""`local` runs a service to try, and leaves nothing behind when it ends."""

import http.client
import json
import shlex
import signal
import socket
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

import boto3
import pytest

from assembly_service.cli.environment import LOCAL_FILE
from assembly_service.local_aws.local_engine import running_engine
from assembly_service.settings.service import DRAFT_SYSTEMS
from tests.cli.local_runs import (
    PATIENCE_SECONDS,
    children_of,
    gone,
    running_local,
    until,
)
from tests.cli.runs import COMMAND, SAMPLES, bare_environment, run
from tests.harness.valkey import free_port

DRAFTS = "/private/products/orchestrate"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_everything_it_started(
    tmp_path: Path, number: signal.Signals
) -> None:
    with running_local(tmp_path, free_port()) as process:
        children = children_of(process.pid)
        assert len(children) == 2
        assert (tmp_path / LOCAL_FILE).exists()
        process.send_signal(number)
        assert process.wait(timeout=PATIENCE_SECONDS) == 0
    assert "replaces these settings of the environment: AWS_" in (tmp_path / "said.txt").read_text()
    assert all(gone(child) for child in children)
    assert not (tmp_path / LOCAL_FILE).exists()


@pytest.mark.parametrize(
    "own", [{}, {"JWT_SECRET": "an 'own' secret, \"with\" $what a shell\nand a # could spoil"}]
)
def test_a_second_terminal_makes_tokens_for_drafts_and_shows_a_draft(
    tmp_path: Path, own: dict[str, str]
) -> None:
    port = free_port()
    with running_local(tmp_path, port, **own):
        file = tmp_path / LOCAL_FILE
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        secret = shlex.split(file.read_text().partition("JWT_SECRET=")[2])[0]
        assert secret == own.get("JWT_SECRET", secret)
        said = (tmp_path / "said.txt").read_text()
        assert secret not in said
        assert f"drafts      http://127.0.0.1:{port}/drafts\n" in said
        assert f"sessions    http://127.0.0.1:{port}/drafts/project\n" in said
        made = run("token", "--privilege", "admin", "--org", "org-1", directory=tmp_path)
        created = _create_draft(port, made.out.strip())
        assert created.status == HTTPStatus.CREATED, made.err
        assert _create_draft(port, "another").status == HTTPStatus.UNAUTHORIZED
        assert _create_draft(port, _token_of_a_page(port)).status == HTTPStatus.CREATED
        session_id = json.loads(created.body)["sessionId"]
        shown = run("draft", "show", session_id, directory=tmp_path)
        assert "initiated" in shown.out, shown.err


class _Answer(NamedTuple):
    status: int
    body: bytes


def _create_draft(port: int, token: str) -> _Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    with closing(connection):
        headers = {"Authorization": f"Bearer {token}"}
        connection.request("POST", f"{DRAFTS}/session/create", headers=headers)
        response = connection.getresponse()
        return _Answer(response.status, response.read())


def _token_of_a_page(port: int) -> str:
    with closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
        headers = {"Origin": f"http://127.0.0.1:{port}"}
        connection.request("POST", "/local/token", headers=headers)
        token: str = json.loads(connection.getresponse().read())["token"]
        return token


def test_later_commands_find_the_settings_it_runs_with_and_none_of_drafts_that_are_off(
    tmp_path: Path,
) -> None:
    off = dict.fromkeys(DRAFT_SYSTEMS, "false")
    given = {**off, "JWT_SECRET": "secret" * 6, "COMMIT_ALLOWANCE": "7"}
    with running_local(tmp_path, free_port(), **given):
        written = (tmp_path / LOCAL_FILE).read_text().splitlines()
        assert {"PRODUCT_DRAFTS=false", "COMMIT_ALLOWANCE=7", "PAGES=true"} <= set(written)
        assert not [line for line in written if line.startswith(("JWT_", "PATH=", "AWS_PROFILE="))]
        assert "drafts" not in (tmp_path / "said.txt").read_text()
        made = run("token", "--privilege", "admin", "--org", "org-1", directory=tmp_path)
        assert (made.code, made.out) == (2, "")


def test_a_killed_one_leaves_no_process_behind_and_does_not_block_the_next(tmp_path: Path) -> None:
    with running_local(tmp_path, free_port()) as process:
        children = children_of(process.pid)
        process.kill()
        process.wait()
        until(lambda: all(gone(child) for child in children))
    with running_local(tmp_path, free_port()):
        pass


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


def test_a_second_one_in_the_same_directory_is_refused_and_the_first_one_stays(
    tmp_path: Path,
) -> None:
    with running_local(tmp_path, free_port()):
        written = (tmp_path / LOCAL_FILE).read_text()
        environment = bare_environment(PORT=str(free_port()))
        outcome = run("local", directory=tmp_path, environment=environment)
        assert outcome.code == 1
        [sentence] = outcome.sentences
        assert "runs from this directory already" in sentence
        assert (tmp_path / LOCAL_FILE).read_text() == written


def test_a_port_in_use_is_reported_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        outcome = run("local", directory=tmp_path, environment=bare_environment(PORT=str(port)))
    assert outcome.code == 1
    [sentence] = outcome.sentences
    assert sentence.startswith(f"Error: Port {port} on 127.0.0.1 cannot be used")


def test_of_two_started_at_once_on_one_port_only_one_runs(
    tmp_path: Path,
) -> None:
    environment = bare_environment(PORT=str(free_port()))
    said = []
    both = []
    try:
        for name in ("one", "two"):
            directory = tmp_path / name
            directory.mkdir()
            said.append(directory / "said.txt")
            with said[-1].open("wb") as output:
                both.append(
                    subprocess.Popen(
                        [*COMMAND, "local"],
                        cwd=directory,
                        env=environment,
                        stdout=output,
                        stderr=subprocess.STDOUT,
                    )
                )
        until(lambda: any(process.poll() is not None for process in both))
        until(lambda: any("is running" in file.read_text() for file in said))
        [loser] = [number for number, process in enumerate(both) if process.poll() is not None]
        assert both[loser].returncode == 1
        assert "is running" not in said[loser].read_text()
    finally:
        for process in both:
            process.terminate()
            process.wait(timeout=PATIENCE_SECONDS)


def test_files_of_the_local_aws_are_deleted_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, boto_session: boto3.Session
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with running_engine() as engine:
        keys = {"aws_access_key_id": "123456789012", "aws_secret_access_key": "local"}
        # Makes a key as soon as it is used for the first time.
        cognito = boto_session.client("cognito-idp", endpoint_url=engine.url, **keys)
        cognito.list_user_pools(MaxResults=1)
        assert list(tmp_path.rglob("*.pem"))
    assert list(tmp_path.iterdir()) == []
