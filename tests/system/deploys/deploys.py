"""Replaces processes under their clients, and says what the clients noticed."""

import asyncio
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

import aiohttp

from bench.loads.processes import cpu_seconds
from tests.system.deploys.balancer import Balancer
from tests.system.deploys.crowd import Crowd, Report
from tests.system.waves import WINDOW


class Replaceable(Protocol):
    """An instance that keeps its port over its lives."""

    @property
    def port(self) -> int:
        """Its port."""
        ...

    @property
    def pid(self) -> int:
        """The id of its process, while it runs."""
        ...

    async def start(self) -> None:
        """Start it; return when it serves."""
        ...

    async def stop(self) -> int:
        """Stop it in good order; return the status that it ended with."""
        ...


@dataclass(frozen=True, kw_only=True)
class Deploy:
    """One process replaced, which so many clients had to leave.

    `began` is milliseconds since 1970; `stop`, `start` and `cpu`, of the process that took the
    clients in, are seconds.
    """

    left: int
    began: float
    stop: float
    start: float
    cpu: float
    reports: Mapping[str, Report]

    def absences(self) -> list[float]:
        """How long each client was away, in sorted milliseconds."""
        return sorted(
            length
            for report in self.reports.values()
            for end, length in report.absences
            if end >= self.began
        )

    def goodbyes(self) -> list[float]:
        """When clients were told to leave, in sorted milliseconds after the start of the deploy."""
        told = (each - self.began for report in self.reports.values() for each in report.goodbyes)
        return sorted(each for each in told if each >= 0)

    def most_attempts(self) -> int:
        """The most attempts to connect within a window."""
        attempts = (each for report in self.reports.values() for each in report.attempts)
        return max(Counter(each // WINDOW for each in attempts if each >= self.began).values())

    def sentence(self) -> str:
        """What came of it."""
        away = self.absences()
        return (
            f"{len(away):,} of {self.left:,} back, after {_seconds(statistics.median(away))}"
            f" (median), {_seconds(percentile(away, 99))} (99 %), {_seconds(away[-1])} (last);"
            f" all told to leave after {_seconds(self.goodbyes()[-1])};"
            f" stopped in {self.stop:.1f} s, started in {self.start:.1f} s;"
            f" at most {self.most_attempts()} attempts to connect within {WINDOW} ms;"
            f" {self.cpu:.1f} s of CPU of the process that took them in,"
            f" {self.cpu / len(away) * 1000:.2f} ms a client"
        )


async def restart(service: Replaceable, crowd: Crowd) -> Deploy:
    """Replace the only process by a new one on its port."""
    left = await connections(service)
    began = time.time() * 1000
    stop, start = await start_anew(service)
    used = cpu_seconds(service.pid)
    reports = await crowd.until_back(left, began)
    cpu = cpu_seconds(service.pid) - used
    return Deploy(left=left, began=began, stop=stop, start=start, cpu=cpu, reports=reports)


async def roll(
    leaving: Replaceable, other: Replaceable, balancer: Balancer, crowd: Crowd
) -> Deploy:
    """Replace one of two processes; its clients go to the other one."""
    left = await connections(leaving)
    began, used = time.time() * 1000, cpu_seconds(other.pid)
    balancer.deregister(leaving.port)
    stop, start = await start_anew(leaving)
    await balancer.register(leaving.port)
    reports = await crowd.until_back(left, began)
    cpu = cpu_seconds(other.pid) - used
    return Deploy(left=left, began=began, stop=stop, start=start, cpu=cpu, reports=reports)


async def start_anew(service: Replaceable) -> tuple[float, float]:
    """Stop a process and start it anew; how many seconds each of them took."""
    began = time.monotonic()
    code = await service.stop()
    assert code == 0, f"It ended with status {code}."
    stopped = time.monotonic()
    await service.start()
    return stopped - began, time.monotonic() - stopped


async def connections(service: Replaceable) -> int:
    """How many clients are connected to a process."""
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"http://127.0.0.1:{service.port}/api/v1/websocket/stats") as answer,
    ):
        count: int = (await answer.json())["totalConnections"]
        return count


@asynccontextmanager
async def publishing(crowd: Crowd) -> AsyncIterator[None]:
    """Publish meanwhile."""
    task = asyncio.create_task(crowd.publisher.publish())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def percentile(sorted_values: Sequence[float], percent: int) -> float:
    """The value that so many percent of all do not exceed."""
    return sorted_values[-(-len(sorted_values) * percent // 100) - 1]


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.1f} s"
