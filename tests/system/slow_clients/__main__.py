"""Alternates runs with and without silent clients; reports their cost and whether it is fine."""

import asyncio
import json
import statistics
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvloop

from tests.system.slow_clients.clients import Server, healthy_clients, silent_clients

HEALTHY = 200
SILENT = 20
RUNS = 5
ANNOUNCEMENTS = {"count": 200, "pause": 0.04, "padding": 24_000}
MOST_COST = 1.25
# Each silent client may hold 1 MiB; the rest is overhead of the interpreter.
MOST_GROWTH_BYTES = SILENT * 2 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Run:
    """The figures of a run: seconds, bytes of the server, silent clients it dropped."""

    median: float
    last_percent: float
    memory: int
    dropped: int


@dataclass(kw_only=True)
class Measured:
    """The server's process."""

    process: asyncio.subprocess.Process
    server: Server
    dropped: int = 0

    async def announce(self) -> tuple[int, int]:
        """Let it announce; return its peak memory and how many slow clients it dropped."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(ANNOUNCEMENTS).encode() + b"\n")
        figures = await read_figures(self.process)
        dropped, self.dropped = int(figures["slow"]) - self.dropped, int(figures["slow"])
        return int(figures["memory"]), dropped


async def read_figures(process: asyncio.subprocess.Process) -> dict[str, float]:
    """Read the next line of figures."""
    assert process.stdout is not None
    figures: dict[str, float] = json.loads(await process.stdout.readline())
    return figures


@asynccontextmanager
async def measured_server() -> AsyncIterator[Measured]:
    """A running server, which stops when its input ends."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.system.slow_clients.server"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        figures = await read_figures(process)
        yield Measured(process=process, server=Server(port=int(figures["port"])))
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


async def run(measured: Measured, silent: int) -> Run:
    """Run once with silent clients; all of them have to be dropped."""
    async with (
        healthy_clients(measured.server, HEALTHY) as healthy,
        silent_clients(measured.server, silent) as readers,
    ):
        memory, dropped = await measured.announce()
        await healthy.until(delays=HEALTHY * int(ANNOUNCEMENTS["count"]))
        await asyncio.gather(*(reader.cut() for reader in readers))
        delays = statistics.quantiles(healthy.delays, n=100)
    return Run(median=delays[49], last_percent=delays[98], memory=memory, dropped=dropped)


def show(name: str, run: Run) -> None:
    """Format a line of the table."""
    print(  # noqa: T201 - a command
        f"{name:<8} median {run.median * 1000:6.1f} ms   99 % {run.last_percent * 1000:6.1f} ms   "
        f"memory {run.memory / 2**20:5.0f} MiB   dropped {run.dropped}"
    )


async def main() -> int:
    """Return the exit code: 0 if silent clients cost the others next to nothing."""
    without: list[Run] = []
    silent: list[Run] = []
    async with measured_server() as measured:
        show("warm-up", await run(measured, 0))
        for _ in range(RUNS):
            without.append(await run(measured, 0))
            show("without", without[-1])
            silent.append(await run(measured, SILENT))
            show("with", silent[-1])
    cost = statistics.median(each.last_percent for each in silent) / statistics.median(
        each.last_percent for each in without
    )
    growth = max(each.memory for each in silent) - without[0].memory
    dropped = [each.dropped for each in silent]
    print(  # noqa: T201 - a command
        f"{HEALTHY} healthy clients, {SILENT} that never read: 99th percentile x {cost:.2f} "
        f"(at most {MOST_COST}), memory + {growth / 2**20:.1f} MiB "
        f"(at most {MOST_GROWTH_BYTES / 2**20:.0f}), silent clients dropped {dropped}."
    )
    fine = cost <= MOST_COST and growth <= MOST_GROWTH_BYTES and dropped == [SILENT] * RUNS
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(uvloop.run(main()))
