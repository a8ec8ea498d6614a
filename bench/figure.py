"""One measured figure of one row of the table."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A measured value, its unit and its target. Lower is always better.

    `peers` has the same figure of other implementations, measured in the same run, and `skipped`
    a sentence for each peer that could not be measured. `not_above` names a peer, if any, whose
    figure is a target too. `details` explains the figure (counts,
    sizes, percentiles) as plain JSON.
    """

    row: str
    measured: float
    unit: str
    target: float
    not_above: str | None = None
    peers: dict[str, float] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    details: dict[str, object] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        """Whether the figure is at its targets or below."""
        peer = self.peers.get(self.not_above or "", self.measured)
        return self.measured <= min(self.target, peer)
