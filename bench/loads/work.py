"""What an instance did, by its metrics and its CPU clock."""

from dataclasses import dataclass
from typing import Self

from prometheus_client.parser import text_string_to_metric_families

from bench.instances import Instance
from bench.loads.processes import cpu_seconds


def counted(metrics: str, name: str, **labels: str) -> float:
    """The sum of a figure over all its label sets that hold these labels."""
    return sum(
        sample.value
        for family in text_string_to_metric_families(metrics)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def calls(metrics: str, operation: str) -> float:
    """How many calls of DynamoDB's operation were answered."""
    return counted(metrics, "assembly_aws_calls_total", service="dynamodb", operation=operation)


def capacity(metrics: str) -> float:
    """Capacity units that DynamoDB says were consumed."""
    return counted(metrics, "assembly_dynamodb_consumed_capacity_units_total")


@dataclass(frozen=True, kw_only=True)
class Work:
    """What an instance has consumed up to a moment."""

    cpu: float
    queries: float
    units: float

    @classmethod
    async def of(cls, instance: Instance) -> Self:
        """Ask the instance now."""
        metrics = await instance.metrics()
        cpu = cpu_seconds(instance.process.pid)
        return cls(cpu=cpu, queries=calls(metrics, "Query"), units=capacity(metrics))

    def since(self, earlier: Self, requests: int) -> dict[str, float]:
        """A request's share of what was consumed since then."""
        return {
            "cpu_milliseconds": round((self.cpu - earlier.cpu) / requests * 1000, 3),
            "queries": round((self.queries - earlier.queries) / requests, 2),
            "read_units": round((self.units - earlier.units) / requests, 2),
        }
