"""Output that is not read or cannot be written ends a command with at most one line."""

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.cli.fake_service import answering
from tests.cli.runs import COMMAND, bare_environment
from tests.settings.test_pasted_settings import SECRET

PATIENCE_SECONDS = 60
BROKEN_PIPE = 1
"""The exit code of click and rich when their output is not read."""
PUSH = {"product": {"title": "Perles ✨ \U0001f600"}}


@asynccontextmanager
async def tailing(output: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `tail --json` with only Latin-1, on a service that shows one product."""
    async with answering(("new_product", PUSH)) as url:
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            *("tail", "home256", "--json", "--url", url),
            env=bare_environment(PYTHONIOENCODING="latin-1"),
            stdout=output,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


def run_with(arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command with arguments and redirections of a shell."""
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {arguments}', "sh", *COMMAND],
        env=bare_environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


async def ended(process: asyncio.subprocess.Process) -> tuple[int | None, str]:
    async with asyncio.timeout(PATIENCE_SECONDS):
        _, errors = await process.communicate()
    return process.returncode, errors.decode()


async def test_tail_escapes_unencodable_characters_and_ends_with_its_reader() -> None:
    reader, writer = os.pipe()
    async with tailing(writer) as process:
        os.close(writer)
        with os.fdopen(reader, encoding="latin-1") as lines:
            async with asyncio.timeout(PATIENCE_SECONDS):
                line = await asyncio.to_thread(lines.readline)
        # Nothing more comes, as after `tail | head -1`.
        assert await ended(process) == (BROKEN_PIPE, "")
    assert "\\u2728" in line
    assert json.loads(line) == {"event": "new_product", "data": PUSH}


async def test_tail_says_that_its_output_cannot_be_written() -> None:
    with Path("/dev/full").open("w") as full:  # noqa: ASYNC230
        async with tailing(full.fileno()) as process:
            code, errors = await ended(process)
    assert code == 1
    [sentence] = errors.splitlines()
    assert sentence == "Error: The output cannot be written: No space left on device."


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_any_command_says_that_its_output_cannot_be_written(unbuffered: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, "token"],
            env=bare_environment(JWT_SECRET=SECRET, PYTHONUNBUFFERED=unbuffered),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    assert done.stderr == "Error: The output cannot be written: No space left on device.\n"


def test_no_socket_takes_the_place_of_a_closed_standard_stream() -> None:
    program = (
        "import socket, sys; from assembly_service.cli.main import open_standard_streams;"
        " open_standard_streams(); sys.exit(socket.socket().fileno())"
    )
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", COMMAND[0], "-c", program],
        env=bare_environment(),
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 3


@pytest.mark.parametrize(
    ("arguments", "said"), [("validate -", "- has no events."), ("dlq redrive", "is not set")]
)
def test_closed_standard_input_is_empty_input(arguments: str, said: str) -> None:
    done = run_with(f"{arguments} <&-")
    assert said in done.stderr
    assert "That was not expected" not in done.stderr


def test_what_a_closed_standard_error_would_have_said_is_not_in_the_output() -> None:
    done = run_with("validate - 2>&-")
    assert (done.returncode, done.stdout) == (1, "")


def test_a_command_whose_reader_is_gone_ends_silently() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*COMMAND, "token"],
        env=bare_environment(JWT_SECRET=SECRET),
        stdout=writer,
        stderr=subprocess.PIPE,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (BROKEN_PIPE, b"")
