"""Runs Python modules as processes that are forked from one in which the libraries are loaded.

Loading them is most of what a short program takes, and more than a second of a service. All else is
as in a process of its own: its arguments, environment, directory, output, signals and exit code.
"""

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any

_start_cold = asyncio.create_subprocess_exec
_ROOT = Path(__file__).parents[2]
_HARMLESS = {"PYTHONPATH"}
"""Of the variables that Python itself reads, the one that a process may be forked under."""


def can_be_warm(command: Sequence[str | Path], environment: Mapping[str, str] | None) -> bool:
    """Whether a command runs a module of Python without changing how Python itself works."""
    return [*command[:2]] == [sys.executable, "-m"] and not any(
        name.startswith("PYTHON") for name in (environment or {}).keys() - _HARMLESS
    )


def run_warm(
    command: Sequence[str], *, directory: Path, environment: Mapping[str, str], timeout: float
) -> tuple[int, str, str]:
    """The exit code and the output. Raises TimeoutError."""
    with (
        Path(os.devnull).open() as nothing,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        files = [nothing.fileno(), out.fileno(), err.fileno()]
        with _forked(command, directory, environment, files) as answers:
            answers.settimeout(timeout)
            with answers.makefile() as lines:
                _, code = lines.readline(), int(lines.readline())
        return code, _text(out), _text(err)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "surrogateescape")


@dataclass(kw_only=True, eq=False)
class WarmProcess:
    """What `asyncio.subprocess.Process` is for a process that was forked from another one."""

    pid: int
    stdin: asyncio.StreamWriter | None
    stdout: asyncio.StreamReader | None
    _end: "asyncio.Task[int]"

    @property
    def returncode(self) -> int | None:
        """How it ended; None while it runs."""
        return self._end.result() if self._end.done() else None

    async def wait(self) -> int:
        """Wait until it has ended; return its exit code."""
        return await asyncio.shield(self._end)

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)


Process = asyncio.subprocess.Process | WarmProcess


async def start_warm(
    *command: str | Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: int | None = None,
    stdout: int | IO[Any] | None = None,
    stderr: int | None = None,
    limit: int = 1 << 16,
) -> Process:
    """As `asyncio.create_subprocess_exec`, which starts what cannot be warm.

    What has a pipe for its stderr is not warm either.
    """
    if stderr == subprocess.PIPE or not can_be_warm(command, env):
        return await _start_cold(
            *command, env=env, cwd=cwd, stdin=stdin, stdout=stdout, stderr=stderr, limit=limit
        )
    writer, reader = None, None
    with ExitStack() as theirs:
        nothing = theirs.enter_context(Path(os.devnull).open())  # noqa: ASYNC230
        files = [nothing.fileno(), 1, 2]
        if stdin == subprocess.PIPE:
            ours, other = socket.socketpair()
            files[0] = theirs.enter_context(other).fileno()
            _, writer = await asyncio.open_connection(sock=ours)
        if stdout == subprocess.PIPE:
            reader, other_end = await _pipe(limit)
            files[1] = theirs.enter_context(other_end).fileno()
        elif stdout is not None:
            files[1] = stdout if isinstance(stdout, int) else stdout.fileno()
        if stderr == subprocess.STDOUT:
            files[2] = files[1]
        forked = _forked(command, cwd or Path.cwd(), os.environ if env is None else env, files)
    answers, connection = await asyncio.open_connection(sock=forked)
    return WarmProcess(
        pid=int(await answers.readline()),
        stdin=writer,
        stdout=reader,
        _end=asyncio.create_task(_ended(answers, connection, writer)),
    )


async def _pipe(limit: int) -> tuple[asyncio.StreamReader, IO[bytes]]:
    """The end to read from, and the one to write to."""
    ours, theirs = os.pipe()
    reader = asyncio.StreamReader(limit=limit)
    protocol = asyncio.StreamReaderProtocol(reader)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: protocol, os.fdopen(ours, "rb"))
    return reader, os.fdopen(theirs, "wb")


async def _ended(answers: asyncio.StreamReader, *connections: asyncio.StreamWriter | None) -> int:
    """The exit code, once there is one."""
    code = int(await answers.readline())
    for connection in connections:
        if connection is not None:
            connection.close()
            with suppress(ConnectionError):
                await connection.wait_closed()
    return code


def _forked(
    command: Sequence[str | Path],
    directory: Path,
    environment: Mapping[str, str],
    files: Sequence[int],
) -> socket.socket:
    """Fork. Returns where its id comes from, and then its exit code."""
    ours, theirs = socket.socketpair()
    with theirs:
        socket.send_fds(_parent(), [b"\n"], [theirs.fileno()])
    _, _, module, *arguments = map(str, command)
    program = {
        "module": module,
        "arguments": arguments,
        "directory": str(directory),
        "environment": {**environment},
    }
    text = json.dumps(program).encode() + b"\n"
    sent = socket.send_fds(ours, [text], files)
    ours.sendall(text[sent:])
    return ours


@cache
def _parent() -> socket.socket:
    """The process to fork from, reached over a socket; it ends with this process."""
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.harness.warm_parent", str(theirs.fileno())],
        pass_fds=[theirs.fileno()],
        cwd=_ROOT,
        env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    theirs.close()
    atexit.register(process.wait)
    atexit.register(ours.close)
    return ours
