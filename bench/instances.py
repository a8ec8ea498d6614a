"""Runs the measured programs as processes: start, stop, freeze, and read what they consumed."""

import asyncio
import json
import os
import re
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bench.errors import BenchFailed
from bench.local_aws import Account

_ROOT = Path(__file__).parents[1]
_START_SECONDS = 30
_LOOK_SECONDS = 0.05
_LAST_LINES = 5
_CALLS = re.compile(r"^assembly_aws_calls_total\{.*\} (\S+)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program that does the service's work.

    It is configured by the service's environment variables, logs lines of JSON, one of them
    `service_started` with its `url`, and counts its AWS calls at `/metrics`.
    """

    name: str
    command: tuple[str | Path, ...]


SERVICE = Program(
    name="assembly-service", command=(sys.executable, "-m", "assembly_service", "serve")
)


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A running program."""

    process: asyncio.subprocess.Process
    url: str

    def cpu_seconds(self) -> float:
        """The CPU time of all its threads since the start, in steps of 10 ms."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text()
        # The second field is the name in brackets, which may contain anything.
        fields = stat.rpartition(")")[2].split()
        user, system = int(fields[11]), int(fields[12])
        return (user + system) / os.sysconf("SC_CLK_TCK")

    async def metrics(self) -> str:
        """Read `/metrics`."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/metrics") as answer:
            return await answer.text()

    async def aws_calls(self) -> int:
        """Count the AWS calls that were answered since the start."""
        return round(sum(float(number) for number in _CALLS.findall(await self.metrics())))

    def freeze(self) -> None:
        """Stop it; what is sent to it meanwhile waits in its sockets."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it continue."""
        self.process.send_signal(signal.SIGCONT)


@asynccontextmanager
async def running(program: Program, account: Account, **settings: str) -> AsyncIterator[Instance]:
    """Run a program on a free port until the block ends. Raises BenchFailed if it cannot start."""
    with tempfile.TemporaryFile() as log:
        process = await asyncio.create_subprocess_exec(
            *program.command,
            cwd=_ROOT,
            env=_environment(account, settings),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            yield Instance(process=process, url=await _url(program, process, log.fileno()))
        except BenchFailed as error:
            raise BenchFailed(f"{error} {program.name} {_last_said(log.fileno())}") from None
        finally:
            # Its work is no longer needed, and it may be frozen.
            if process.returncode is None:
                process.kill()
            await process.wait()


def _environment(account: Account, settings: Mapping[str, str]) -> dict[str, str]:
    return {**account.environment, "PORT": "0", "LOG_FORMAT": "json", **settings}


async def _url(program: Program, process: asyncio.subprocess.Process, log: int) -> str:
    for _ in range(round(_START_SECONDS / _LOOK_SECONDS)):
        for line in _text(log).splitlines():
            if '"service_started"' in line:
                return str(json.loads(line)["url"])
        if process.returncode is not None:
            break
        await asyncio.sleep(_LOOK_SECONDS)
    raise BenchFailed(f"{program.name} did not start.")


def _last_said(log: int) -> str:
    """Its last warnings and errors, or else its last lines."""
    lines = _text(log).splitlines()
    complaints = [line for line in lines if '"level":"info"' not in line]
    said = " | ".join((complaints or lines)[-_LAST_LINES:])
    return f"said last: {said}" if said else "said nothing."


def _text(log: int) -> str:
    return os.pread(log, os.fstat(log).st_size, 0).decode()
