"""Words that depend on a number."""


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """`1 record`, `2 records`; `plural` where an s behind the noun is not it."""
    return f"{count} {noun if count == 1 else plural or f'{noun}s'}"
