"""Jitter, so that instances and callers do not all act at once."""

import random


def spread(least: float, most: float) -> float:
    """Return a random number between two."""
    return random.uniform(least, most)  # noqa: S311 - for spreading, not for secrecy
