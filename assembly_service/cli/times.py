"""Instants for readers."""

from assembly_service.domain.timestamps import format_milliseconds


def readable(milliseconds: int) -> str:
    """Milliseconds since 1970 as date and time to the second, UTC."""
    return format_milliseconds(milliseconds)[:19].replace("T", " ")
