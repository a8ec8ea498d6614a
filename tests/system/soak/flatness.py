"""Whether what was sampled is flat: what the run ends with, and its tolerances."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.system.soak.samples import Sample

MOST_RISE = 4.0
"""MiB by which the fitted line of a process's memory may rise: the noise of a run of any length. At
5 products a second, 20 minutes show a leak of 900 bytes a product, 3 minutes one of 6,000."""
MOST_LEFT = {"descriptors": 10, "tasks": 5}
"""How many more there may be once all clients have left: connections to AWS stay for a while."""
_TIMES_AS_LATE = 2.0
_LATER = {"median": 30.0, "99 %": 300.0}
"""Milliseconds that the last third may be later than twice the first: the machine's own noise."""


@dataclass(frozen=True, slots=True)
class Latency:
    """How long products took in a window that ended at a moment: in seconds, then in ms."""

    at: float
    median: float
    ninety_nine: float


@dataclass(frozen=True, kw_only=True)
class Course:
    """What a process cost: before the load, under it, and after all clients had left."""

    name: str
    before: Sample
    after: Sample
    samples: Sequence[Sample]
    complaints: list[str] = field(default_factory=list)

    def check(self) -> Sequence[str]:
        """Return sentences about what is not flat."""
        return [*self._memory(), *self._left_over()]

    @property
    def memory_rise(self) -> float:
        """In MiB, over the whole load."""
        return rise([(each.at, each.memory) for each in self.samples])

    def _memory(self) -> Sequence[str]:
        if (risen := self.memory_rise) <= MOST_RISE:
            return []
        return [f"The memory of the {self.name} rose by {risen:.1f} MiB, more than {MOST_RISE:g}."]

    def _left_over(self) -> Sequence[str]:
        sentences = []
        for name, most in MOST_LEFT.items():
            before, after = getattr(self.before, name), getattr(self.after, name)
            if after > before + most:
                sentences.append(
                    f"The {self.name} has {after} {name} without clients, {before} before."
                )
        return sentences


def rise(points: Sequence[tuple[float, float]]) -> float:
    """By how much the line that fits the points best rises from the first to the last."""
    times, values = [time for time, _ in points], [value for _, value in points]
    return statistics.linear_regression(times, values).slope * (times[-1] - times[0])


def later(latencies: Sequence[Latency]) -> Sequence[str]:
    """Return sentences about products that took longer and longer."""
    third = max(1, len(latencies) // 3)
    sentences = []
    for name, attribute in (("median", "median"), ("99 %", "ninety_nine")):
        first, last = (
            statistics.median(getattr(each, attribute) for each in part)
            for part in (latencies[:third], latencies[-third:])
        )
        if last > _TIMES_AS_LATE * first + _LATER[name]:
            sentences.append(f"Products took longer: {first:.0f} ms, then {last:.0f} ms ({name}).")
    return sentences
