"""Counts, times and labels as people read them."""

from collections.abc import Mapping

from assembly_service.domain.timestamps import format_milliseconds


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """`1 record`, `2 records`; `plural` where adding an s is not enough."""
    return f"{count} {noun if count == 1 else plural or f'{noun}s'}"


def readable_time(milliseconds: int) -> str:
    """Milliseconds since 1970 as date and time to the second: `2026-11-29 06:00:04Z`."""
    return format_milliseconds(milliseconds)[:19].replace("T", " ") + "Z"


def labelled(values: Mapping[str, str]) -> list[str]:
    """A line for each value, in a column behind the labels."""
    width = max(map(len, values)) + 2
    return [f"{name + ':':<{width}}{value}" for name, value in values.items()]
