"""Splits what does not fit into one call."""

from collections.abc import Sequence
from typing import TypeVar

Thing = TypeVar("Thing")


def chunks(things: Sequence[Thing], size: int) -> list[Sequence[Thing]]:
    """Return the things in order, in parts of `size`; the last one may be shorter."""
    return [things[start : start + size] for start in range(0, len(things), size)]
