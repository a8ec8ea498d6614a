"""One measured figure of one row of the table."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What was measured, in which unit, against which target.

    Lower is better throughout. `peers` holds the same figure of others, measured beside it in
    the same run, `skipped` a sentence for each of those that could not be; `details` whatever
    explains it (counts, sizes, percentiles), as plain JSON.
    """

    row: str
    measured: float
    unit: str
    target: float
    peers: dict[str, float] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    details: dict[str, object] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        """Whether the figure is at its target or below."""
        return self.measured <= self.target
