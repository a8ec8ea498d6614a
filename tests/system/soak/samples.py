"""What a process costs and how late it is, sampled from outside."""

from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from bench.loads.processes import memory_bytes
from tests.harness.service_process import ServiceProcess

_MEBIBYTE = 2**20
_LAG = "assembly_event_loop_lag_seconds"
_TASKS = "assembly_event_loop_tasks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A process at a moment, in seconds since the start of the run.

    `memory` is resident, in MiB; `lag` the mean lag of its event loop since the sample before, in
    milliseconds.
    """

    at: float
    memory: float
    descriptors: int
    tasks: int
    lag: float


@dataclass(kw_only=True)
class Sampler:
    """Samples one process; `samples` are all of them so far."""

    name: str
    process: ServiceProcess
    samples: list[Sample] = field(default_factory=list)
    _lags: tuple[float, float] = (0.0, 0.0)

    async def sample(self, http: aiohttp.ClientSession, at: float) -> Sample:
        """Take the sample of this moment, and keep it."""
        found = await self._metrics(http)
        total, count = found[f"{_LAG}_sum"], found[f"{_LAG}_count"]
        late, times = total - self._lags[0], count - self._lags[1]
        self._lags = total, count
        pid = self.process.pid
        sample = Sample(
            at=at,
            memory=memory_bytes(pid) / _MEBIBYTE,
            descriptors=sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir()),
            tasks=int(found[_TASKS]),
            lag=late / max(times, 1) * 1000,
        )
        self.samples.append(sample)
        return sample

    async def _metrics(self, http: aiohttp.ClientSession) -> dict[str, float]:
        """The metrics that have no labels."""
        async with http.get(f"{self.process.url}/metrics", raise_for_status=True) as answer:
            families = text_string_to_metric_families(await answer.text())
        return {
            each.name: each.value
            for family in families
            for each in family.samples
            if not each.labels
        }
