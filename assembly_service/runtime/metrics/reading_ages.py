"""How old a figure is that has to be read from elsewhere."""

import math
import time
from functools import partial

from prometheus_client import Gauge


class ReadingAges:
    """Shows, for each value of a gauge's one label, the seconds since its last reading.

    A figure that cannot be read stays as it was, so that an alert on it has to ask for its age.
    """

    def __init__(self, gauge: Gauge) -> None:
        self._gauge = gauge
        self._read_at: dict[str, float] = {}

    def add(self, label: str) -> None:
        """Show an infinite age until the first reading."""
        self._read_at[label] = -math.inf
        self._gauge.labels(label).set_function(partial(self._age, label))

    def renew(self, label: str) -> None:
        """Count from now on: it was read."""
        if label not in self._read_at:
            self.add(label)
        self._read_at[label] = time.monotonic()

    def _age(self, label: str) -> float:
        return time.monotonic() - self._read_at[label]
