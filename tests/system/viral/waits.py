"""How long things took, in a few numbers."""

from collections.abc import Sequence


def summary(waits: Sequence[float]) -> dict[str, float]:
    """Return the median, the 99th percentile and the longest of some milliseconds."""
    ordered = sorted(waits) or [0.0]
    last = len(ordered) - 1
    return {
        "half": round(ordered[last // 2], 1),
        "nearly_all": round(ordered[round(last * 0.99)], 1),
        "all": round(ordered[-1], 1),
    }


def sentence(waits: dict[str, float]) -> str:
    """Say so in words."""
    return (
        f"half within {waits['half']:.0f} ms, 99 % within {waits['nearly_all']:.0f} ms,"
        f" all within {waits['all']:.0f} ms"
    )
