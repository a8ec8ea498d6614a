"""A `serve` process that can be killed and restarted, and its log."""

import asyncio
import json
import signal
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.cli.runs import COMMAND
from tests.harness.valkey import free_port
from tests.harness.warm_processes import Process

_PATIENCE_SECONDS = 180
_LAST_LINES = 5


@dataclass(kw_only=True)
class Journal:
    """The log of an instance in all its lives, as far as it was written."""

    events: Counter[str] = field(default_factory=Counter)
    handled: list[str] = field(default_factory=list)
    redelivered: int = 0
    errors: list[str] = field(default_factory=list)
    serving: bool = False
    cut_off: set[str] = field(default_factory=set)
    last: deque[str] = field(default_factory=lambda: deque(maxlen=_LAST_LINES))

    def take(self, text: str) -> None:
        """Read one line. A line that is not JSON is from a crash."""
        self.last.append(text)
        try:
            line = json.loads(text)
        except ValueError:
            self.errors.append(text)
            return
        self.events[line["event"]] += 1
        if line["level"] in {"error", "critical"}:
            self.errors.append(text)
        match line["event"]:
            case "service_started":
                self.serving = True
            case "message_handled":
                self.handled.append(line["message_id"])
                self.redelivered += line["receive_count"] > 1
            case "bus_lost":
                self.cut_off.add(line["side"])
            case "bus_restored":
                self.cut_off.discard(line["side"])


@dataclass(kw_only=True)
class ServiceProcess:
    """An instance that keeps its port over its lives.

    `through` is a command to start it with, such as a shell that sets limits; `command` runs
    `assembly-service`; `create` is `start_warm` where its libraries need not be loaded anew.
    """

    environment: Mapping[str, str]
    through: Sequence[str] = ()
    command: Sequence[str] = tuple(COMMAND)
    create: Callable[..., Awaitable[Process]] = asyncio.create_subprocess_exec
    port: int = field(default_factory=free_port)
    journal: Journal = field(default_factory=Journal)
    _process: Process | None = None
    _reading: asyncio.Task[None] | None = None
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        """Its URL while it runs."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The id of its process."""
        assert self._process is not None
        return self._process.pid

    @property
    def serving(self) -> bool:
        """Whether it runs and has logged that it serves."""
        return self.running and self.journal.serving

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start it; return when it serves, or was killed before that."""
        self.journal.serving = False
        self.journal.cut_off.clear()
        self._process = await self.create(
            *self.through,
            *self.command,
            "serve",
            env={**self.environment, "PORT": str(self.port), "LOG_FORMAT": "json"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=2**20,
        )
        assert self._process.stdout is not None
        self._reading = asyncio.create_task(self._read(self._process.stdout))
        await self.until(lambda: self.journal.serving or not self.running)
        code = self._process.returncode
        assert code in {None, -signal.SIGKILL}, "\n".join(["It died:", *self.journal.last])

    async def kill(self) -> None:
        """Kill it; return when it is gone and its log is read."""
        assert self._process is not None
        self._process.kill()
        await self._ended()

    async def stop(self) -> int:
        """Ask it to stop; return its exit code."""
        assert self._process is not None
        self._process.terminate()
        return await self._ended()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until its log makes a condition true."""
        async with asyncio.timeout(_PATIENCE_SECONDS), self._news:
            await self._news.wait_for(condition)

    async def _ended(self) -> int:
        assert self._process is not None
        assert self._reading is not None
        async with asyncio.timeout(_PATIENCE_SECONDS):
            code = await self._process.wait()
            await self._reading
        return code

    async def _read(self, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            self.journal.take(line.decode().rstrip())
            await self._tell()
        assert self._process is not None
        await self._process.wait()
        await self._tell()

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()
