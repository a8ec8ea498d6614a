"""One measured figure of one row of the table."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A measured value, its unit and its target. Lower is always better.

    `peers` has the same figure of other implementations, measured in the same run, and `skipped`
    a sentence for each peer that could not be measured. `details` explains the figure (counts,
    sizes, percentiles) as plain JSON.
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
