"""Random times, so that instances and callers do not all act at once."""

import random


def spread(least: float, most: float) -> float:
    """A random time between two."""
    return random.uniform(least, most)  # noqa: S311 - for spreading, not for secrecy
