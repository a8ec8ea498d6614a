"""What an instance did between two moments: its CPU, its AWS calls, its capacity."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families

from bench.instances import Instance


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


@dataclass(kw_only=True)
class Spent:
    """CPU seconds of an instance and the seconds of a watch, summed over what was timed."""

    cpu: float = 0.0
    seconds: list[float] = field(default_factory=list)

    @contextmanager
    def by(self, instance: Instance) -> Iterator[None]:
        """Add what happens in the block."""
        cpu, start = instance.cpu_seconds(), time.perf_counter()
        yield
        self.seconds.append(time.perf_counter() - start)
        self.cpu += instance.cpu_seconds() - cpu
