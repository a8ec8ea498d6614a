"""Runs programs that answer lines of JSON, and measures any process from outside."""

import asyncio
import json
import resource
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bench.errors import BenchFailed

_LONGEST_LINE = 16 * 1024 * 1024
_PATIENCE_SECONDS = 180.0
_FILES_OF_ITS_OWN = 200
# clock_getcpuclockid(3), which Python offers for threads only.
_CPU_CLOCK_OF_ALL_THREADS = 2


def cpu_seconds(pid: int) -> float:
    """The CPU seconds of a process so far, in user and kernel mode."""
    # The value of /proc/PID/stat, but not in steps of 10 ms.
    return time.clock_gettime((~pid << 3) | _CPU_CLOCK_OF_ALL_THREADS)


def memory_bytes(pid: int) -> int:
    """The resident bytes of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    return pages * resource.getpagesize()


def raise_file_limit() -> int:
    """Raise the limit of open files of this process and its children. Returns the limit."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def allow_connections(connections: int) -> None:
    """Let this process and its children have so many. Raises BenchFailed if they cannot."""
    if (files := raise_file_limit()) < connections + _FILES_OF_ITS_OWN:
        raise BenchFailed(
            f"A process may open {files} files here, which is too few for {connections} "
            "connections: raise the hard limit (ulimit -Hn) and try again."
        )


class DrivenProgram:
    """A program that answers lines. `greeting` is its first line."""

    def __init__(self, process: asyncio.subprocess.Process, name: str) -> None:
        self.pid = process.pid
        self.greeting: dict[str, Any] = {}
        self._process = process
        self._name = name

    async def ask(self, **request: object) -> dict[str, Any]:
        """Send one request and wait for its answer. Raises BenchFailed."""
        if self._process.stdin is not None:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
        return await self.answer()

    async def answer(self) -> dict[str, Any]:
        """Read the next line. Raises BenchFailed."""
        line = b""
        if self._process.stdout is not None:
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    line = await self._process.stdout.readline()
            except TimeoutError:
                raise BenchFailed(
                    f"{self._name} gave no answer for {_PATIENCE_SECONDS:.0f} seconds."
                ) from None
        if not line:
            raise BenchFailed(f"{self._name} ended without an answer: start it alone to see why.")
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def end(self) -> None:
        """Close its input and wait until it ends; kill it if that takes too long."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(10):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def running_program(
    *command: str, environment: Mapping[str, str] | None = None
) -> AsyncIterator[DrivenProgram]:
    """Run a program that prints a line when ready, answers each line, and ends with its input."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LONGEST_LINE,
    )
    program = DrivenProgram(process, " ".join(command[1:]))
    try:
        program.greeting = await program.answer()
        yield program
    finally:
        await program.end()


def python(module: str) -> tuple[str, ...]:
    """The command that runs a module."""
    return (sys.executable, "-m", module)
